"""One sync from end to end: collect, take in, commit, push. Every verb that moves memories is a part of it.

`refs/waifusync/held` is what this device has accepted and made so far; the branch and the remote are two
places that may have more, or, after somebody's git command, less. Less is put back and said.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace

from waifusync.errors import RefusedError, UnreachableError, WaifusyncError
from waifusync.log.union import unite
from waifusync.log.writing import Edits, VectorRun, plan_append, plan_append_vectors
from waifusync.memory.live import LiveMemory, Outgoing
from waifusync.repository import layout
from waifusync.repository.incoming import check_incoming
from waifusync.repository.objects import ObjectReader
from waifusync.repository.packs import tidy
from waifusync.repository.refs import Refs, RefUpdate, is_ancestor, merge_base, read_refs, update_refs
from waifusync.repository.remote import PushOutcome, fetch, push, remote_tip
from waifusync.repository.worktree import show_commit
from waifusync.workflows.companion import HELD, SEEN, Companion, wall_clock
from waifusync.workflows.git_source import GitSource, memory_paths
from waifusync.workflows.next_commit import Base, Tips, choose_base, make_commit, own_file_edits
from waifusync.workflows.outcome import Outcome
from waifusync.workflows.taking_in import (
    device_names,
    last_number,
    last_ordinal,
    sources_of,
    take_in,
    without_faulty,
)

# The commit whose logs the live database holds; an older copy of the database names an older one.
APPLIED = "applied"
_MOST_PUSHES = 8
_LONGEST_PAUSE_SECONDS = 0.4


class RemoteRewritten(RefusedError):
    """The remote no longer contains what it had before."""


class UnrelatedRemote(RefusedError):
    """The remote holds another companion, or no companion."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a verb wants of the exchange."""

    purpose: str
    ask_remote: bool = False
    push: bool = False
    full: bool = False
    accept_deletions: bool = False
    accept_rewritten: bool = False
    # Another remote than the companion's own: what was seen of that one says nothing about this one.
    elsewhere: bool = False


