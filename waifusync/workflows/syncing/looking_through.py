"""Entries on their way out: what is redacted, what is answered for, and what waits. See letting_out.py."""

from __future__ import annotations

from collections.abc import Iterable

from waifusync.config import Layout
from waifusync.core.entry import line_chain, parse_line
from waifusync.core.learning.secrets import SECRET, Kind
from waifusync.core.learning.withheld import Sieve, Withheld
from waifusync.core.safety_settings import OnSecret, SafetySettings
from waifusync.core.versions import Head
from waifusync.errors import RefusedError
from waifusync.log.reading import heads
from waifusync.memory.answers import is_let_out, note_let_out
from waifusync.memory.connection import transaction
from waifusync.memory.ledger import Ledger
from waifusync.memory.live import Outgoing
from waifusync.memory.unsent import by_record, withheld_in
from waifusync.memory.withholding import Withholding
from waifusync.workflows.companion import wall_clock
from waifusync.workflows.syncing.git_source import memory_paths
from waifusync.workflows.syncing.letting_out import Answer, secrets_wait
from waifusync.workflows.syncing.under_way import UnderWay

Found = list[tuple[int, Withheld]]


def look_through(sync: UnderWay, outgoing: Outgoing, *, most_bytes: int) -> Outgoing:
    """What of it may go now. Raises SecretsWait."""
    safety, ledger = sync.companion.config.safety, sync.memory.ledger
    redacting, asking = silent_sieve(safety, ledger), asking_sieve(safety, ledger)
    taken_out = by_record(each for _, each in _found(outgoing, redacting, ledger))
    if taken_out:
        _withholding(sync, redacting).redact([each.key for each in taken_out])
        sync.outcome.warnings += [f"redacted before it left: {told(each)}" for each in taken_out]
    found = _found(outgoing, asking, ledger)
    has_answers = _answer(sync, outgoing, found, asking)
    if taken_out or has_answers:
        outgoing = sync.memory.outgoing(after=sync.committed, most_bytes=most_bytes)
        found = _found(outgoing, asking, ledger)
    sync.outcome.withheld = by_record(each for _, each in found)
    if found:
        outgoing = _before(sync, found[0][0])
    sync.told = outgoing.told
    sync.count_told()
    return outgoing


def silent_sieve(safety: SafetySettings, ledger: Ledger) -> Sieve:
    """What is redacted without a word."""
    secret = SECRET if safety.secrets is OnSecret.REDACT else frozenset[Kind]()
    return Sieve(frozenset(map(Kind, safety.redact)) | secret, lambda text: is_let_out(ledger, text))


def asking_sieve(safety: SafetySettings, ledger: Ledger) -> Sieve:
    """What waits for a word."""
    is_asked = safety.secrets in (OnSecret.ASK, OnSecret.REFUSE)
    return Sieve(SECRET if is_asked else frozenset(), lambda text: is_let_out(ledger, text))


def _found(outgoing: Outgoing, sieve: Sieve, ledger: Ledger) -> Found:
    return list(withheld_in(outgoing.lines, ledger.device, sieve)) if sieve.kinds else []


def _answer(sync: UnderWay, outgoing: Outgoing, found: Found, sieve: Sieve) -> bool:
    """Does what the person said about what was found; whether that was anything."""
    keys = {each.key for _, each in found}
    by_answer = {
        answer: sorted(key for key in keys if sync.errand.answers.get(key) is answer) for answer in Answer
    }
    if by_answer[Answer.SEND]:
        _send(sync, outgoing, {number for number, each in found if each.key in by_answer[Answer.SEND]}, sieve)
    if by_answer[Answer.REDACT]:
        _withholding(sync, sieve).redact(by_answer[Answer.REDACT])
    if by_answer[Answer.KEEP]:
        sync.outcome.kept |= _withholding(sync, sieve).keep(by_answer[Answer.KEEP])
    return any(by_answer.values())


def _send(sync: UnderWay, outgoing: Outgoing, numbers: Iterable[int], sieve: Sieve) -> None:
    ledger, wanted = sync.memory.ledger, set(numbers)
    entries = [parse_line(line.encode(), ledger.device) for n, line in outgoing.lines if n in wanted]
    with transaction(ledger.connection):
        note_let_out(ledger, (text for entry in entries for text in sieve.texts_found(entry)))


def _before(sync: UnderWay, number: int) -> Outgoing:
    if sync.layout is Layout.DATABASE:
        raise secrets_wait(sync.outcome.withheld)
    return sync.memory.outgoing(after=sync.committed, before=number)


def _withholding(sync: UnderWay, sieve: Sieve) -> Withholding:
    """For what is in no commit of this device yet."""
    return Withholding(sync.memory, _last_committed(sync), sieve, wall_milliseconds=wall_clock())


def _last_committed(sync: UnderWay) -> Head:
    """With the hash that the next line builds on, from the outbox or from git."""
    number, ledger = sync.committed, sync.memory.ledger
    if number == 0:
        return Head()
    row = ledger.connection.execute(
        "SELECT line FROM waifusync_outbox WHERE number = ?", (number,)
    ).fetchone()
    if row is not None:
        return Head(number, line_chain(row[0].encode()))
    found = heads(sync.source(memory_paths(sync.git, sync.held, sync.own_log))).get(ledger.device, Head())
    if found.number != number:
        raise RefusedError(f"this device's log does not end at {number}", hint="run: waifusync verify")
    return found


def told(each: Withheld) -> str:
    """Kinds and key, and nothing of the text."""
    return f"{', '.join(each.kinds)} in {each.key}"
