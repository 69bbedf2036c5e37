"""`handoff`: leaving a conversation to another device, in one commit that holds all of it and is pushed.

Sessions are stored turn by turn, so what is said in a chat that still runs goes along up to its last turn.
"""

from __future__ import annotations

from waifusync.core.conversation import conversations
from waifusync.core.hand_over import MOST_NOTE, HandOver, is_whole
from waifusync.core.session import Session
from waifusync.errors import UnreachableError, UsageError, WaifusyncError
from waifusync.log.source import device_id
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion, now_text
from waifusync.workflows.device_facts import DeviceFacts, all_facts, find_device
from waifusync.workflows.device_notes import next_page, own_ollama, put_page
from waifusync.workflows.sessions.shelf import Shelf, open_shelf
from waifusync.workflows.syncing.exchange import Wishes
from waifusync.workflows.syncing.outcome import Outcome

_PUSHING = Wishes("handoff", ask_remote=True, push=True)


class Leaving(NamedTuple):
    """What a person asked for: `to` a device's name ("" for anybody), `session` the one gone on with last
    here where it is None."""

    to: str = ""
    note: str = ""
    session: str | None = None
    unloads: bool = False


class HandedOver(NamedTuple):
    """`to` is a name, "" for anybody; `unloaded` the model that was freed, `trouble` why none was."""

    given: HandOver
    to: str
    page: str
    outcome: Outcome
    unloaded: str
    trouble: str


def hand_over(companion: Companion, leaving: Leaving) -> HandedOver:
    """Raises UsageError before anything is done; UnreachableError when all is done but the push."""
    known = all_facts(companion)
    to = _receiver(known, leaving.to) if leaving.to else None
    note = _checked_note(leaving.note)
    session = _session(open_shelf(companion), leaving.session)
    given = HandOver(
        companion.state.id,
        now_text(),
        device_id(to.folder) if to else "",
        session.id if session else "",
        (session.last_turn or "") if session else "",
        note,
    )
    own = next(each for each in known if each.is_here)
    unloaded, trouble = _unload(own, session) if leaving.unloads else ("", "")
    page = next_page(companion, given)
    done = HandedOver(given, to.name if to else "", page.path, Outcome(), unloaded, trouble)
    try:
        return done._replace(outcome=put_page(companion, page, _PUSHING))
    except WaifusyncError as error:
        error.facts["handed_over"] = done
        if isinstance(error, UnreachableError):
            error.hint = "all is committed here; when the remote can be reached: waifusync push"
        raise


def _receiver(known: list[DeviceFacts], name: str) -> DeviceFacts:
    try:
        found = find_device(known, name)
    except UsageError as error:
        error.hint += "; one that has joined since is known after: waifusync sync, there and then here"
        raise
    if found.is_here:
        raise UsageError(f"{found.name} is this device", hint="name another one: waifusync device list")
    if found.retired_by:
        raise UsageError(
            f"{found.name} is gone, as {found.retired_by} says",
            hint="name another one: waifusync device list",
        )
    return found


def _checked_note(note: str) -> str:
    text = " ".join(note.split())
    if not is_whole(text):
        raise UsageError("the note is not UTF-8", hint="write it in a terminal whose language is UTF-8")
    if len(text) > MOST_NOTE:
        raise UsageError(f"a note of {len(text)} characters is too long", hint=f"{MOST_NOTE} are the most")
    return text


def _session(shelf: Shelf, name: str | None) -> Session | None:
    """The one named, or what was last gone on with on this device; None where nothing ever was."""
    if name is not None:
        return shelf.session(name)
    own = {each.id: each for each in shelf.sessions.values() if shelf.is_own(each) and each.last_turn}
    return next((each for found in conversations(own).values() for each in found), None)


def _unload(own: DeviceFacts, session: Session | None) -> tuple[str, str]:
    """The model that was freed, or why none was: a server that is away holds nobody up."""
    model = str((session.model.get("name") if session else "") or own.model)
    if not model:
        return "", "no model is known to have answered here"
    try:
        own_ollama(own).unload(model)
    except WaifusyncError as error:
        return "", error.message
    return model, ""
