"""`waifusync chat`: talking in a terminal, every turn stored the moment it ends."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, Option
from waifusync.errors import ExitCode, WaifusyncError

if TYPE_CHECKING:
    from waifusync.workflows.sessions.talking import Spoken, Talk, Wanted

EXAMPLES = (
    "waifusync chat --model llama3.2",
    "waifusync chat --resume",
    "waifusync chat --session laptop_session_001 --endpoint http://jetson:11434",
)
_PROMPT = "> "


def chat(
    *,
    model: Annotated[
        str | None,
        Option("--model", metavar="NAME", help="Who answers; the session's, or the server's first."),
    ] = None,
    session: Annotated[
        str | None, Option("--session", metavar="SESSION", help="The session or conversation to go on with.")
    ] = None,
    resume: Annotated[bool, Option("--resume", help="Go on with the newest conversation.")] = False,
    endpoint: Annotated[
        str | None, Option("--endpoint", metavar="URL", help="Where the server is; OLLAMA_HOST, or here.")
    ] = None,
    num_ctx: Annotated[
        int | None, Option("--num-ctx", metavar="N", help="Tokens of context; the session's, or 4096.")
    ] = None,
    num_predict: Annotated[
        int | None, Option("--num-predict", metavar="N", help="The most tokens of an answer.")
    ] = None,
    system: Annotated[str, Option("--system", metavar="TEXT", help="Who the companion is, when new.")] = "",
    no_remember: Annotated[
        bool, Option("--no-remember", help="Write no memories, only the session.")
    ] = False,
    directory: DirectoryOption = Path("."),
) -> int:
    """Talk to the companion; a line is a turn. Ctrl-C stops an answer, Ctrl-D ends.

    Goes on from where another device was with --resume or --session.
    """
    from waifusync.workflows.sessions.talking import Wanted

    wanted = Wanted(model, endpoint, num_ctx, num_predict, system)
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # a line in another encoding is no reason to end
    talk = _begin(directory, session, wanted, is_again=resume)
    code: int = ExitCode.DONE
    while (text := _read()) is not None:
        if text.strip():
            talk, code = _turn(talk, text, remembers=not no_remember)
    return ExitCode.DONE if _is_terminal() else code


def _begin(directory: Path, session: str | None, wanted: Wanted, *, is_again: bool) -> Talk:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.sessions.shelf import open_shelf
    from waifusync.workflows.sessions.talking import begin_again, begin_new

    companion = Companion.find(directory)
    if session is None and not is_again:
        talk = begin_new(companion, wanted)
        output.say(f"a new conversation with {output.plain(talk.model)}; Ctrl-D ends it")
        return talk
    talk, apart = begin_again(open_shelf(companion), session, wanted)
    if apart > 1:
        output.warn(f"it went apart into {apart} branches; this is the newest: waifusync session merge")
    turns = output.count(len(talk.said), "turn")
    output.say(f"with {output.plain(talk.model)}, after {turns}; Ctrl-D ends it")
    return talk


def _read() -> str | None:
    """A line; None when the person is through."""
    try:
        if _is_terminal():
            import readline  # noqa: F401 - gives `input` its editing, where somebody types

            return input(_PROMPT)
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None
    except (EOFError, KeyboardInterrupt):
        output.say("")
        return None


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _turn(talk: Talk, text: str, *, remembers: bool) -> tuple[Talk, int]:
    """An error is told in a line, and the conversation goes on."""
    from waifusync.workflows.sessions.talking import take_turn

    is_first = talk.session is None
    try:
        talk, spoken = take_turn(talk, text, say=output.piece, warn=_begin_anew)
    except KeyboardInterrupt:  # before the first word was asked for, or after the last was stored
        output.answer("")
        return talk, ExitCode.INTERRUPTED
    except WaifusyncError as error:
        output.answer("")
        output.complain(output.plain(f"{error.message} ({error.hint})" if error.hint else error.message), "")
        return talk, error.code
    output.answer(" (cut)" if spoken.answer.is_cut else "")
    output.flush()
    _explain(spoken, told=talk.session.id if talk.session and is_first else None)
    if remembers and spoken.is_stored:
        _remember(talk, text, spoken)
    return talk, ExitCode.DONE


def _explain(spoken: Spoken, *, told: str | None) -> None:
    if told:
        output.say(f"(kept in {told})")
    if spoken.plan.left_out:
        some = output.count(spoken.plan.left_out, "message")
        output.say(f"({some} from the beginning did not fit into the context)")


def _begin_anew(text: str) -> None:
    output.answer("")
    output.say(f"({output.plain(text)})")


def _remember(talk: Talk, text: str, spoken: Spoken) -> None:
    from waifusync.workflows.sessions.talking import remember_turn

    try:
        remember_turn(talk, text, spoken.answer)
    except WaifusyncError as error:
        output.warn(f"the turn is in the session, but no memory was written: {output.plain(error.message)}")
