"""Sessions on their way out: what was said in one waits as a whole, and is redacted as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from waifusync.core.learning.withheld import Sieve, Withheld
from waifusync.core.session import Session, read_session
from waifusync.log.writing import Edits
from waifusync.memory.answers import note_let_out
from waifusync.memory.connection import transaction
from waifusync.memory.unsent import by_record
from waifusync.workflows.sessions.files import session_lock, sessions_directory, write_session
from waifusync.workflows.syncing.letting_out import Answer
from waifusync.workflows.syncing.looking_through import asking_sieve, silent_sieve, told
from waifusync.workflows.syncing.under_way import UnderWay


def look_through_sessions(sync: UnderWay, edits: Edits) -> Edits:
    """Those that may go, as they are by then."""
    safety, ledger = sync.companion.config.safety, sync.memory.ledger
    silent, asking = silent_sieve(safety, ledger), asking_sieve(safety, ledger)
    write, withheld = {}, []
    for path, content in edits.write.items():
        name = path.rpartition("/")[2].removesuffix(".json")
        found = session_withheld(silent, name, content)
        if found is not None:
            content = _redact(sync, name, content, silent)
            sync.outcome.warnings.append(f"redacted before it left: {told(found)}")
        found = session_withheld(asking, name, content)
        if found is not None:
            content = _answered(sync, name, content, asking)
            found = session_withheld(asking, name, content)
        if found is None:
            write[path] = content
        else:
            withheld.append(found)
    sync.outcome.withheld = by_record([*sync.outcome.withheld, *withheld])
    return Edits(write, edits.delete)


def _texts(content: bytes) -> Sequence[str]:
    try:
        return [str(each.get("content", "")) for each in read_session(content).messages]
    except ValueError:
        return [content.decode("utf-8", "replace")]


def session_withheld(sieve: Sieve, name: str, content: bytes) -> Withheld | None:
    """None: it may go. A file that is no session is looked through as a text."""
    if not sieve.kinds:
        return None
    kinds = {each.kind.value for text in _texts(content) if sieve.may_hold(text) for each in sieve.find(text)}
    return Withheld(name, "sessions", {"messages": tuple(sorted(kinds))}) if kinds else None


def _answered(sync: UnderWay, name: str, content: bytes, sieve: Sieve) -> bytes:
    answer = sync.errand.answers.get(name)
    if answer is Answer.REDACT:
        return _redact(sync, name, content, sieve)
    if answer is Answer.SEND:
        texts = [text[each.start : each.end] for text in _texts(content) for each in sieve.find(text)]
        with transaction(sync.memory.connection):
            note_let_out(sync.memory.ledger, texts)
    return content


def _redact(sync: UnderWay, name: str, content: bytes, sieve: Sieve) -> bytes:
    """Its context tokens would say it all again, and go."""
    file = sessions_directory(sync.git) / f"{name}.json"
    with session_lock(sync.git):
        try:
            session = read_session(file.read_bytes())
        except ValueError:
            return content
        write_session(sync.git, _cleaned(session, sieve))
        return file.read_bytes()


def _cleaned(session: Session, sieve: Sieve) -> Session:
    messages = [
        {**each, "content": sieve.clean(text)} if isinstance(text := each.get("content"), str) else each
        for each in session.messages
    ]
    value = {name: each for name, each in session.value.items() if name != "context_tokens"}
    return Session({**value, "messages": messages})
