"""`waifusync session start|save|list|show|resume`: what was said, and taking it up again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.cli.session_words import answer_id, branch_json, session_json, shelf_in, title
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.core.session import Message
    from waifusync.workflows.sessions.resuming import Resumption
    from waifusync.workflows.sessions.shelf import Shelf

EXAMPLES = (
    "waifusync session list",
    "waifusync session show laptop_session_001",
    "waifusync session resume",
    "waifusync session save laptop_session_001 turns.json",
)

SessionArgument = Annotated[str, Argument("SESSION", help="Which one, as `session list` names it.")]
NewestArgument = Annotated[
    str | None, Argument("SESSION", help="It, or its conversation; left out: the one gone on with last.")
]


def start(
    *,
    conversation: Annotated[
        str | None, Option("--conversation", metavar="ID", help="The conversation; a new one if left out.")
    ] = None,
    model: Annotated[str, Option("--model", metavar="NAME", help="The model that will answer.")] = "",
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Begin a session, for a program that does its own talking and saves it here."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.sessions.beginning import start as begin

    session = begin(Companion.find(directory), conversation=conversation, model=model)
    answer_id(session_json(session), json=json)
    return ExitCode.DONE


def save(
    session: SessionArgument,
    file: Annotated[
        Path | None, Argument("FILE", help="Messages as JSON; standard input if left out or -.")
    ] = None,
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Add messages to a session of this device: all of it so far, or only what is new."""
    from waifusync.workflows.sessions.saving import parse_save
    from waifusync.workflows.sessions.saving import save as keep

    given = parse_save(_content(directory, file))
    saved, added = keep(shelf_in(directory), session, given)
    if json:
        output.answer_json({**session_json(saved), "added": added})
    else:
        output.answer(f"Saved {output.count(added, 'new turn')} in {saved.id}.")
    return ExitCode.DONE


def list_sessions(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """The conversations of all devices, the one gone on with last first, and where each ends.

    Exit code 1: one of them was gone on with on two devices at once.
    """
    from waifusync.core.conversation import conversations, forked

    shelf = shelf_in(directory)
    is_forked = False
    rows = []
    for conversation in conversations(shelf.sessions):
        found = shelf.branches(conversation)
        apart = {each.session.id for each in forked(found)}
        is_forked |= len(apart) > 1
        for each in found:
            told = branch_json(each, is_fork=len(apart) > 1 and each.session.id in apart)
            if json:
                output.answer_json(told)
            rows.append(_row(told))
    _tell_unreadable(shelf)
    if not json:
        _answer_rows(rows)
    return ExitCode.CONFLICTS if is_forked else ExitCode.DONE


def _row(told: dict[str, object]) -> list[str]:
    mark = "fork" if told["fork"] else ("" if told["whole"] else "beginning not here")
    names = (told["session"], told["conversation"], told["turns"], told["updated"], told["model"])
    return [*(str(each) for each in names), mark]


def _answer_rows(rows: list[list[str]]) -> None:
    if not rows:
        output.answer("There is no session yet. To begin one: waifusync chat")
        return
    output.answer_table(["session", "conversation", "turns", "last", "model", ""], rows)
    forks = sum(row[-1] == "fork" for row in rows)
    if forks:
        output.say(f"{forks} branches went apart; to weave them into one: waifusync session merge SESSION")


def show(
    session: SessionArgument,
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """All that was said up to the end of a session, also on other devices."""
    from waifusync.core.conversation import branch_of

    shelf = shelf_in(directory)
    branch = branch_of(shelf.sessions, shelf.session(session))
    if json:
        turns = [{**turn.message, "session_id": turn.session} for turn in branch.turns]
        output.answer_json({**branch_json(branch, is_fork=False), "messages": turns})
        return ExitCode.DONE
    output.say(title(branch.session, len(branch.turns)))
    if not branch.is_whole:
        output.warn("the beginning of it is not on this device")
    for turn in branch.turns:
        output.answer(_line(turn.message))
    return ExitCode.DONE


def _line(message: Message) -> str:
    mark = " (cut)" if message.get("cut") else ""
    return f"{output.plain(str(message['role']))}{mark}: {output.plain(str(message.get('content', '')))}"


def resume(
    session: NewestArgument = None,
    *,
    model: Annotated[
        str | None, Option("--model", metavar="NAME", help="The model to go on with; the session's.")
    ] = None,
    endpoint: Annotated[
        str | None, Option("--endpoint", metavar="URL", help="Where its server is; OLLAMA_HOST, or here.")
    ] = None,
    num_ctx: Annotated[
        int | None, Option("--num-ctx", metavar="N", help="Tokens of context; the session's, or 4096.")
    ] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Take a conversation up at its newest turn, whichever device said it, and say by which way and why.

    --json prints what to send to the model; what comes of it is saved to the session named.
    """
    from waifusync.workflows.sessions.resuming import ollama_at
    from waifusync.workflows.sessions.resuming import resume as take_up

    found = take_up(shelf_in(directory), session, ollama=ollama_at(endpoint), model=model, num_ctx=num_ctx)
    if json:
        output.answer_json(_resumed_json(found))
        return ExitCode.DONE
    if found.apart > 1:
        output.warn(f"it went apart into {found.apart} branches; this is the newest: waifusync session merge")
    plan = found.plan
    output.say(
        f"Goes on from {found.branch.session.id} after {output.count(len(found.branch.turns), 'turn')}."
    )
    output.say(f"By its {plan.way}: {output.plain(plan.reason)}.")
    if plan.left_out:
        output.say(f"{output.count(plan.left_out, 'message')} from the beginning would not fit.")
    output.answer(found.session.id)
    return ExitCode.DONE


def _resumed_json(found: Resumption) -> dict[str, object]:
    plan = found.plan
    return {
        "session": found.session.id,
        "conversation": found.session.conversation,
        "from": found.branch.session.id,
        "new": found.is_new,
        "branches": found.apart,
        "model": found.model,
        "way": plan.way,
        "reason": plan.reason,
        "num_ctx": plan.num_ctx,
        "messages": plan.messages,
        "context": list(plan.context),
        "left_out": plan.left_out,
    }


def _content(directory: Path, file: Path | None) -> bytes:
    if file is None or str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return (directory / file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error


def _tell_unreadable(shelf: Shelf) -> None:
    for error in shelf.unreadable.values():
        output.warn(output.plain(error.message))
