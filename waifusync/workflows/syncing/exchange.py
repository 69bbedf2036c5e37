"""One sync from end to end: catch up, collect, take in, commit, push. Every verb is a part of it.

`refs/waifusync/held` is what this device has accepted and made so far; the branch and the remote are two
places that may have more, or, after somebody's git command, less. Less is put back, and said.
"""

from __future__ import annotations

from collections.abc import Mapping

from waifusync.config import Layout, Strategy
from waifusync.errors import RefusedError, WaifusyncError
from waifusync.memory.live import LiveMemory
from waifusync.memory.shelved import may_be_shelved
from waifusync.repository.git import GitError
from waifusync.repository.objects import ObjectReader
from waifusync.repository.packs import tidy, tidy_large
from waifusync.workflows.companion import Companion, wall_clock
from waifusync.workflows.layouts.strays import forget_strays, may_have_strays, take_in_strays
from waifusync.workflows.layouts.which import layout_at, snapshot_at
from waifusync.workflows.syncing.accepting import accept, ask_ahead, ask_remote, go_on_taking
from waifusync.workflows.syncing.git_source import memory_paths
from waifusync.workflows.syncing.happenings import failures_told, tell_collected, tell_exchange
from waifusync.workflows.syncing.last_sync import Findings, remembered
from waifusync.workflows.syncing.letting_out import Answer, secrets_wait
from waifusync.workflows.syncing.live_database import ensure_live_database
from waifusync.workflows.syncing.mending import end_work, mend
from waifusync.workflows.syncing.new_identity import IdentityChanged, finish_identity
from waifusync.workflows.syncing.outcome import Outcome
from waifusync.workflows.syncing.publishing import commit, push_until_seen
from waifusync.workflows.syncing.relinking import relink
from waifusync.workflows.syncing.taking_in import last_number, sources_of
from waifusync.workflows.syncing.under_way import APPLIED, COMMITTED, Asked, Errand, UnderWay, Wishes, where
from waifusync.workflows.syncing.weighing import weigh_conflicts

__all__ = ["Outcome", "Wishes", "exchange"]


def exchange(
    companion: Companion,
    wishes: Wishes,
    *,
    also: str | None = None,
    layout: Layout | None = None,
    files: Mapping[str, bytes] | None = None,
    asked: Asked | None = None,
    answers: Mapping[str, Answer] | None = None,
) -> Outcome:
    """Runs one exchange under the lock. A failure carries what was done until then as facts["outcome"].

    `also` is a further commit to take in, `layout` what the next commit is to have, `files` this device's own
    files, by path, that it is to hold, `answers` what is done by key with what was kept back, `asked` what
    the remote said a moment ago.
    """
    errand = Errand(also, layout, ask_ahead(companion, wishes, asked), files or {}, answers or {})
    directory = companion.git.state_directory
    lock = companion.locked(wishes.purpose, wait_seconds=wishes.most_wait_seconds)
    told = failures_told(companion, wishes.purpose)
    noting = remembered(directory, wishes.purpose, wall_clock, of_remote=not wishes.elsewhere)
    with lock, told, noting as remember:
        repaired = ensure_live_database(companion)
        with companion.memory() as memory, ObjectReader(companion.git) as reader:
            try:
                outcome = _exchange(companion, memory, reader, wishes, repaired, errand)
            except IdentityChanged:
                again = Companion.find(companion.root)
                was, now = companion.state.name, again.state.name
                repaired.append(f"another machine goes on as {was}: this one is {now} from now on")
                outcome = _exchange(again, memory, reader, wishes, repaired, errand)
            remember(Findings(wishes.ask_remote, outcome.warnings, outcome.untrusted))
    tell_exchange(companion, wishes.purpose, outcome)
    _note_for_hooks(companion)
    return outcome


def _note_for_hooks(companion: Companion) -> None:
    """After the database was closed, which may change its files."""
    if (companion.git.state_directory / "hooks").is_dir():
        from waifusync.workflows.quiet import note_if_quiet

        note_if_quiet(companion.git, companion.state)


def _exchange(
    companion: Companion,
    memory: LiveMemory,
    reader: ObjectReader,
    wishes: Wishes,
    repaired: list[str],
    errand: Errand,
) -> Outcome:
    companion = finish_identity(companion, memory.ledger.device)
    sync = UnderWay(
        companion, memory, reader, wishes, where(companion), Outcome(repaired=repaired), errand=errand
    )
    sync.asked = errand.asked
    sync.layout = layout_at(reader, sync.branch, otherwise=companion.config.layout)
    failure: WaifusyncError | None
    try:
        failure = _run(sync)
    except WaifusyncError as error:
        failure = error
    if failure is None or not failure.facts.get("interrupted"):  # a git that was ended may have left a lock
        end_work(sync)
    sync.outcome.digest = memory.digest()
    _name_received(sync)
    if failure is not None:
        failure.facts["outcome"] = sync.outcome
        raise failure
    sync.outcome.level_at = _level_at(sync)
    return sync.outcome


def _level_at(sync: UnderWay) -> str:
    """Empty where the remote was not asked, or is another than the companion's own."""
    everywhere = {sync.branch, sync.held, sync.seen, sync.remote}
    is_asked = sync.wishes.ask_remote and not sync.wishes.elsewhere
    return sync.held or "" if is_asked and len(everywhere) == 1 and sync.taking is None else ""


def begin(companion: Companion, memory: LiveMemory, reader: ObjectReader, purpose: str) -> None:
    """The database level with the log, and all that programs did told; under the lock."""
    sync = UnderWay(companion, memory, reader, Wishes(purpose), where(companion))
    _catch_up(sync)
    _collect(sync)


