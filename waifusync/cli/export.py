"""`waifusync export`: everything this device holds, in one file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

EXAMPLES = (
    "waifusync export companion.jsonl",
    "waifusync export | gzip > companion.jsonl.gz",
    "waifusync export --database memories.db",
)


def export(
    file: Annotated[Path | None, Argument("FILE", help="Where to; standard output if left out.")] = None,
    *,
    database: Annotated[
        Path | None,
        Option(
            "--database", metavar="FILE.db", help="A plain SQLite file instead, with nothing of waifusync's."
        ),
    ] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Write the logs of all devices, with their history and embeddings, as lines of JSON that lose nothing.

    `waifusync import` in any companion brings all of it back.
    """
    from waifusync.workflows import exporting
    from waifusync.workflows.companion import Companion

    if file is not None and database is not None:
        raise UsageError("choose one: FILE for lines, or --database", hint="see 'waifusync export --help'")
    if json and file is None and database is None:
        raise UsageError("with --json the lines need a FILE", hint="waifusync export FILE --json")
    companion = Companion.find(directory)
    if database is not None:
        rows = exporting.export_database(companion, directory / database)
        _report(database, {"rows": rows}, f"{output.count(sum(rows.values()), 'row')}", json=json)
    elif file is not None:
        entries = exporting.export_to(companion, directory / file)
        _report(file, {"entries": entries}, output.count(entries, "entry", "entries"), json=json)
    else:
        _pour(exporting.export(companion))
    return ExitCode.DONE


def _report(file: Path, facts: dict[str, object], amount: str, *, json: bool) -> None:
    if json:
        output.answer_json({"file": str(file), **facts})
    else:
        output.answer(f"Wrote {amount} to {file}.")


def _pour(lines: Iterable[bytes]) -> None:
    """Bytes as they are: their hashes are among them."""
    try:
        for line in lines:
            sys.stdout.buffer.write(line)
    except BrokenPipeError:
        raise output.ReaderGone from None
