"""`waifusync session fork|merge|checkpoint|restore|import`: sessions that begin out of others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.cli.session import NewestArgument, SessionArgument
from waifusync.cli.session_words import answer_id, session_json, shelf_in
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.core.session import Session

EXAMPLES = (
    "waifusync session fork laptop_session_001",
    "waifusync session merge",
    "waifusync session checkpoint laptop_session_001 before-the-quarrel",
    "waifusync session import old.ctx",
)


def fork(
    session: SessionArgument,
    *,
    turn: Annotated[
        str | None, Option("--at", metavar="TURN", help="The id of the turn to go on from; the last one.")
    ] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Begin a session that goes on from a turn of another, which stays as it is."""
    from waifusync.workflows.sessions.beginning import fork as begin

    return _begun(begin(shelf_in(directory), session, turn=turn), json=json)


def merge(
    session: NewestArgument = None, *, directory: DirectoryOption = Path("."), json: JsonOption = False
) -> int:
    """Weave the branches of a conversation into a new one, by time. Nothing of them is lost."""
    from waifusync.workflows.sessions.beginning import merge as weave

    made, apart = weave(shelf_in(directory), session)
    if json:
        told = session_json(made) if made else {"session": None}
        output.answer_json({**told, "merged": [each.session.id for each in apart] if made else []})
    elif made is None:
        output.answer("Nothing to merge: the conversation has one branch.")
    else:
        output.say(f"Woven out of {len(apart)} branches: {', '.join(each.session.id for each in apart)}.")
        output.answer(made.id)
    return ExitCode.DONE


def checkpoint(
    session: SessionArgument,
    name: Annotated[str, Argument("NAME", help="What to call this moment.")],
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Name where a session is now, to come back to it."""
    from waifusync.workflows.sessions.beginning import checkpoint as name_it

    made = name_it(shelf_in(directory), session, name)
    if json:
        output.answer_json(session_json(made))
    else:
        output.answer(f"{made.id} has the checkpoint {output.plain(name)} now.")
    return ExitCode.DONE


def restore(
    session: SessionArgument,
    name: Annotated[str, Argument("NAME", help="The checkpoint.")],
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Begin a session that goes on from a checkpoint. What was said since stays, as a branch."""
    from waifusync.workflows.sessions.beginning import restore as begin

    return _begun(begin(shelf_in(directory), session, name), json=json)


def import_older(
    file: Annotated[Path, Argument("FILE", help="A .ctx file of an older program.")],
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Make a session out of a .ctx file, with all that it says of itself. Twice is as once."""
    from waifusync.workflows.sessions.importing_older import import_older as take_in

    found = take_in(shelf_in(directory), directory / file)
    if not json and not found.is_new:
        output.say("It was imported before.")
    return _begun(found.session, json=json)


def _begun(session: Session, *, json: bool) -> int:
    answer_id(session_json(session), json=json)
    return ExitCode.DONE