def _name_received(sync: UnderWay) -> None:
    from waifusync.log.source import log_segments

    if sync.received and sync.held is not None:
        from waifusync.workflows.syncing.devices import creation_of, labelled, name_devices

        held = sync.held
        folders = log_segments(memory_paths(sync.git, held))
        first = name_devices(folders, lambda folder: creation_of(sync.reader, held, folder))
        names = labelled(sync.reader, sync.git, held, first)
        sync.outcome.received = {names.get(each, each): count for each, count in sync.received.items()}


def _run(sync: UnderWay) -> WaifusyncError | None:
    before = sum(sync.memory.clashes().values())
    mend(sync)
    _catch_up(sync)
    relink(sync.companion, sync.memory, sync.outcome, sync.layout)
    _collect(sync)
    go_on_taking(sync)  # before the branch, which may well have less than the live database took in
    if sync.branch is not None and (sync.branch != sync.held or _is_to_look_at(sync)):
        accept(sync, sync.branch, before=sync.held)
    has_strays = sync.layout is Layout.DATABASE or may_have_strays(sync.git)
    if has_strays:
        take_in_strays(sync)
    if sync.errand.also is not None:
        accept(sync, sync.errand.also, before=None)
    failure = ask_remote(sync) if sync.wishes.ask_remote else None
    weigh_conflicts(sync)
    if sync.companion.config.learning.memory_deduplication:
        _link_duplicates(sync)
    _count_told(sync)
    made = commit(sync)
    if has_strays:
        forget_strays(sync)
    if sync.wishes.push and failure is None:
        failure = push_until_seen(sync, made)
    _count_conflicts(sync, before)
    _tidy(sync)
    if sync.outcome.withheld:
        return secrets_wait(sync.outcome.withheld)
    return failure


def _link_duplicates(sync: UnderWay) -> None:
    """Of what is new; a sync goes on without it."""
    from waifusync.workflows.held_values import HeldValues
    from waifusync.workflows.learning.duplicates import link_arrived
    from waifusync.workflows.working import Work

    sources = HeldValues(lambda: sync.source(memory_paths(sync.git, sync.held)), sync.memory).sources
    try:
        link_arrived(Work(sync.companion, sync.memory, sources))
    except RefusedError as error:
        sync.outcome.warnings.append(f"duplicates were not looked for: {error.message}")


def _is_to_look_at(sync: UnderWay) -> bool:
    """A branch that this device holds already: its tree is not as its waifusync.toml says, or is all new."""
    is_database = sync.layout is Layout.DATABASE
    has_snapshot = snapshot_at(sync.reader, sync.branch) is not None
    return is_database != has_snapshot or (is_database and sync.is_new)


def _catch_up(sync: UnderWay) -> None:
    """The database may be new, or older than what this device holds; the outbox may be in git by now."""
    if sync.held is None:
        return
    ledger = sync.memory.ledger
    applied, own = ledger.meta(APPLIED), _committed(sync)
    if applied != sync.held:
        behind = own - ledger.head(ledger.device).number
        is_new = sync.is_new = applied is None
        if behind > 0 and not is_new:
            sync.outcome.repaired.append(
                f"memory.db was older than the log, by {behind} of our entries: brought up to date from it"
            )
        # Unknown rows are matched with the log's by content before any is added.
        sync.take_in(memory_paths(sync.git, sync.held), claims=is_new or behind > 0)
        ledger.set_meta(APPLIED, sync.held)
    sync.committed = own
    if sync.memory.outgoing(most_bytes=0).lines:
        sync.memory.confirm(own)


def _committed(sync: UnderWay) -> int:
    """Our last entry in what this device holds; listing the log is left out where it was noted."""
    number, _, rest = str(sync.memory.ledger.meta(COMMITTED) or "").partition(" ")
    if rest == f"{sync.folder} {sync.held}":
        return int(number)
    return last_number(memory_paths(sync.git, sync.held, sync.own_log), sync.folder)


def _collect(sync: UnderWay) -> None:
    will_read = sync.wishes.full or sync.memory.needs_attention or may_be_shelved(sync.memory.ledger)
    sources = sources_of(sync.source(memory_paths(sync.git, sync.held) if will_read else {}))
    collected, compared = sync.memory.collect(
        sources, full=sync.wishes.full, accept_deletions=sync.wishes.accept_deletions
    )
    tell_collected(sync.companion, collected)
    sync.memory.take_wanted(sources)
    for table, count in compared.restored.items():
        sync.outcome.repaired.append(
            f"{count} rows of {table} were gone without having been deleted: put back"
        )


def _count_told(sync: UnderWay) -> None:
    # Verbs such as `remember` tell what they do at once, and leave it to the next commit to carry it.
    ledger = sync.memory.ledger
    sync.carried = int(ledger.meta("committed_changes") or 0)
    sync.outcome.committed = int(ledger.meta("changes") or 0) - sync.carried


def _count_conflicts(sync: UnderWay, before: int) -> None:
    clashes, chosen = sync.memory.clashes(), sync.companion.config.conflicts
    sync.outcome.conflicts = sum(clashes.values())
    sync.outcome.new_conflicts = max(0, sync.outcome.conflicts - before)
    sync.outcome.to_settle = sum(
        count
        for (table, name), count in clashes.items()
        if chosen.strategy_for(table, name) is Strategy.MANUAL_REVIEW
    )


def _tidy(sync: UnderWay) -> None:
    try:
        if sync.layout is Layout.DATABASE:
            from waifusync.workflows.layouts.unpacking import forget_old

            forget_old(sync.git)
            tidy_large(sync.git)
        tidy(sync.git)
    except (GitError, RefusedError) as error:
        sync.outcome.warnings.append(f"git could not tidy up: {error.message}")
