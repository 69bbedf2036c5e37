"""`resolve`: a person's decision of a conflict, as an entry that has seen both sides.

                  edited twice                         deleted and edited
    ours/theirs   that side's value                    that side: stays deleted, or comes back with the edit
    both          two texts as one                     not possible
    edit          what the person typed                not possible

The decision travels like any edit. Two devices that decide differently have a new conflict.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence

from waifusync.core.choosing import NotPossible, both, own
from waifusync.core.common_past import common_base
from waifusync.core.entry import Entry
from waifusync.core.events import MERGE_CONFLICTS
from waifusync.core.values import Travel
from waifusync.errors import RefusedError, UsageError
from waifusync.memory.collections import TableCollection
from waifusync.memory.records import Record, State, StoredTouch
from waifusync.memory.settler import Answer, Settler
from waifusync.values import dataclass, field
from waifusync.workflows.companion import Companion
from waifusync.workflows.conflicts import Conflict, Side, conflicts
from waifusync.workflows.past import open_past
from waifusync.workflows.working import Work, at_work


class Choice(str, enum.Enum):
    """What is to stand."""

    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"
    EDIT = "edit"


class ConflictChanged(RefusedError):
    """One side of a conflict is another by now."""


@dataclass(slots=True)
class Resolution:
    """The conflicts that were decided; `aside`: keys of records whose row a constraint keeps out of its
    table; `left` of all kinds, `waiting` of those only a person may decide."""

    resolved: list[Conflict] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    left: int = 0
    waiting: int = 0


def resolve(
    companion: Companion, ids: Iterable[str], choice: Choice, *, text: str = "", everything: bool = False
) -> Resolution:
    """Decides these (or all). Raises UsageError when one cannot be decided so; then nothing was done.

    Of three sides two are decided first, and the third is in dispute with the answer: with `everything` it is
    decided in a round of its own.
    """
    resolution = Resolution()
    with at_work(companion, "resolve") as work:
        work.collect()
        known = _listed(companion)
        chosen = known if everything else _found(known, ids)
        while chosen:
            _round(work, resolution, chosen, choice, text=text)
            known = _listed(companion)
            wanted = {each.id for each in known if everything} | {each.id for each in chosen}
            chosen = [each for each in known if each.id in wanted]
    resolution.left = len(known)
    resolution.waiting = sum(each.strategy == "manual_review" for each in known)
    return resolution


def _round(
    work: Work, resolution: Resolution, chosen: Iterable[Conflict], choice: Choice, *, text: str
) -> None:
    """One transaction, in which one conflict of each record is decided: it changes the others."""
    firsts = {(each.table, each.key): each for each in reversed(list(chosen))}
    with work.deed("resolve") as catalog:
        with work.settler(catalog) as settler:
            for conflict in firsts.values():
                _decide(_Desk(work, settler, resolution), conflict, choice, text=text)
        facts = {"action": choice.value, "resolved": len(firsts)}
        work.announcements.add(MERGE_CONFLICTS, facts)


def chosen_of(companion: Companion, ids: Sequence[str]) -> list[Conflict]:
    """Those with these ids; none given: all, what programs did until now included. Raises UsageError."""
    with at_work(companion, "resolve") as work:
        work.collect()
    known = _listed(companion)
    return _found(known, ids) if ids else known


def _listed(companion: Companion) -> list[Conflict]:
    with open_past(companion) as past:
        return list(conflicts(companion, past))


def _found(known: Sequence[Conflict], ids: Iterable[str]) -> list[Conflict]:
    """By an id or its beginning."""
    found: dict[str, Conflict] = {}
    for wanted in ids:
        fitting = {each.id: each for each in known if wanted and each.id.startswith(wanted.lower())}
        if len(fitting) != 1:
            what = "no conflict has" if not fitting else "several conflicts have"
            raise UsageError(f"{what} the id {wanted!r}", hint="waifusync conflicts shows them")
        found |= fitting
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where a decision is made: one transaction."""

    work: Work
    settler: Settler
    resolution: Resolution

    def entry(self, side: Side) -> Entry:
        found = self.work.sources.entry(side.device_id, side.number)
        if found is None:
            raise RefusedError(
                f"entry {side.number} of {side.device} is not here", hint="run: waifusync verify"
            )
        return found


