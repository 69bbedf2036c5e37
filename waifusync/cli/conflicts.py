"""`waifusync conflicts`: edits that lost to another, with both values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.workflows.conflicts import Conflict, Side

EXAMPLES = ("waifusync conflicts", "waifusync conflicts --all --json")
_MOST = 50
_WIDTH = 100


def conflicts(
    *,
    everything: Annotated[bool, Option("--all", help=f"Not only the first {_MOST}.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Edits that lost to another which their writer had not seen. The loser is kept, here and in the log."""
    from itertools import islice

    from waifusync.workflows.companion import Companion
    from waifusync.workflows.conflicts import conflicts as find
    from waifusync.workflows.past import open_past

    companion = Companion.find(directory)
    count = waiting = 0
    with open_past(companion) as past:
        for each in islice(find(companion, past), None if everything or json else _MOST + 1):
            count += 1
            waiting += each.strategy == "manual_review"
            if json:
                output.answer_json(_cut(each.to_json()))
            elif count <= _MOST or everything:
                show(each)
    if count and not json:
        output.say("To decide: waifusync resolve [ID]")
    if not count and not json:
        output.answer("No conflicts: nothing was overruled.")
    elif count > _MOST and not everything and not json:
        output.answer(f"There are more than {_MOST}: waifusync conflicts --all")
    return ExitCode.CONFLICTS if waiting else ExitCode.DONE


def show(conflict: Conflict) -> None:
    """Both sides: who wrote them, when, and which of them stands."""
    what = conflict.field or "deleted on one device, edited on another"
    output.answer(output.plain(f"{conflict.id}  {conflict.table} {conflict.key}: {what}"))
    for side, stands in ((conflict.winner, "kept"), (conflict.loser, "lost")):
        whose = "ours" if side is conflict.ours else "theirs"
        output.answer(f"  {stands}  {whose:6}  {_side(side, conflict.field)}")


def _side(side: Side, field: str) -> str:
    told = side.to_json()
    gone = "nothing" if field else "deleted"
    value = gone if side.text is None else side.text
    return output.plain(f"{side.device} {told['time'] or ''}: {value}", width=_WIDTH)


def _cut(told: dict[str, object]) -> dict[str, object]:
    """One line for each value, and nothing in it that a terminal would obey."""
    for side in (told["winner"], told["loser"]):
        if isinstance(side, dict) and side["value"] is not None:
            side["value"] = output.plain(str(side["value"]), width=4 * _WIDTH)
    return told
