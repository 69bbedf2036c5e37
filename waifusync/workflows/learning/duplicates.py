"""`dedupe`, and what is linked at arrival: new memories are compared, and duplicates told as links.

Comparing reads; only telling takes a transaction of the live database, a short one. What was done before
somebody interrupted stays done.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence

from waifusync.core.learning.collections import LINKS
from waifusync.core.matching.links import hashes, link_fields, link_key
from waifusync.core.values import Travel
from waifusync.memory.cache_file import use_cache
from waifusync.memory.learned import Learning, read_record
from waifusync.memory.links import read_links
from waifusync.memory.matching import Matching, has_news
from waifusync.memory.matching_vectors import Space
from waifusync.values import dataclass, field
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.comparing import Choices, Comparer, Match
from waifusync.workflows.remembering import memories_table
from waifusync.workflows.working import Work, at_work

CACHE = "matching.db"
VECTORS = "matching.f32"
_BATCH = 500
# A delivery is compared at once; what is more than this is left to `dedupe`, which shows how far it is.
AT_ARRIVAL = 1000


# Told how many memories more were read or compared.
OnStep = Callable[[int], None]


@dataclass(slots=True)
class Deduplicated:
    """What a run came to. `joined` and `review` are matches that were not known before; `waiting`, memories
    that were left for `dedupe`."""

    choices: Choices
    space: Space | None = None
    compared: int = 0
    waiting: int = 0
    joined: list[Match] = field(default_factory=list)
    review: list[Match] = field(default_factory=list)


def dedupe(
    companion: Companion, choices: Choices, *, is_dry_run: bool = False, on_step: OnStep = lambda count: None
) -> Deduplicated:
    """Compares every memory that was not compared with these choices yet. A dry run tells nothing."""
    with at_work(companion, "dedupe") as work:
        work.collect()
        return _run(work, choices, on_step, is_dry_run=is_dry_run)


def link_new(work: Work, choices: Choices | None = None, *, at_most: int = AT_ARRIVAL) -> Deduplicated:
    """Compares what came since the last time; outside of any transaction, what programs did collected."""
    return _run(work, choices or Choices(), lambda count: None, at_most=at_most)


def link_arrived(work: Work) -> None:
    """The same within a sync, which has collected; opens nothing where no record changed."""
    if has_news(work.memory.connection):
        link_new(work)


def _run(
    work: Work,
    choices: Choices,
    on_step: OnStep,
    *,
    is_dry_run: bool = False,
    at_most: int | None = None,
) -> Deduplicated:
    table = memories_table(work.memory.catalog())
    state, model = work.companion.git.state_directory, work.companion.config.embed.model

    def run(connection: sqlite3.Connection) -> Deduplicated:
        matching = Matching(
            connection,
            work.memory.ledger,
            table,
            floor=choices.floor,
            vectors=state / VECTORS,
            model=model,
        )
        matching.bring_up_to_date(on_step)
        comparer = Comparer(matching, choices, read_links(work.memory.connection))
        result = Deduplicated(choices, matching.vectors.space)
        for matches in _compare(matching, comparer, result, on_step, is_dry_run=is_dry_run, at_most=at_most):
            _note(work, matches, result, is_dry_run=is_dry_run)
        return result

    result = use_cache(state / CACHE, run)
    if result.compared and not is_dry_run:
        counts = {"compared": result.compared, "joined": len(result.joined), "review": len(result.review)}
        work.companion.emit("match.memories", counts)
    return result


def _compare(
    matching: Matching,
    comparer: Comparer,
    result: Deduplicated,
    on_step: OnStep,
    *,
    is_dry_run: bool,
    at_most: int | None,
) -> Iterator[list[Match]]:
    """What each batch came to; a batch counts as compared when the next is asked for."""
    new = _to_compare(matching, result.choices, is_dry_run=is_dry_run, is_arrival=at_most is not None)
    chosen = new if at_most is None else new[-at_most:]
    result.compared, result.waiting = len(chosen), len(new) - len(chosen)
    waiting = frozenset(chosen)
    for start in range(0, len(chosen), _BATCH):
        some = chosen[start : start + _BATCH]
        yield list(comparer.matches(some, waiting))
        if not is_dry_run:
            matching.compared(some)
        on_step(len(some))


def _to_compare(matching: Matching, choices: Choices, *, is_dry_run: bool, is_arrival: bool) -> list[int]:
    if is_arrival or matching.meta("choices") == choices.name:
        return matching.new()
    if is_dry_run:
        return matching.everything()
    matching.compare_all_again(choices.name)
    return matching.new()


def _note(work: Work, matches: Sequence[Match], result: Deduplicated, *, is_dry_run: bool) -> None:
    if is_dry_run:
        connection = work.memory.connection
        news = [each for each in matches if _news(read_record(connection, LINKS, _key(each)), each)]
    elif matches:
        with work.lesson() as learning:
            news = [each for each in matches if _tell(learning, each)]
    else:
        news = []
    for match in news:
        (result.joined if match.is_same else result.review).append(match)


def _tell(learning: Learning, match: Match) -> bool:
    news = _news(learning.read(LINKS, _key(match)), match)
    return bool(news) and learning.put(LINKS, _key(match), news)


def _news(known: Mapping[str, Travel], match: Match) -> dict[str, Travel]:
    """What there is to tell of a match; nothing where it is known, or a person has said what it is."""
    ours, theirs = ((row.key, row.told.hash) for row in (match.ours, match.theirs))
    texts = hashes(ours, theirs)
    if known.get("same") == texts or known.get("verdict") or known.get(match.decision.verdict.value) == texts:
        return {}
    return link_fields(ours, theirs, **{match.decision.verdict.value: texts})


def _key(match: Match) -> str:
    return link_key(match.ours.key, match.theirs.key)
