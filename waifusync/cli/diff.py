"""`waifusync diff`: the memories that one device, commit or day has and another has not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption
from waifusync.errors import ExitCode

EXAMPLES = (
    "waifusync diff",
    "waifusync diff jetson laptop",
    "waifusync diff 2026-01-31",
    "waifusync diff HEAD~3 HEAD --json",
)
_WIDTH = 80


def diff(
    one: Annotated[
        str | None, Argument("A", help="A device, a commit or a date; the remote, when left out.")
    ] = None,
    other: Annotated[str | None, Argument("B", help="Likewise; this device, when left out.")] = None,
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """What B has that A has not: records added, changed and deleted, with a line about each."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.differences import differences

    counts: Counter[tuple[str, str]] = Counter()
    for each in differences(Companion.find(directory), one, other):
        counts[each.table, each.what] += 1
        text = output.plain(each.text, width=_WIDTH)
        if json:
            output.answer_json(each.to_json() | {"text": text})
        else:
            fields = f" ({', '.join(sorted(each.fields))})" if each.what == "changed" else ""
            output.answer(output.plain(f"{each.what:8} {each.table} {each.key}{fields}  {text}"))
    if not json:
        output.answer(_summary(counts))
    return ExitCode.DONE


def _summary(counts: Counter[tuple[str, str]]) -> str:
    tables: dict[str, list[str]] = {}
    for (table, what), count in sorted(counts.items()):
        tables.setdefault(table, []).append(f"{count:,} {what}")
    parts = [f"{output.plain(table)}: {', '.join(told)}" for table, told in tables.items()]
    return "; ".join(parts) if parts else "No difference."
