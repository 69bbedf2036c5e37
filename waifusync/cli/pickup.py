"""`waifusync pickup`: going on with what another device handed over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.core.session import Message
    from waifusync.workflows.picking_up import PickedUp, Waiting

EXAMPLES = (
    "waifusync pickup",
    "waifusync pickup --show",
    "waifusync pickup --chat",
)
_MOST_SHOWN = 10


def pickup(
    *,
    chat: Annotated[bool, Option("--chat", help="Go on in a chat at once.")] = False,
    show: Annotated[bool, Option("--show", help="Show what was said last, too.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Pull, and take over the newest conversation that another device handed to this one.

    With the remote away, what is here already is picked up.
    """
    if chat and json:
        raise UsageError("--chat and --json do not go together", hint="give one of them")
    from waifusync.cli.syncing import exit_code, say_findings
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.picking_up import pick_up, take_in

    companion = Companion.find(directory)
    outcome, trouble = take_in(companion)
    if outcome is None:
        output.warn(output.plain(f"{trouble}; this is what is here already"))
    else:
        say_findings(outcome)
    found = pick_up(companion)
    if json:
        output.answer_json(_json(found, is_offline=outcome is None, shows=show))
    else:
        _answer(found, shows=show)
    if chat and found.first is not None and found.first.branch is not None:
        from waifusync.cli.chat import chat as talk

        return talk(session=found.first.branch.session.id, directory=directory)
    return exit_code(outcome) if outcome else ExitCode.DONE


def _answer(found: PickedUp, *, shows: bool) -> None:
    if found.first is None:
        output.answer("Nothing waits for this device.")
        output.say("To go on with the newest conversation all the same: waifusync chat --resume")
        return
    _answer_first(found.first, shows=shows)
    for each in found.others:
        output.say(f"Waits still: {_line(each)}")
    if found.others:
        output.say("To pick up the next one: waifusync pickup")


def _answer_first(first: Waiting, *, shows: bool) -> None:
    output.answer(_line(first))
    for message in _last(first) if shows else ():
        output.answer("    " + output.plain(f"{message['role']}: {message.get('content', '')}"))
    if first.trouble:
        output.warn(output.plain(f"its session cannot be gone on with here: {first.trouble}"))
    elif first.branch is None:
        output.answer("There is no session to go on with.")
    else:
        turns = output.count(len(first.branch.turns), "turn")
        output.answer(f"{first.branch.session.id}, {turns}. To go on: {_command(first)}")


def _line(each: Waiting) -> str:
    note = f": {each.found.note}" if each.found.note else ""
    return output.plain(f"From {each.giver}, {each.found.at}{note}")


def _last(first: Waiting) -> list[Message]:
    return first.branch.messages[-_MOST_SHOWN:] if first.branch else []


def _command(first: Waiting) -> str | None:
    return f"waifusync chat --session {first.branch.session.id}" if first.branch else None


def _json(found: PickedUp, *, is_offline: bool, shows: bool) -> dict[str, object]:
    """The documented shape."""
    return {
        "offline": is_offline,
        "picked_up": _picked_json(found.first, shows=shows) if found.first else None,
        "waiting": [_handed_json(each) for each in found.others],
    }


def _handed_json(each: Waiting) -> dict[str, object]:
    from waifusync.workflows.hand_overs import named

    return {**named(each.found, {each.found.giver: each.giver})}


def _picked_json(first: Waiting, *, shows: bool) -> dict[str, object]:
    branch = first.branch
    return {
        **_handed_json(first),
        "goes_on_from": branch.session.id if branch else None,
        "turns": len(branch.turns) if branch else 0,
        "command": _command(first),
        **({"messages": _last(first)} if shows else {}),
    }
