"""`waifusync log`: what each device did, newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

EXAMPLES = (
    "waifusync log -n 20",
    "waifusync log --device jetson --since 2026-01-01",
    "waifusync log --table memories --key 7k3q9x2a-17 --text",
)
_TEXT_WIDTH = 200
_LINE_WIDTH = 80


def log(
    *,
    device: Annotated[str | None, Option("--device", "-d", metavar="NAME", help="Only this device.")] = None,
    table: Annotated[str | None, Option("--table", metavar="TABLE", help="Only this table.")] = None,
    key: Annotated[str | None, Option("--key", metavar="KEY", help="Only this record.")] = None,
    since: Annotated[str | None, Option("--since", metavar="DATE", help="Not before.")] = None,
    until: Annotated[str | None, Option("--until", metavar="DATE", help="Not after.")] = None,
    most: Annotated[int | None, Option("-n", metavar="COUNT", help="At most so many.")] = None,
    text: Annotated[bool, Option("--text", help="What was written, too.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """What each device did, newest first. Memories are quoted only with --text."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.history import Wanted, history, to_json
    from waifusync.workflows.past import moment, open_past

    if most is not None and most < 0:
        raise UsageError(f"-n {most} is less than nothing", hint="leave -n out to see everything")
    began = None if since is None else moment(since)
    ended = None if until is None else moment(until, is_end=True)
    wanted = Wanted(device, table, key, began, ended, most)
    with open_past(Companion.find(directory)) as past:
        for entry in history(past, wanted):
            told = to_json(past, entry, text=text)
            if text:
                told["text"] = output.plain(str(told["text"]), width=_TEXT_WIDTH)
            if json:
                output.answer_json(told)
            else:
                output.answer(_line(told))
    return ExitCode.DONE


def _line(told: dict[str, object]) -> str:
    what, table, fields = str(told["what"]), str(told["table"]), told["fields"]
    details = f" ({', '.join(fields)})" if what == "changed" and isinstance(fields, list) else ""
    line = f"{told['time']}  {told['device']}  {what} {table} {told['key']}{details}"
    text = told.get("text")
    return output.plain(line) + (f"\n    {output.plain(str(text), width=_LINE_WIDTH)}" if text else "")
