"""`waifusync handoff`: leaving a conversation to another device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import WaifusyncError

if TYPE_CHECKING:
    from waifusync.workflows.handing_over import HandedOver

EXAMPLES = (
    "waifusync handoff",
    'waifusync handoff --to jetson -m "the fan is next"',
    "waifusync handoff --to laptop --unload",
)


def handoff(
    *,
    to: Annotated[str, Option("--to", metavar="NAME", help="The device; any of them if left out.")] = "",
    message: Annotated[
        str, Option("--message", "-m", metavar="NOTE", help="What whoever goes on should know.")
    ] = "",
    session: Annotated[
        str | None, Option("--session", metavar="SESSION", help="It; the one gone on with last here.")
    ] = None,
    unload: Annotated[bool, Option("--unload", help="Free the memory that the model takes here.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Leave a conversation to another device: bring this device's page up to date, commit, and push.

    Exit code 4: the remote is away; all is committed here, and the next push takes it along.
    """
    from waifusync.cli.syncing import exit_code, say_findings
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.handing_over import HandedOver, Leaving, hand_over

    leaving = Leaving(to, message, session, unload)
    try:
        done = hand_over(Companion.find(directory), leaving)
    except WaifusyncError as error:
        if isinstance(so_far := error.facts.get("handed_over"), HandedOver):
            _tell_unloading(so_far)
        raise
    say_findings(done.outcome)
    _tell_unloading(done)
    if json:
        output.answer_json(_json(done))
    else:
        output.answer(_sentence(done))
        output.say("To go on there: waifusync pickup")
    return exit_code(done.outcome)


def _tell_unloading(done: HandedOver) -> None:
    if done.unloaded:
        output.say(output.plain(f"{done.unloaded} is unloaded."))
    elif done.trouble:
        output.warn(output.plain(f"no model was unloaded: {done.trouble}"))


def _sentence(done: HandedOver) -> str:
    what = done.given.session or "no session, as there is none yet,"
    return output.plain(f"Handed {what} over to {done.to or 'any device'}.")


def _json(done: HandedOver) -> dict[str, object]:
    """The documented shape."""
    return {
        "at": done.given.at,
        "to": done.to,
        "session": done.given.session,
        "turn": done.given.turn,
        "note": done.given.note,
        "page": done.page,
        "unloaded": done.unloaded,
        "pushed": done.outcome.pushed,
    }