class Exchange:
    """State of one sync, under the lock. Call the steps in the order of run()."""

    def __init__(
        self, companion: Companion, memory: LiveMemory, reader: ObjectReader, wishes: Wishes
    ) -> None:
        self.companion = companion
        self.git = companion.git
        self.memory = memory
        self.reader = reader
        self.wishes = wishes
        self.outcome = Outcome()
        self.device = companion.state.folder
        self.refs: Refs = read_refs(self.git, companion.branch_ref, HELD, SEEN)
        self.branch = self.refs[companion.branch_ref]
        self.held = self.refs[HELD]
        self.seen = None if wishes.elsewhere else self.refs[SEEN]
        self.remote: str | None = self.seen
        # The united log and vector files; None while the branch is known to hold exactly what we hold.
        self.united: dict[str, str] | None = None
        self._names: dict[str, str] = {}
        # How far our own log went, and how many changes were told, when the commit was made.
        self._told = (0, 0)

    def run(self, *, also: str | None = None) -> Outcome:
        """All of it, taking in a further commit's logs. Raises what stops it; what was collected until then
        is safe in the outbox or in git."""
        self.begin()
        if self.branch != self.held and self.branch is not None:
            self._accept(self.branch)
        if also is not None:
            self._accept(also, is_branch=False)
        failure = self._ask_remote() if self.wishes.ask_remote else None
        commit = self._commit()
        if self.wishes.push and failure is None:
            failure = self._push(commit)
        self._report()
        if failure is not None:
            failure.facts["outcome"] = self.outcome
            raise failure
        return self.outcome

    def begin(self) -> None:
        """The database level with the log, and all that programs did told: where every verb starts from."""
        self._recover()
        self._collect()

    def _recover(self) -> None:
        """The database may be new, or older than what this device holds; the outbox may be in git by now."""
        if self.held is None:
            return
        own = last_number(memory_paths(self.git, self.held, self._own_log), self.device)
        applied = self.memory.ledger.meta(APPLIED)
        if applied != self.held:
            self._catch_up_database(own, is_new=applied is None)
        if self.memory.outgoing().lines:
            self.memory.confirm(own)

    def _catch_up_database(self, own: int, *, is_new: bool) -> None:
        """Unknown rows are matched with the log's by content before any is added."""
        behind = own - self.memory.ledger.head(self.memory.ledger.device).number
        if behind > 0 and not is_new:
            self.outcome.repaired.append(
                f"memory.db was older than the log by {behind} changes: brought up to date from the log"
            )
        self._take_in(memory_paths(self.git, self.held), claims=is_new or behind > 0)
        self.memory.ledger.set_meta(APPLIED, str(self.held))

    @property
    def _own_log(self) -> str:
        return f"{layout.LOG}/{self.device}"

    def _collect(self) -> None:
        source = GitSource(self.reader, memory_paths(self.git, self.held) if self._will_compare() else {})
        _, compared = self.memory.collect(
            sources_of(source), full=self.wishes.full, accept_deletions=self.wishes.accept_deletions
        )
        for table, count in compared.restored.items():
            self.outcome.repaired.append(
                f"{count} rows of {table} were gone without having been deleted: put back"
            )
        ledger = self.memory.ledger
        # Verbs such as `remember` tell what they do at once, and leave it to the next commit to carry it.
        self.outcome.committed = int(ledger.meta("changes") or 0) - int(ledger.meta("committed_changes") or 0)

    def _will_compare(self) -> bool:
        return self.wishes.full or self.memory.needs_attention

    def _accept(self, commit: str, *, is_branch: bool = True) -> None:
        """Takes in what a commit holds beyond ours; what it lacks of ours stays united, and is said of one
        that is expected to have it."""
        held = self.united if self.united is not None else memory_paths(self.git, self.held)
        theirs = memory_paths(self.git, commit)
        union = unite(held, theirs)
        faults = self._take_in(union.paths)
        self.united = without_faulty(union.paths, held, faults, self._heads())
        for device, count in union.restored.items() if is_branch else ():
            self.outcome.repaired.append(
                f"{count} log files of {device} were missing from the branch: put back"
            )
        for path in union.altered:
            self.outcome.untrusted.append(f"{path} is not what it was: kept as it was")

    def _take_in(self, paths: dict[str, str], *, claims: bool = False) -> list:  # type: ignore[type-arg]
        taken = take_in(self.memory, GitSource(self.reader, paths), claims=claims)
        self._names |= device_names(paths)
        for device, count in taken.received.items():
            if device != self.memory.ledger.device:
                name = self._names.get(device, device)
                self.outcome.received[name] = self.outcome.received.get(name, 0) + count
        self.outcome.warnings += taken.problems
        self.outcome.untrusted += [f"{each.path} line {each.line}: {each.reason}" for each in taken.faults]
        return taken.faults

    def _heads(self) -> dict[str, int]:
        return {device: head.number for device, head in self.memory.heads().items()}

    def _ask_remote(self) -> WaifusyncError | None:
        """Fetches and takes in what is new there; being away is not a reason not to commit."""
        try:
            self.remote = self._fetch_if_new()
        except UnreachableError as error:
            return error
        return None

    def _fetch_if_new(self) -> str | None:
        seconds = self.companion.config.remote_timeout_seconds
        state = self.companion.state
        tip = remote_tip(self.git, state.remote, state.branch, timeout_seconds=seconds)
        self.outcome.has_remote = True
        if tip is None:
            if self.seen is not None and not self.wishes.accept_rewritten:
                raise _rewritten("is empty now")
            return None
        if tip != self.seen:
            tip = fetch(self.git, state.remote, state.branch, timeout_seconds=seconds)
            self._check(tip)
            self._accept(tip)
            self._remember_seen(tip)
        return tip

    def _check(self, tip: str) -> None:
        """Nothing of an incoming commit is read before this has passed."""
        if (
            self.seen is not None
            and not self.wishes.accept_rewritten
            and not is_ancestor(self.git, self.seen, tip)
        ):
            raise _rewritten("does not contain what it had before")
        check_incoming(
            self.git, self.seen if self.seen and is_ancestor(self.git, self.seen, tip) else None, tip
        )
        if self.branch is not None and merge_base(self.git, self.branch, tip) is None:
            raise UnrelatedRemote(
                "the remote holds another history than this companion",
                hint="nothing was changed on either side; to make one of both: waifusync join URL NEWDIR, "
                "then in there: waifusync import OLDDIR/shared_memory/memory.db",
            )

    def _remember_seen(self, tip: str) -> None:
        self.seen = tip
        if self.wishes.elsewhere:
            return
        state = self.companion.state
        tracking = f"refs/remotes/{state.remote}/{state.branch}"
        before = read_refs(self.git, SEEN, tracking)
        update_refs(
            self.git,
            [RefUpdate(name, tip, before[name]) for name in (SEEN, tracking) if before[name] != tip],
            message="waifusync: seen",
        )

    def _commit(self) -> str | None:
        """One commit for all that is new; then our ref, and the branch where that is safe."""
        outgoing = self._outgoing()
        tips = Tips(self.branch, self.remote if self.wishes.ask_remote else None)
        if not outgoing.lines and self.united is None and tips.remote in (None, self.branch):
            return self.branch if self.branch is not None else None
        base = choose_base(self.git, tips)
        own = self._own_edits(base, outgoing)
        edits = own_file_edits(self.git, base, tips, united=self.united, own=own, device=self.device)
        commit = make_commit(
            self.git,
            base,
            edits,
            message=self._message(),
            name=self.companion.state.name,
            time=wall_clock() // 1000,
        )
        if base.clashes:
            self.outcome.waits_for_person = True
            self.outcome.warnings.append(
                f"changed here and elsewhere: {', '.join(base.clashes)}; run: git pull (memories are synced)"
            )
        if commit is not None:
            self._move(commit, is_descendant=not base.clashes)
        return commit

    def _outgoing(self) -> Outgoing:
        """Lines and vectors of one moment: verbs such as `remember` add to them without the lock."""
        ledger, connection = self.memory.ledger, self.memory.connection
        connection.execute("BEGIN")
        try:
            self._told = ledger.head(ledger.device).number, int(ledger.meta("changes") or 0)
            return self.memory.outgoing()
        finally:
            connection.execute("COMMIT")

    def _own_edits(self, base: Base, outgoing: Outgoing) -> Edits:
        """Our new lines and vectors as files, on top of the parent's."""
        if self.united is not None:
            listing = dict(self.united)
        else:
            listing = memory_paths(
                self.git,
                base.parents[0] if base.parents else None,
                self._own_log,
                f"{layout.VECTORS}/{self.device}",
            )
        source = GitSource(self.reader, listing)
        have = last_number(listing, self.device)
        lines = [(number, line) for number, line in outgoing.lines if number > have]
        groups: dict[str, VectorRun] = {}
        for group, ordinal, content in outgoing.vectors:
            if ordinal <= last_ordinal(listing, self.device, group):
                continue
            run = groups.setdefault(group, VectorRun(ordinal, []))
            groups[group] = VectorRun(run.first, [*run.vectors, content])
        if not lines:
            return Edits()
        return plan_append(source, self.device, lines) | plan_append_vectors(source, self.device, groups)

    def _message(self) -> str:
        name = self.companion.state.name
        came = sum(self.outcome.received.values())
        parts = [f"{self.outcome.committed} from {name}"] if self.outcome.committed else []
        parts += [f"{came} taken in"] if came else []
        return f"memories: {', '.join(parts) or 'brought together'}\n"

    def _move(self, commit: str, *, is_descendant: bool) -> None:
        updates = [RefUpdate(HELD, commit, self.held)] if commit != self.held else []
        if is_descendant and commit != self.branch and self._may_move_branch(commit):
            updates.append(RefUpdate(self.companion.branch_ref, commit, self.branch))
        update_refs(self.git, updates, message=f"waifusync: {self.wishes.purpose}")
        if commit != self.held:
            self.memory.ledger.set_meta(APPLIED, commit)
            self.memory.ledger.set_meta("committed_changes", self._told[1])
        self.held = commit

    def _may_move_branch(self, commit: str) -> bool:
        if self.refs.under_way == "rebase":
            self.outcome.warnings.append("a rebase is going on: the branch was left where it is")
            return False
        if self.refs.branch != self.companion.branch_ref:
            return True
        shown = show_commit(self.git, old=self.branch, new=commit)
        if not shown.moved:
            why = "another git program is at work" if shown.is_locked else ", ".join(shown.kept_back)
            self.outcome.warnings.append(
                f"the branch was left where it is ({why}); nothing of the memories waits"
            )
        return shown.moved

    def _push(self, commit: str | None) -> WaifusyncError | None:
        """Until the remote is seen to have it; each lost race takes in what the other pushed first."""
        state, seconds = self.companion.state, self.companion.config.remote_timeout_seconds
        for attempt in range(_MOST_PUSHES):
            if commit is None or commit == self.remote:
                self.outcome.pushed = commit is not None
                return None
            try:
                result = push(self.git, state.remote, commit, state.branch, timeout_seconds=seconds)
                self.outcome.has_remote = True
                if result.outcome is PushOutcome.REFUSED_BY_SERVER:
                    return RefusedError(
                        f"the remote refused the push: {result.reason}",
                        hint="everything is safe here and goes with the next push that is let through",
                    )
                if result.outcome is PushOutcome.ACCEPTED:
                    self.remote = remote_tip(self.git, state.remote, state.branch, timeout_seconds=seconds)
                    if self.remote == commit or (self.remote and self._contains(self.remote, commit)):
                        self._sent(commit)
                        return None
                time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS) * min(attempt, 3))  # noqa: S311 - jitter
                commit = self._catch_up()
            except UnreachableError as error:
                return error
        return UnreachableError(
            f"other devices were faster {_MOST_PUSHES} times in a row",
            hint="everything is safe here; run the command again",
        )

    def _contains(self, tip: str, commit: str) -> bool:
        fetch(self.git, self.companion.state.remote, self.companion.state.branch)
        return is_ancestor(self.git, commit, tip)

    def _catch_up(self) -> str | None:
        self.wishes = replace(self.wishes, ask_remote=True, push=True, full=False)
        self.refs = read_refs(self.git, self.companion.branch_ref, HELD, SEEN)
        self.branch, self.held = self.refs[self.companion.branch_ref], self.refs[HELD]
        self.seen = self.seen if self.wishes.elsewhere else self.refs[SEEN]
        self.remote = self._fetch_if_new()
        return self._commit()

    def _sent(self, commit: str) -> None:
        self.outcome.pushed = True
        self._remember_seen(commit)
        ledger = self.memory.ledger
        if self.wishes.elsewhere:
            self.outcome.sent = self.outcome.committed
            return
        number, changes = self._told
        self.outcome.sent = changes - int(ledger.meta("pushed_changes") or 0)
        ledger.set_meta("pushed_changes", changes)
        ledger.set_meta("pushed_number", number)

    def _report(self) -> None:
        self.outcome.digest = self.memory.digest()
        (self.outcome.conflicts,) = self.memory.connection.execute(
            "SELECT count(*) FROM waifusync_clashes"
        ).fetchone()
        tidy(self.git)


def _rewritten(how: str) -> RemoteRewritten:
    return RemoteRewritten(
        f"the remote {how}: its history was rewritten, or put back to an older state",
        hint="nothing was changed; to bring both together, losing nothing: waifusync sync --accept-rewritten",
    )


def exchange(companion: Companion, wishes: Wishes) -> Outcome:
    """Runs one exchange under the lock."""
    with (
        companion.locked(wishes.purpose),
        companion.memory() as memory,
        ObjectReader(companion.git) as reader,
    ):
        return Exchange(companion, memory, reader, wishes).run()
