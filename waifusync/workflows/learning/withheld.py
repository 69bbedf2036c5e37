"""`secrets`: what was kept back on this device because it looks like one, and the person's answers to it."""

from __future__ import annotations

from collections.abc import Sequence

from waifusync.core.learning.withheld import Withheld
from waifusync.core.safety_settings import OnSecret
from waifusync.errors import UsageError
from waifusync.memory.answers import redacted
from waifusync.memory.unsent import by_record, unsent_lines, withheld_in
from waifusync.memory.withholding import take_back
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion
from waifusync.workflows.sessions.files import own_session_files
from waifusync.workflows.syncing.exchange import Outcome, Wishes, exchange
from waifusync.workflows.syncing.letting_out import Answer, SecretsWait
from waifusync.workflows.syncing.looking_through import asking_sieve
from waifusync.workflows.syncing.looking_through_sessions import session_withheld
from waifusync.workflows.syncing.under_way import COMMITTED
from waifusync.workflows.working import Work, at_work


class Waiting(NamedTuple):
    """What waits for an answer; and what was redacted here, as fields by key: this device has their texts."""

    setting: OnSecret
    waiting: list[Withheld]
    redacted: dict[str, list[str]]

    def to_json(self) -> dict[str, object]:
        """The documented shape of `secrets list --json`."""
        waiting = [each.to_json() for each in self.waiting]
        return {"setting": self.setting.value, "waiting": waiting, "redacted": self.redacted}


class Answered(NamedTuple):
    """The keys that were answered; `kept` gives the keys of private memories, `waiting` what is left."""

    answer: Answer
    keys: list[str]
    kept: dict[str, str]
    waiting: list[Withheld]

    def to_json(self) -> dict[str, object]:
        """The documented shape of `secrets redact|keep|send --json`."""
        waiting = [each.key for each in self.waiting]
        return {"answer": self.answer.value, "keys": self.keys, "kept": self.kept, "waiting": waiting}


def look(companion: Companion) -> Waiting:
    """What programs wrote a moment ago included; nothing leaves."""
    with at_work(companion, "secrets") as work:
        work.collect()
        fields: dict[str, list[str]] = {}
        for key, name, _, _ in redacted(work.memory.connection):
            fields.setdefault(key, []).append(name)
        return Waiting(companion.config.safety.secrets, _waiting(work), fields)


def give_answer(companion: Companion, keys: Sequence[str] | None, answer: Answer) -> Answered:
    """Does it, and commits what may go by then. What was redacted may be sent too: it is as it was again.

    All of the keys or none; None is everything that waits. Raises UsageError for a key that nothing waits of.
    """
    with at_work(companion, "secrets") as work:
        work.collect()
        waiting = {each.key for each in _waiting(work)}
        once = list(dict.fromkeys(sorted(waiting) if keys is None else keys))
        others = [key for key in once if key not in waiting]
        for key in others:
            if answer is not Answer.SEND or not redacted(work.memory.connection, key):
                raise UsageError(
                    f"nothing of {key!r} waits for an answer", hint="run: waifusync secrets list"
                )
        with work.lesson() as learning:
            for key in others:
                take_back(learning, work.memory.catalog(), key)
    outcome, left = _exchanged(companion, {key: answer for key in once if key in waiting})
    return Answered(answer, once, outcome.kept, left)


def _exchanged(companion: Companion, answers: dict[str, Answer]) -> tuple[Outcome, list[Withheld]]:
    try:
        return exchange(companion, Wishes("commit"), answers=answers), []
    except SecretsWait as error:
        outcome = error.facts.get("outcome")
        if not isinstance(outcome, Outcome):
            raise
        return outcome, outcome.withheld


def _waiting(work: Work) -> list[Withheld]:
    ledger = work.memory.ledger
    sieve = asking_sieve(work.companion.config.safety, ledger)
    if not sieve.kinds:
        return []
    number = int(str(ledger.meta(COMMITTED) or "0").partition(" ")[0])
    found = [each for _, each in withheld_in(unsent_lines(ledger, number), ledger.device, sieve)]
    files = own_session_files(work.companion.git, work.companion.state.folder)
    sessions = [session_withheld(sieve, file.stem, file.read_bytes()) for file in files]
    return by_record([*found, *(each for each in sessions if each is not None)])
