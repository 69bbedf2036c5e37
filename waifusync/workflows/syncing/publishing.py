"""One commit for all that is new, shown where that is safe, pushed until the remote is seen to have it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from waifusync.errors import RefusedError, UnreachableError, WaifusyncError
from waifusync.log.source import MOST_SPAN
from waifusync.memory.live import Outgoing
from waifusync.repository.refs import is_ancestor
from waifusync.workflows.companion import wall_clock
from waifusync.workflows.syncing.accepting import TRANSFER_PATIENCE, fetch_if_new, remember_seen
from waifusync.workflows.syncing.git_source import memory_paths
from waifusync.workflows.syncing.letting_out import let_out, let_out_files
from waifusync.workflows.syncing.own_files import (
    have_changed,
    note_own_files,
    own_file_writes,
    stamp_of_own_files,
)
from waifusync.workflows.syncing.taking_in import last_number, last_ordinal
from waifusync.workflows.syncing.under_way import UnderWay
from waifusync.workflows.syncing.weighing import weigh_conflicts

if TYPE_CHECKING:
    from waifusync.log.writing import Edits, VectorRun
    from waifusync.repository.remote import PushResult
    from waifusync.workflows.syncing.next_commit import Base

# Lines for one commit; their vectors come on top.
_MOST_BYTES = 24 * 1024 * 1024
_LARGE_PUSH_ENTRIES = 20_000
_MOST_PUSHES = 8
_LONGEST_PAUSE_SECONDS = 0.4


def commit(sync: UnderWay) -> str | None:
    """Where this device is afterwards; nothing new makes no commit. None: there is nothing at all.

    A great deal at once, such as an adopted database, becomes several commits, so that memory stays bounded.
    """
    while True:
        waiting = sync.memory.outgoing(after=sync.committed, most_bytes=_MOST_BYTES)
        outgoing = let_out(sync, waiting, most_bytes=_MOST_BYTES)
        sync.told = outgoing.told
        made = _commit_some(sync, outgoing)
        if not outgoing.has_more:
            return made


def _commit_some(sync: UnderWay, outgoing: Outgoing) -> str | None:
    is_level = sync.remote in (None, sync.branch)
    stamp = stamp_of_own_files(sync)
    has_files = bool(sync.errand.files) or have_changed(sync, stamp)
    is_settled = sync.united is None and is_level and sync.errand.layout is None
    if is_settled and not outgoing.lines and not has_files:
        return sync.branch
    return _commit_the_new(sync, outgoing, stamp, is_level=is_level)


def _commit_the_new(sync: UnderWay, outgoing: Outgoing, stamp: str, *, is_level: bool) -> str | None:
    from waifusync.log.writing import Edits
    from waifusync.workflows.layouts.next_layout import ask_for_layout, in_layout
    from waifusync.workflows.syncing.agreed import keep_agreed
    from waifusync.workflows.syncing.moving import move
    from waifusync.workflows.syncing.next_commit import Tips, choose_base, make_commit, own_file_edits

    tips = Tips(sync.branch or sync.held, sync.remote)  # somebody may have deleted the branch
    base = choose_base(sync.git, tips)
    keep_agreed(sync, base)
    ask_for_layout(sync, base)
    sessions = let_out_files(sync, own_file_writes(sync, base)) if stamp else Edits()
    sync.outcome.sessions += len(sessions.write)
    own = _own_edits(sync, base, outgoing) | sessions | Edits(dict(sync.errand.files))
    edits = own_file_edits(
        sync.git,
        base,
        tips,
        united=sync.united,
        dropped=sync.dropped,
        own=own,
        device=sync.folder,
        page="" if is_level else _own_page(sync),
    )
    edits = in_layout(sync, base, edits, tips)
    name, now = sync.companion.state.name, wall_clock() // 1000
    made = make_commit(sync.git, base, edits, message=_message(sync), name=name, time=now)
    if base.clashes:
        sync.outcome.waits_for_person = True
        sync.outcome.warnings.append(
            f"changed here and elsewhere: {', '.join(base.clashes)}; run: git pull (memories are synced)"
        )
    if outgoing.lines:
        sync.committed = outgoing.lines[-1][0]
    if made is not None:
        move(sync, made, is_descendant=not base.clashes)
        if not sync.outcome.withheld:
            note_own_files(sync, stamp, made)
    sync.united = None
    sync.dropped.clear()
    return made


def _own_page(sync: UnderWay) -> str:
    from waifusync.repository import layout
    from waifusync.workflows.syncing.devices import own_name

    return layout.page_of(own_name(sync.reader, sync.git, sync.branch, sync.folder))


def _own_edits(sync: UnderWay, base: Base, outgoing: Outgoing) -> Edits:
    """Our new lines and vectors as files, on top of what is there."""
    from waifusync.log.writing import Edits, plan_append, plan_append_vectors

    if not outgoing.lines:
        return Edits()
    listing = sync.united if sync.united is not None else _own_listing(sync, base)
    have = last_number(listing, sync.folder)
    lines = [(number, line) for number, line in outgoing.lines if number > have]
    if not lines:
        return Edits()
    source = sync.source(dict(listing))
    edits = plan_append(source, sync.folder, lines) | plan_append_vectors(
        source, sync.folder, _runs(outgoing, listing, sync.folder)
    )
    return edits if have else edits | _introduction(sync)


def _own_listing(sync: UnderWay, base: Base) -> dict[str, str]:
    """Our files in the parent: the end of the log is enough, and is no longer behind a million entries."""
    from waifusync.core.segments import folder_name
    from waifusync.repository import layout

    parent = base.parents[0] if base.parents else None
    vectors = f"{layout.VECTORS}/{sync.folder}"
    numbers = (sync.committed - MOST_SPAN, sync.committed, sync.committed + 1)
    ends = {f"{sync.own_log}/{folder_name(max(number, 1))}" for number in numbers}
    listing = memory_paths(sync.git, parent, *sorted(ends), vectors)
    if last_number(listing, sync.folder) < sync.committed:
        return memory_paths(sync.git, parent, sync.own_log, vectors)
    return listing


def _introduction(sync: UnderWay) -> Edits:
    """A device whose log begins has a file that says who it is, which a new identity lacks."""
    from waifusync.log.writing import Edits
    from waifusync.workflows.device_files import device_file

    path, content = device_file(sync.companion.state, created=wall_clock())
    known = sync.branch or sync.held  # as in _commit_the_new
    there = known is not None and sync.reader.read(f"{known}:{path}") is not None
    return Edits() if there else Edits({path: content})


def _runs(outgoing: Outgoing, listing: Mapping[str, str], folder: str) -> dict[str, VectorRun]:
    from waifusync.log.writing import VectorRun

    gathered: dict[str, tuple[int, list[bytes]]] = {}
    last: dict[str, int] = {}
    for group, ordinal, content in outgoing.vectors:
        if group not in last:
            last[group] = last_ordinal(listing, folder, group)
        if ordinal > last[group]:
            gathered.setdefault(group, (ordinal, []))[1].append(content)
    return {group: VectorRun(first, vectors) for group, (first, vectors) in gathered.items()}


def _message(sync: UnderWay) -> str:
    came = sum(sync.received.values())
    made = sync.outcome.committed
    if sync.errand.layout is not None:
        return f"layout: {sync.errand.layout.value}\n"
    parts = [f"{made} from {sync.companion.state.name}"] if made else []
    parts += [f"{came} taken in"] if came else []
    if not parts and sync.outcome.sessions:
        return f"sessions: {sync.outcome.sessions} from {sync.companion.state.name}\n"
    if sync.errand.files and not parts:
        return f"{sync.wishes.purpose}: {sync.companion.state.name}\n"
    return f"memories: {', '.join(parts) or 'brought together'}\n"


def push_until_seen(sync: UnderWay, made: str | None) -> WaifusyncError | None:
    """Each lost race takes in what the other pushed first. Returns what stopped it, if anything did."""
    if _is_there(sync, made):
        return None
    from waifusync.repository.remote import PushOutcome

    for attempt in range(_MOST_PUSHES):
        try:
            assert made is not None
            ended = _push_once(sync, made)
            if ended.outcome is PushOutcome.ACCEPTED:
                return None
            made = _after_the_others(sync, attempt)
        except UnreachableError as error:
            return error
        if _is_there(sync, made):
            return None
    return _given_up(ended)


def _is_there(sync: UnderWay, made: str | None) -> bool:
    """Whether there is nothing to push."""
    if made is not None and made != sync.remote:
        return False
    sync.outcome.pushed = made is not None
    return True


def _after_the_others(sync: UnderWay, attempt: int) -> str | None:
    """What others pushed first is taken in, after a pause that differs by device."""
    import random

    time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS) * min(attempt, 3))  # noqa: S311 - jitter
    sync.look()
    sync.remote = fetch_if_new(sync)
    weigh_conflicts(sync)
    return commit(sync)


def _given_up(ended: PushResult) -> UnreachableError:
    from waifusync.repository.remote import PushOutcome

    if ended.outcome is PushOutcome.LOCKED_THERE:
        return UnreachableError(
            f"the remote kept the branch locked, {_MOST_PUSHES} times in a row: {ended.reason} is there",
            hint="everything is safe here; if nobody is pushing, a push that died left that file: "
            "whoever looks after the remote can move it aside",
        )
    return UnreachableError(
        f"other devices were faster {_MOST_PUSHES} times in a row",
        hint="everything is safe here; run the command again",
    )


def _push_once(sync: UnderWay, made: str) -> PushResult:
    """Accepted only when the remote was read again and has it."""
    from waifusync.repository.remote import PushOutcome, PushResult, push, remote_tip

    state, seconds = sync.companion.state, sync.companion.config.remote_timeout_seconds
    unsent = sync.told[0] - int(sync.memory.ledger.meta("pushed_number") or 0)
    result = push(
        sync.git,
        state.remote,
        made,
        state.branch,
        timeout_seconds=seconds * TRANSFER_PATIENCE,
        is_large=unsent > _LARGE_PUSH_ENTRIES,
    )
    if result.outcome is PushOutcome.REFUSED_BY_SERVER:
        raise RefusedError(
            f"the remote refused the push: {result.reason}",
            hint="everything is safe here and goes with the next push that is let through",
        )
    if result.outcome is not PushOutcome.ACCEPTED:
        return result
    tip = remote_tip(sync.git, state.remote, state.branch, timeout_seconds=seconds)
    if tip != made and not (tip and _contains(sync, tip, made)):
        return PushResult(PushOutcome.REJECTED_RACE)
    _count_sent(sync)
    remember_seen(sync, made)
    return result


def _contains(sync: UnderWay, tip: str, made: str) -> bool:
    """Somebody may have pushed on top of ours before we looked."""
    from waifusync.repository.remote import fetch

    fetch(sync.git, sync.companion.state.remote, sync.companion.state.branch)
    return is_ancestor(sync.git, made, tip)


def _count_sent(sync: UnderWay) -> None:
    ledger = sync.memory.ledger
    number, changes = sync.told
    sync.outcome.pushed = sync.outcome.moved_remote = True
    if sync.wishes.elsewhere:
        sync.outcome.sent = sync.outcome.committed
        return
    sync.outcome.sent = changes - int(ledger.meta("pushed_changes") or 0)
    ledger.set_meta("pushed_changes", changes)
    ledger.set_meta("pushed_number", number)
