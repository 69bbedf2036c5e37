"""Accepting a commit that somebody else's git or device made: nothing of it is read before it was checked."""

from __future__ import annotations

from waifusync.config import FILE_NAME, ConfigError, parse
from waifusync.errors import RefusedError, UnreachableError, UntrustedError, UsageError, WaifusyncError
from waifusync.repository.git import GitError
from waifusync.repository.refs import (
    RefUpdate,
    is_ancestor,
    merge_base,
    read_shared_ref,
    update_refs,
)
from waifusync.values import replace
from waifusync.workflows.companion import SEEN, TAKING, Companion
from waifusync.workflows.layouts.which import tracked_in
from waifusync.workflows.syncing.git_source import memory_paths
from waifusync.workflows.syncing.new_identity import refuse_foreign_continuation
from waifusync.workflows.syncing.taking_in import device_id_of, without_faulty
from waifusync.workflows.syncing.under_way import Asked, UnderWay, Wishes

# The remote has just answered within its time limit: what is then sent or fetched may take longer.
TRANSFER_PATIENCE = 10
_MOST_COMMIT_BYTES = 4 << 20


class RemoteRewritten(RefusedError):
    """The remote no longer contains what it had before."""


class UnrelatedRemote(RefusedError):
    """The remote holds another companion, or no companion."""


def accept(sync: UnderWay, commit: str, *, before: str | None) -> None:
    """Takes in what a commit holds beyond ours; what it lacks of ours stays united with it.

    `before` is what stood in the commit's place: what it lacks of that was taken away by somebody.
    """
    from waifusync.log.source import log_segments
    from waifusync.log.union import unite
    from waifusync.workflows.layouts.accepting import left_by_merges, take_in_hand_edits
    from waifusync.workflows.syncing.devices import keep_name_unique

    there = memory_paths(sync.git, commit)
    sides = left_by_merges(sync, commit)
    theirs = unite(there, *sides).paths if sides else there
    refuse_foreign_continuation(sync, theirs)
    held = sync.united if sync.united is not None else memory_paths(sync.git, sync.held)
    held = _without_forked(sync, held, theirs)
    union = unite(held, theirs)
    if commit != sync.branch and any(path not in held for path in union.paths):
        note_taking(sync, commit)
    faults = sync.take_in(union.paths)
    sync.united = without_faulty(union.paths, held, faults, sync.heads())
    if any(path not in held for path in theirs):
        keep_name_unique(sync, commit, log_segments(theirs))
    had = memory_paths(sync.git, before)
    had = unite(had, *sides).paths if sides else had
    for device, count in unite(had, there).restored.items():
        noun = "entry" if count == 1 else "entries"
        sync.outcome.repaired.append(f"{count} {noun} of {device} had gone missing: put back")
    for path in union.altered:
        told = f"{path} is not what it was: kept as it was"
        if told not in sync.outcome.untrusted:
            sync.outcome.untrusted.append(told)
    take_in_hand_edits(sync, commit)


def note_taking(sync: UnderWay, commit: str | None) -> None:
    """Before the live database gets any of it: killed after that, no ref would lead to what it holds."""
    if commit != sync.taking:
        update_refs(sync.git, [RefUpdate(TAKING, commit, sync.taking)], message="waifusync: taking in")
        sync.look()


def go_on_taking(sync: UnderWay) -> None:
    """What a killed run had begun to take in: its remote may be away by now, and its file gone."""
    if sync.taking is None:
        return
    try:
        accept(sync, sync.taking, before=None)
    except GitError as error:  # a power cut took the objects; whoever has them will bring them again
        sync.outcome.warnings.append(f"what was being taken in cannot be read any more: {error.message}")
        note_taking(sync, None)


def _without_forked(sync: UnderWay, held: dict[str, str], theirs: dict[str, str]) -> dict[str, str]:
    """The log of the id that this device had before: what others have of it is the whole truth."""
    forked = sync.memory.ledger.forked_devices()
    if not forked or not any(device_id_of(path) in forked for path in theirs):
        return held
    dropped = {path for path in held if device_id_of(path) in forked and theirs.get(path) != held[path]}
    sync.dropped |= dropped
    return {path: blob for path, blob in held.items() if path not in dropped}


def ask_ahead(companion: Companion, wishes: Wishes, known: Asked | None = None) -> Asked | None:
    """Before the lock is taken: whoever commits here must not wait for a remote that does not answer, nor for
    one that stops in the middle of what it sends. `known`: it was asked a moment ago, or is a bundle.

    What is wrong otherwise is found once more under the lock, where it is noted.
    """
    if not wishes.ask_remote:
        return None
    if known is not None and known.is_here:
        return known
    from waifusync.repository.remote import fetch_objects, remote_tip

    state, seconds = companion.state, companion.config.remote_timeout_seconds
    try:
        asked = known or Asked(remote_tip(companion.git, state.remote, state.branch, timeout_seconds=seconds))
        if asked.tip is None or asked.tip == read_shared_ref(companion.git, SEEN):
            return asked
        longest = seconds * TRANSFER_PATIENCE
        is_here = fetch_objects(companion.git, state.remote, state.branch, asked.tip, timeout_seconds=longest)
        return replace(asked, is_here=is_here)
    except UnreachableError as error:
        return Asked(failure=error)
    except WaifusyncError:
        return None


