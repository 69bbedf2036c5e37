"""What a person says of duplicates, which counts for good; what waits for them; and what is shown as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from waifusync.core.learning.collections import LINKS
from waifusync.core.matching.deciding import Decision, Verdict, decide
from waifusync.core.matching.fused import Fused
from waifusync.core.matching.links import JOINED, SEPARATED, Link, Reading, hashes, link_fields, link_key
from waifusync.errors import UsageError
from waifusync.memory.duplicates import Duplicates
from waifusync.memory.memory_rows import Row
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion
from waifusync.workflows.remembering import memories_table
from waifusync.workflows.working import Work, at_work


class UnknownMemory(UsageError):
    """No living memory on this device has this key."""


class Waiting(NamedTuple):
    """Two memories that may be one."""

    first: Row
    second: Row
    decision: Decision


class Group(NamedTuple):
    """Memories that are shown as one, the earliest first."""

    fused: Fused
    rows: tuple[Row, ...]


def separate(companion: Companion, keys: Sequence[str]) -> int:
    """These memories are not the same, for good; one key: it is none of those it is shown as one with.

    How many pairs that are. Raises UnknownMemory, and UsageError for a single one that is shown alone.
    """
    with at_work(companion, "dedupe") as work:
        work.collect()
        found = _rows(work, keys)
        if len(found) > 1:
            return _say(work, list(combinations(found, 2)), SEPARATED)
        others = _group_of(work, found[0])
        return _say(work, [(found[0], other) for other in others], SEPARATED, also=_still_same(work, others))


def join(companion: Companion, keys: Sequence[str]) -> int:
    """These memories are one, whatever the rule says. How many pairs that are. Raises UnknownMemory."""
    with at_work(companion, "dedupe") as work:
        work.collect()
        found = _rows(work, keys)
        if len(found) < 2:
            raise UsageError("joining takes two memories", hint="waifusync dedupe --join KEY KEY")
        return _say(work, list(combinations(found, 2)), JOINED)


def waiting(companion: Companion) -> list[Waiting]:
    """Pairs that the rule was not sure of and nobody has settled, the most alike first."""
    with at_work(companion, "dedupe") as work:
        work.collect()
        known = _duplicates(work)
        together = [frozenset(row.key for row in group) for group in known.groups()]
        open_links = [link for link in known.links() if link.review and not link.verdict]
        rows = known.rows.by_key({key for link in open_links for key in (link.first, link.second)})
        found = [
            _look(known, link, rows[link.first], rows[link.second])
            for link in open_links
            if _is_here(link, rows)
        ]
        pairs = [
            each
            for each in found
            if not any({each.first.key, each.second.key} <= group for group in together)
        ]
        return sorted(pairs, key=lambda each: (-each.decision.words, each.first.key, each.second.key))


def groups(companion: Companion) -> list[Group]:
    """All memories that are shown as one with others."""
    with at_work(companion, "dedupe") as work:
        work.collect()
        known = _duplicates(work)
        return [_group(known, rows) for rows in known.groups()]


def _group(known: Duplicates, rows: Sequence[Row]) -> Group:
    fused, by_key = known.fused(rows), {row.key: row for row in rows}
    return Group(fused, tuple(by_key[key] for key in fused.members))


def _is_here(link: Link, rows: dict[str, Row]) -> bool:
    """Both live, and read as they did when the rule was not sure."""
    ours, theirs = rows.get(link.first), rows.get(link.second)
    return bool(ours and theirs) and _texts(rows[link.first], rows[link.second]) == link.review


def _look(known: Duplicates, link: Link, ours: Row, theirs: Row) -> Waiting:
    return Waiting(ours, theirs, decide(known.rows.told(ours), known.rows.told(theirs)))


def _rows(work: Work, keys: Iterable[str]) -> list[Row]:
    wanted = list(dict.fromkeys(keys))
    found = _duplicates(work).rows.by_key(wanted)
    for key in wanted:
        if key not in found:
            raise UnknownMemory(
                f"no memory here has the key {key}", hint="waifusync search names keys", key=key
            )
    return [found[key] for key in wanted]


def _group_of(work: Work, row: Row) -> list[Row]:
    for group in _duplicates(work).groups([row.key]):
        if row in group:
            return [other for other in group if other.key != row.key]
    raise UsageError(
        f"{row.key} is shown as one with no other memory", hint="waifusync dedupe --groups lists them"
    )


def _still_same(work: Work, rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Links among those that were joined by way of the one that goes."""
    told = [_duplicates(work).rows.told(row) for row in rows]
    found = []
    for later in range(1, len(rows)):
        alike = (each for each in range(later) if decide(told[each], told[later]).verdict is Verdict.SAME)
        if (earlier := next(alike, None)) is not None:
            found.append((rows[earlier], rows[later]))
    return found


def _say(
    work: Work, pairs: Iterable[tuple[Row, Row]], verdict: str, *, also: Iterable[tuple[Row, Row]] = ()
) -> int:
    """How many pairs were told of; `also` are those that the rule joins."""
    count = 0
    with work.lesson() as learning:
        for ours, theirs in also:
            fields = link_fields(_reading(ours), _reading(theirs), same=_texts(ours, theirs))
            learning.put(LINKS, link_key(ours.key, theirs.key), fields)
        for ours, theirs in pairs:
            told = {"verdict": verdict}
            if verdict == JOINED:
                told["same"] = _texts(ours, theirs)
            fields = link_fields(_reading(ours), _reading(theirs), **told)
            count += learning.put(LINKS, link_key(ours.key, theirs.key), fields)
    return count


def _texts(ours: Row, theirs: Row) -> str:
    return hashes(_reading(ours), _reading(theirs))


def _reading(row: Row) -> Reading:
    return row.key, row.told.hash


def _duplicates(work: Work) -> Duplicates:
    return Duplicates(work.memory.connection, memories_table(work.memory.catalog()))