def _decide(desk: _Desk, conflict: Conflict, choice: Choice, *, text: str) -> None:
    record = desk.settler.records.by_key(conflict.key)
    if record is None:
        raise _changed(conflict)
    before = record.state
    if conflict.field:
        state = _decide_edits(desk, record, conflict, choice, text=text)
    else:
        state = _decide_deletion(desk, record, conflict, choice)
    desk.resolution.resolved.append(conflict)
    if state == State.ASIDE != before:
        desk.resolution.aside.append(record.key)


def _decide_edits(desk: _Desk, record: Record, conflict: Conflict, choice: Choice, *, text: str) -> State:
    sides = _sides(conflict, desk.settler.heads(record, conflict.field))
    try:
        answers = _answers(desk, record, conflict, choice, text=text)
    except NotPossible as error:
        raise UsageError(f"{conflict.id}: {error}", hint="take --ours, --theirs or --edit TEXT") from None
    return desk.settler.edit(record, answers, desk.settler.seen_by(record, conflict.field, sides))


def _answers(
    desk: _Desk, record: Record, conflict: Conflict, choice: Choice, *, text: str
) -> Mapping[str, Answer]:
    ours, theirs = desk.entry(conflict.ours), desk.entry(conflict.theirs)
    taken = theirs if choice is Choice.THEIRS else ours
    name, values = conflict.field, [(each.fields or {})[conflict.field] for each in (ours, theirs)]
    value: Travel
    if choice is Choice.BOTH:
        value = _both(desk, conflict.field, ours, theirs)
    else:
        value = own(text, *values) if choice is Choice.EDIT else (taken.fields or {})[name]
    collection = desk.settler.collection_of(record)
    is_whole = isinstance(collection, TableCollection) and collection.table.is_atomic
    whole = (
        {each: Answer(told, taken.device) for each, told in (taken.fields or {}).items()} if is_whole else {}
    )
    return {**whole, name: Answer(value, taken.device)}


def _both(desk: _Desk, name: str, ours: Entry, theirs: Entry) -> str:
    earlier, later = sorted((ours, theirs), key=lambda entry: entry.rank)
    base = common_base(name, [ours, theirs], desk.work.sources.entry)
    was = base.fields.get(name) if base is not None and base.fields else None
    return both((earlier.fields or {})[name], (later.fields or {})[name], was)


def _decide_deletion(desk: _Desk, record: Record, conflict: Conflict, choice: Choice) -> State:
    deletion, edit = _sides(conflict, desk.settler.touches_of(record))
    if choice in (Choice.BOTH, Choice.EDIT):
        taken = "--ours" if conflict.is_winner_ours else "--theirs"
        other = "--theirs" if conflict.is_winner_ours else "--ours"
        raise UsageError(
            f"{conflict.id}: a memory is deleted or it is there",
            hint=f"{taken} leaves it gone, {other} brings it back with the edit",
        )
    if (choice is Choice.OURS) == conflict.is_winner_ours:
        seen = desk.settler.seen_by(record, conflict.field, (deletion, edit))
        desk.settler.delete_having_seen(record, seen)
        return State.DELETED
    return desk.settler.revive_with(record, edit)


def _sides(conflict: Conflict, touches: Iterable[StoredTouch]) -> tuple[StoredTouch, StoredTouch]:
    """The winner and the loser, as they are remembered."""
    known = {(each.device, each.number): each for each in touches}
    found = [known.get((side.device_id, side.number)) for side in (conflict.winner, conflict.loser)]
    if found[0] is None or found[1] is None:
        raise _changed(conflict)
    return found[0], found[1]


def _changed(conflict: Conflict) -> ConflictChanged:
    return ConflictChanged(
        f"{conflict.id} is another conflict by now", hint="waifusync conflicts shows what is left"
    )
