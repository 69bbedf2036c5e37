"""`waifusync status`: this device, the others, what waits, what is wrong, and what to run next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import UsageError

if TYPE_CHECKING:
    from waifusync.workflows.known_devices import Device
    from waifusync.workflows.status import Status

EXAMPLES = (
    "waifusync status",
    "waifusync status --json",
    "waifusync status --porcelain",
    "waifusync -C ~/companion status",
)
_HEADINGS = ("device", "last seen", "behind", "not sent")


def status(
    *,
    directory: DirectoryOption = Path("."),
    porcelain: Annotated[
        bool, Option("--porcelain", help="Lines for scripts, the same in every version.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """How this device and the others stand, what waits, what is wrong, and the one command to run next.

    Looks only, and never at the network. Fails (and is red) where a person is needed.
    """
    from waifusync.cli.by_itself import of_schedule
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.status import read_status, to_json, write_sync_status

    if porcelain and json:
        raise UsageError("--porcelain and --json are two answers to one question", hint="give one of them")
    companion = Companion.find(directory)
    found = read_status(companion, besides=of_schedule(companion.git))
    write_sync_status(found)
    if porcelain:
        from waifusync.cli.porcelain import lines

        for line in lines(found):
            output.answer(line)
    elif json:
        output.answer_json(to_json(found))
    else:
        for line in _lines(found):
            output.answer(line)
    return found.exit_code


def _lines(found: Status) -> Iterator[str]:
    yield _headline(found)
    yield from _table([_HEADINGS, *(_device(each) for each in found.devices)])
    yield from _waiting(found)
    yield from _failures(found)
    if found.snapshot_bytes is not None:
        size = f"{found.snapshot_bytes / 1e6:,.1f} MB"
        yield f"layout: database, in which a commit adds all of memory.db to .git ({size} before compression)"
    for warning in found.warnings:
        yield f"{output.paint('warning:', 'yellow')} {output.plain(warning)}"
    for problem in found.problems:
        yield f"{output.paint('problem:', 'red')} {output.plain(problem.text)}"
        if problem.hint:
            yield f"   hint: {output.plain(problem.hint)}"
    yield f"next: {found.next}" if found.next else "All is in step: nothing to do."


def _failures(found: Status) -> Iterator[str]:
    """Since when, how often and by what; what it was follows as a warning or a problem."""
    from waifusync.workflows.known_devices import iso

    error = found.last.error
    if error is not None:
        times = "once" if error.times == 1 else f"{error.times:,} times"
        yield f"failed {times} since {iso(error.since)}, the last time at {iso(error.at)} by: {error.purpose}"
        yield f"last success: {iso(found.last.success) or 'never'}"


def _headline(found: Status) -> str:
    name = found.companion.state.name
    if found.standing is None:
        return f"{name}: the live database cannot be read"
    rows = ", ".join(f"{count:,} {output.plain(table)}" for table, count in found.standing.rows.items())
    return f"{name}: {rows or 'no tables yet'} · digest {found.standing.digest[:12]}"


def _device(device: Device) -> tuple[str, ...]:
    from waifusync.workflows.known_devices import iso

    return (
        output.plain(device.name, width=32) + (" (here)" if device.here else ""),
        iso(device.last_seen) or "never",
        _number(device.behind),
        _number(device.unsent),
    )


def _number(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Aligned by hand, on a terminal too: a table drawn by rich costs more than the whole command."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield line if number else output.paint(line, "bold")


def _waiting(found: Status) -> Iterator[str]:
    standing = found.standing
    if found.unsent:
        yield f"to send: {output.count(found.unsent, 'change')}"
    if found.has_new_turns:
        yield "to send: what was said in sessions since the last commit"
    if found.unseen:
        yield f"to take in: {output.count(found.unseen, 'change')}"
    for handed in found.handed_over:
        note = f", {handed['note']}" if handed["note"] else ""
        yield output.plain(f"handed over: by {handed['from']}{note}: waifusync pickup")
    if found.conflicts:
        yield f"conflicts: {output.count(found.conflicts, 'edit')} lost to another: waifusync conflicts"
    for each in standing.set_aside if standing else ():
        yield f"set aside: {output.plain(f'{each.table} {each.key}: {each.reason}')}"
    for table, count in standing.waiting.items() if standing else ():
        yield f"waiting: {output.count(count, 'row')} of {output.plain(table)} for rows that are not here yet"
    for table, count in standing.shelved.items() if standing else ():
        yield f"kept in the log only: {output.count(count, 'row')} of {output.plain(table)}"