def ask_remote(sync: UnderWay) -> WaifusyncError | None:
    """Fetches and takes in what is new; being away is told, and is no reason not to commit."""
    try:
        if sync.asked is not None and sync.asked.failure is not None:
            raise sync.asked.failure
        sync.remote = fetch_if_new(sync)
    except UnreachableError as error:
        return (None if sync.wishes.elsewhere else no_remote(sync.companion)) or error
    return None


def no_remote(companion: Companion) -> WaifusyncError | None:
    """Waiting does not help where nobody has said yet what the remote is."""
    name = companion.state.remote
    if name in companion.git.run("remote").text.split():
        return None
    return UsageError(
        "this companion has no remote yet",
        hint=f"everything is committed here; to say where it goes: git remote add {name} URL",
    )


def fetch_if_new(sync: UnderWay) -> str | None:
    """Where the remote is, after taking in what it has; None when it is empty."""
    from waifusync.repository.remote import fetch, remote_tip

    state, seconds = sync.companion.state, sync.companion.config.remote_timeout_seconds
    asked, sync.asked = sync.asked or Asked(), None
    tip = asked.tip
    if tip is None:  # also where it was empty, and another process here may have pushed since
        tip = remote_tip(sync.git, state.remote, state.branch, timeout_seconds=seconds)
    if tip is None and sync.seen is not None and not sync.wishes.accept_rewritten:
        raise _rewritten("is empty now")
    if tip is not None and tip != sync.seen:
        if not asked.is_here or not _goes_on(sync, tip):
            # Another process here may have taken in, or pushed, more since the remote was asked.
            tip = fetch(sync.git, state.remote, state.branch, timeout_seconds=seconds * TRANSFER_PATIENCE)
        _check(sync, tip)
        accept(sync, tip, before=sync.seen)
        remember_seen(sync, tip)
    return tip


def _goes_on(sync: UnderWay, tip: str) -> bool:
    return sync.seen is None or is_ancestor(sync.git, sync.seen, tip)


def _check(sync: UnderWay, tip: str) -> None:
    sync.reader.read(tip, kind="commit", max_bytes=_MOST_COMMIT_BYTES)  # a tag in its place would be followed
    goes_on = sync.seen is not None and _goes_on(sync, tip)
    if sync.seen is not None and not goes_on and not sync.wishes.accept_rewritten:
        raise _rewritten("does not contain what it had before")
    if tip != sync.branch:  # what was pushed from here by hand does not arrive; the next commit puts it right
        _check_arriving(sync, sync.seen if goes_on else None, tip)
    if sync.branch is not None and not _is_related(sync, tip):
        raise UnrelatedRemote(
            "the remote holds another history than this companion",
            hint="nothing was changed on either side; to make one of both: waifusync join URL NEWDIR, "
            f"then in there: waifusync import {sync.companion.live_path}",
        )


def _check_arriving(sync: UnderWay, before: str | None, tip: str) -> None:
    from waifusync.repository.incoming import check_incoming

    tracked = tracked_in(sync.reader, tip, otherwise=sync.layout)
    changes = check_incoming(sync.git, before, tip, tracked=tracked, reader=sync.reader)
    if any(change.path == FILE_NAME and change.new_sha for change in changes):
        _check_config(sync, tip)


def _check_config(sync: UnderWay, tip: str) -> None:
    """What no command could read would stop them all, on every device, until somebody mends it by hand."""
    try:
        parse((sync.reader.read(f"{tip}:{FILE_NAME}") or b"").decode())
    except (ConfigError, UnicodeDecodeError) as error:
        told = error.message if isinstance(error, ConfigError) else f"{FILE_NAME}: the file is not UTF-8"
        raise UntrustedError(
            f"{told}, as the remote has it",
            hint="nothing was taken over; upgrade waifusync here, or mend the file where it was changed",
        ) from None


def _is_related(sync: UnderWay, tip: str) -> bool:
    """Somebody may have rewritten this device's branch from its root on, or put it onto a commit of another
    root, where held then follows: what was accepted from this remote before tells whose it is."""
    ours = (sync.branch, sync.held, sync.seen)
    return any(merge_base(sync.git, each, tip) is not None for each in ours if each is not None)


def remember_seen(sync: UnderWay, tip: str) -> None:
    """Where the remote was last seen; what git's own tools show follows."""
    if sync.wishes.elsewhere:
        sync.seen_elsewhere = tip
        return
    state = sync.companion.state
    tracking = f"refs/remotes/{state.remote}/{state.branch}"
    before = {SEEN: sync.refs[SEEN], tracking: read_shared_ref(sync.git, tracking)}
    moves = [RefUpdate(name, tip, old) for name, old in before.items() if old != tip]
    update_refs(sync.git, moves, message="waifusync: seen")
    sync.refs = sync.refs.after(moves)


def _rewritten(how: str) -> RemoteRewritten:
    return RemoteRewritten(
        f"the remote {how}: its history was rewritten, or put back to an older state",
        hint="nothing was changed; to bring both together, losing nothing: waifusync sync --accept-rewritten",
    )
