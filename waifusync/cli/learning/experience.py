"""`waifusync experience add|import|list|show|deliver`: what deployed copies of the companion went through."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.core.learning.merged import Merged
    from waifusync.workflows.companion import Companion

EXAMPLES = (
    "waifusync experience add event.json",
    "waifusync experience import experiences.jsonl",
    "waifusync experience list --source instance-123 --type memory",
    "waifusync experience list --waiting",
    "waifusync experience show e-17",
)
_MOST_BYTES = 64 << 20
_WIDTH = 60
_COUNTED = {
    "memories": ("memory", "memories"),
    "skills": ("skill", "skills"),
    "knowledge": ("statement", "statements"),
    "characteristics": ("characteristic", "characteristics"),
}

FileArgument = Annotated[Path | None, Argument("FILE", help="Where it is; standard input if left out or -.")]


def add(
    file: FileArgument = None, *, directory: DirectoryOption = Path("."), json: JsonOption = False
) -> int:
    """Take in one event, a batch of them, or the state of an instance: one JSON object.

    Delivered again, it changes nothing.
    """
    from waifusync.workflows.learning.importing_experiences import add_experience

    with _opened(directory, file) as given:
        content = given.read(_MOST_BYTES + 1)
    return _tell(add_experience(_companion(directory), content), json=json)


def import_file(
    file: FileArgument = None, *, directory: DirectoryOption = Path("."), json: JsonOption = False
) -> int:
    """Take in a file of them, one JSON object on each line: all of it or, where a line is wrong, nothing."""
    from waifusync.cli.progress import Progress
    from waifusync.workflows.learning.importing_experiences import count_experiences, import_experiences

    companion = _companion(directory)
    with _opened(directory, file) as given:
        total = count_experiences(given)
        with Progress("Taking in", total=total) as progress:
            merged = import_experiences(companion, given, progress.advance)
    return _tell(merged, json=json)


def list_experiences(
    *,
    source: Annotated[str | None, Option("--source", metavar="NAME", help="Of this instance.")] = None,
    kind: Annotated[
        Literal["memory", "skill", "knowledge", "characteristic", "interaction"] | None,
        Option("--type", help="Of this type."),
    ] = None,
    most: Annotated[int, Option("--limit", metavar="N", help="The newest so many.")] = 50,
    waiting: Annotated[
        bool, Option("--waiting", help="Those that were accepted here and are not taken in yet.")
    ] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """What was taken in, of all devices, the newest last."""
    if waiting:
        return _list_waiting(directory, source, json=json)
    from waifusync.workflows.learning.experience_views import experiences

    if most < 1:
        raise UsageError(f"--limit {most} is not above 0")
    found = [
        each.to_json() for each in experiences(_companion(directory), source=source, kind=kind, most=most)
    ]
    if json:
        for each in found:
            output.answer_json(each)
    elif not found:
        output.answer("No experience was taken in yet.")
    else:
        columns = ("timestamp", "source_instance", "event_type", "event_id", "about")
        rows = [[output.plain(str(each[name] or ""), width=_WIDTH) for name in columns] for each in found]
        output.answer_table(["when", "instance", "type", "id", "became"], rows)
    return ExitCode.DONE


def _list_waiting(directory: Path, source: str | None, *, json: bool) -> int:
    from contextlib import closing

    from waifusync.workflows.learning.reception import Reception

    with closing(Reception(directory)) as reception:
        found = [each.to_json() for each in reception.queue.all(source)]
    if json:
        for each in found:
            output.answer_json(each)
    elif not found:
        output.answer("Nothing waits.")
    else:
        columns = ("accepted", "instance", "protocol", "events", "due", "refused")
        rows = [[output.plain(str(each[name] or "")) for name in columns] for each in found]
        output.answer_table(list(columns), rows)
    return ExitCode.DONE


def show(
    experience: Annotated[
        str, Argument("ID", help="Its event_id, or its key as `experience list` names it.")
    ],
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """One of them, and what became of it."""
    from waifusync.workflows.learning.experience_views import experience as find

    found = find(_companion(directory), experience)
    if json:
        output.answer_json(found)
        return ExitCode.DONE
    for name, value in found.items():
        if isinstance(value, dict):
            for inner, each in value.items():
                _line(f"{name}.{inner}", each)
        else:
            _line(name, value)
    return ExitCode.DONE


def _line(name: str, value: object) -> None:
    if value not in (None, "", []):
        output.answer(output.plain(f"{name}: {value}"))


def deliver(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Take in at once all that was accepted here and waits, whenever it is due."""
    from contextlib import closing

    from waifusync.core.learning.merged import total
    from waifusync.core.learning.sync_settings import SyncSettings
    from waifusync.workflows.learning.reception import Reception

    with closing(Reception(directory)) as reception:
        merged = total(reception.flush(lane, SyncSettings()) for lane in reception.queue.lanes())
    return _tell(merged, json=json)


def _tell(merged: Merged, *, json: bool) -> int:
    if json:
        output.answer_json(merged.to_json())
    else:
        count = output.count(merged.received, "experience")
        output.answer(f"Took in {count}: {_sentence(merged)}." if merged.received else "Took in nothing.")
    if merged.conflicts_queued:
        output.warn(
            f"{output.count(merged.conflicts_queued, 'memory', 'memories')} wait: waifusync conflicts"
        )
    return ExitCode.CONFLICTS if merged.conflicts_queued else ExitCode.DONE


def _sentence(merged: Merged) -> str:
    parts: list[str] = []
    for group, found in merged.to_json().items():
        if isinstance(found, dict) and group != "conflicts":
            words = _COUNTED[group]
            parts += [f"{output.count(number, *words)} {name}" for name, number in found.items() if number]
        elif group in ("blocked", "unchanged") and found:
            parts.append(f"{found:,} {group}")
    return ", ".join(parts)


def _companion(directory: Path) -> Companion:
    from waifusync.workflows.companion import Companion

    return Companion.find(directory)


def _opened(directory: Path, file: Path | None) -> BinaryIO:
    """To be read more than once; standard input goes through a file of the system's."""
    if file is not None and str(file) != "-":
        try:
            return (directory / file).open("rb")
        except OSError as error:
            hint = "JSON itself goes through standard input: echo '{…}' | waifusync experience add -"
            why = f"{output.plain(str(file), width=_WIDTH)}: {(error.strerror or '').lower()}"
            raise UsageError(why, hint=hint if str(file).startswith("{") else "") from None
    import shutil
    import tempfile

    spooled = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    shutil.copyfileobj(sys.stdin.buffer, spooled)
    spooled.seek(0)
    return spooled
