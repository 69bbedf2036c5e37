"""`waifusync conflicts`: edits that lost to another, with both values."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.conflicts import Conflict, Side

EXAMPLES = ("waifusync conflicts", "waifusync conflicts --all --json")
_MOST = 50
_WIDTH = 100


def conflicts(
    *,
    everything: Annotated[bool, Option("--all", help=f"Not only the first {_MOST}.")] = False,
    merged: Annotated[bool, Option("--merged", help="What weighted_merge settled, instead.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Edits that lost to another which their writer had not seen. The loser is kept, here and in the log."""
    from itertools import islice

    from waifusync.workflows.companion import Companion
    from waifusync.workflows.conflicts import conflicts as find
    from waifusync.workflows.past import open_past

    companion = Companion.find(directory)
    if merged:
        return _show_merges(companion, is_json=json)
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
        output.flush()
        output.say("To decide: waifusync resolve [ID]")
    if not count and not json:
        output.answer("No conflicts: nothing was overruled.")
    elif count > _MOST and not everything and not json:
        output.answer(f"There are more than {_MOST}: waifusync conflicts --all")
    return ExitCode.CONFLICTS if waiting else ExitCode.DONE


def _show_merges(companion: Companion, *, is_json: bool) -> int:
    from waifusync.workflows.conflicts import merges
    from waifusync.workflows.past import open_past

    with open_past(companion) as past:
        for each in merges(companion, past):
            if is_json:
                told = each.to_json()
                of = told["of"]
                _cut_sides((told["merged"], *(of if isinstance(of, list) else ())))
                output.answer_json(told)
            else:
                output.answer(output.plain(f"{each.table} {each.key}: {each.field}"))
                output.answer(f"  merged  {_side(each.merged, each.field)}")
                for side in each.of:
                    output.answer(f"  of      {_side(side, each.field)}")
    return ExitCode.DONE


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
    _cut_sides((told["winner"], told["loser"]))
    return told


def _cut_sides(sides: Iterable[object]) -> None:
    for side in sides:
        if isinstance(side, dict) and side["value"] is not None:
            side["value"] = output.plain(str(side["value"]), width=4 * _WIDTH)
