"""The personality: what changed it is told here, and what it came to is read by folding all of that."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping

from waifusync.core import clock
from waifusync.core.events import MERGE_PERSONALITY
from waifusync.core.learning.characteristics import characteristic_of
from waifusync.core.learning.collections import PERSONALITY, key_of
from waifusync.core.learning.contributions import canonical
from waifusync.core.learning.personality import DEFAULT_RATE, Act, Change, Kind, change_of
from waifusync.core.learning.personality_fold import Personality, Step, fold_personality
from waifusync.errors import UsageError
from waifusync.memory.connection import snapshot
from waifusync.memory.learned import Learning, read_collection
from waifusync.values import NamedTuple, replace
from waifusync.workflows.companion import Companion, wall_clock
from waifusync.workflows.past import moment
from waifusync.workflows.working import at_work


class Wish(NamedTuple):
    """A change that somebody asks for: put at `target`, or moved towards it or by `delta`."""

    act: Act
    kind: Kind
    name: str
    target: float | None = None
    delta: float | None = None
    why: str = ""


def read_personality(companion: Companion) -> Personality:
    """As this device knows it."""
    with at_work(companion, "personality") as work, snapshot(work.memory.connection):
        return personality_in(work.memory.connection)


def personality_in(connection: sqlite3.Connection) -> Personality:
    """The fold of all changes in this database."""
    changes = (change_of(key, fields) for key, fields in read_collection(connection, PERSONALITY))
    return fold_personality(each for each in changes if each)


class RolledBack(NamedTuple):
    """The rollback, and the changes that it voided or brought back."""

    rollback: Step
    changed: list[Step]

    @property
    def voided(self) -> list[str]:
        """Keys of what no longer counts."""
        return [each.change.key for each in self.changed if each.voided_by]

    @property
    def back(self) -> list[str]:
        """Keys of what counts again."""
        return [each.change.key for each in self.changed if not each.voided_by]


def change_personality(companion: Companion, wish: Wish) -> Step:
    """Tells one change of this device's, at once; what it did."""
    rate = companion.config.personality.adaptation_rate
    with at_work(companion, "personality") as work, work.lesson() as learning:
        known = personality_in(learning.connection)
        change = _made(learning, known, wish.act)
        change = replace(
            change,
            kind=wish.kind,
            name=wish.name,
            target=wish.target,
            delta=wish.delta,
            rate=rate,
            why=wish.why,
        )
        learning.announce(MERGE_PERSONALITY, {"changed": 1})
        return next(each for each in _told(learning, change).steps if each.change.key == change.key)


def adapt(companion: Companion, data: Mapping[str, object]) -> Step:
    """An adaptation of this device: `name`, `target` or `delta`, perhaps `kind`, `why`. Raises UsageError."""
    said = characteristic_of(data, "")
    return change_personality(companion, Wish(Act.ADAPT, *said))


def roll_back(companion: Companion, point: str, *, why: str = "") -> RolledBack:
    """Voids every change after a point: the key of a change, or a time. Raises UsageError for neither."""
    with at_work(companion, "personality") as work, work.lesson() as learning:
        known = personality_in(learning.connection)
        change = replace(_made(learning, known, Act.ROLLBACK), why=why, until=_point(known, point))
        steps = {each.change.key: each for each in _told(learning, change).steps}
        rollback = steps.pop(change.key)
        moved = [
            each for each in known.steps if bool(each.voided_by) != bool(steps[each.change.key].voided_by)
        ]
        done = RolledBack(rollback, [steps[each.change.key] for each in moved])
        learning.announce(MERGE_PERSONALITY, {"voided": len(done.voided), "back": len(done.back)})
    return done


def _made(learning: Learning, known: Personality, act: Act) -> Change:
    """At a time after all that is known here, so that what was seen stays before what came of it."""
    greatest = max((each.change.at for each in known.steps), default=0)
    at = clock.tick(max(learning.ledger.clock, greatest), wall_clock())
    return Change(learning.next_key, at, learning.device, act)


def _told(learning: Learning, change: Change) -> Personality:
    learning.put(PERSONALITY, change.key, change.to_fields())
    return personality_in(learning.connection)


def _point(known: Personality, point: str) -> int:
    """The time of a change, or of the end of a moment: what was told until then stays."""
    at = next((each.change.at for each in known.steps if each.change.key == point), None)
    if at is not None:
        return at
    try:
        return clock.at_milliseconds(moment(point) + 1) - 1
    except UsageError:
        raise UsageError(
            f"{point!r} is neither a change nor a time",
            hint="waifusync personality history lists the changes; a time is such as 2026-01-31T18:30",
        ) from None


def take_in_characteristic(
    learning: Learning,
    data: object,
    *,
    source: str,
    as_of: int,
    rate: float = DEFAULT_RATE,
    path: str = "data",
) -> bool:
    """An adaptation that happened to `source` at millisecond `as_of`; False where it was told before.

    The key is made of what was said, so a second delivery, here or on another device, changes nothing.
    Raises UsageError with the path of the field that is wrong.
    """
    said = characteristic_of(data, path)
    word = canonical([source, as_of, said.kind.value, said.name, said.target, said.delta, said.why])
    key = key_of("change", source, hashlib.sha256(word.encode()).hexdigest()[:16])
    if learning.has(key):
        return False
    at = clock.at_milliseconds(as_of)
    change = Change(key, at, source, Act.ADAPT, said.kind, said.name, said.target, said.delta, rate, said.why)
    is_news = learning.put(PERSONALITY, key, change.to_fields())
    if is_news:
        learning.announce(MERGE_PERSONALITY, {"changed": 1})
    return is_news
