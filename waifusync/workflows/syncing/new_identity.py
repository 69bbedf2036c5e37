"""A machine that finds its own log continued by somebody else: a copied card, or an old backup of everything.

Both go on. The one that notices takes a new id, tells what it had not sent again under that id, and says so;
from then on the old id is another device's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.workflows.companion import Companion
from waifusync.workflows.local_state import (
    LocalState,
    new_device_id,
    read_local_state,
    write_local_state,
)
from waifusync.workflows.syncing.git_source import memory_paths
from waifusync.workflows.syncing.taking_in import last_number
from waifusync.workflows.syncing.under_way import UnderWay

if TYPE_CHECKING:
    from waifusync.core.entry import Entry

BEGUN = "begun-identity"


class IdentityChanged(Exception):
    """This device is another one now: whatever was under way starts again."""


def refuse_foreign_continuation(sync: UnderWay, theirs: dict[str, str]) -> None:
    """Raises IdentityChanged when `theirs` holds entries under this device's id that it did not write."""
    own = {path: blob for path, blob in theirs.items() if path.startswith(f"{sync.own_log}/")}
    if (
        not last_number(own, sync.folder)
        or own.items() <= memory_paths(sync.git, sync.held, sync.own_log).items()
    ):
        return
    fork = _fork(sync, theirs)
    if fork is not None and _goes_on(sync, theirs, fork):
        _take_new_identity(sync, theirs, fork)
        raise IdentityChanged


def _fork(sync: UnderWay, theirs: dict[str, str]) -> int | None:
    """The last entry that both have alike; None when theirs is a beginning of what we did."""
    from waifusync.core.entry import line_chain
    from waifusync.log.index import LogIndex

    device = sync.companion.state.id
    their_index = LogIndex(sync.source(theirs))
    our_index = LogIndex(sync.source(memory_paths(sync.git, sync.held)))
    waiting = {number: line_chain(line.encode()) for number, line in sync.memory.outgoing().lines}

    def is_alike(number: int) -> bool:
        ours = waiting.get(number) or our_index.chain(device, number)
        return ours is not None and ours == their_index.chain(device, number)

    last = last_number(theirs, sync.folder)
    if is_alike(last):
        return None
    low, high = 0, last  # alike up to low, not alike at high: a chain vouches for all before it
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_alike(middle) else (low, middle)
    return low


def _goes_on(sync: UnderWay, theirs: dict[str, str], fork: int) -> bool:
    """Whether what follows there is an entry that some waifusync wrote. Conflict markers that somebody
    committed are no other machine: they are damage, and what is held stays."""
    from waifusync.core.versions import Head
    from waifusync.log.index import LogIndex
    from waifusync.log.reading import read_log

    index = LogIndex(sync.source(theirs))
    head = Head(fork, index.chain(sync.companion.state.id, fork) or "") if fork else Head()
    following = read_log(sync.source(theirs), sync.folder, head, faults=[])
    return next(following, None) is not None


def _take_new_identity(sync: UnderWay, theirs: dict[str, str], fork: int) -> None:
    from waifusync.core.relog import NewName, relog
    from waifusync.log.index import LogIndex

    state = sync.companion.state
    fresh = _fresh_state(state)
    write_local_state(sync.git.state_directory / BEGUN, fresh)
    name = sync.memory.named_anew(NewName(state.id, fresh.id, fork))
    told = relog(_unsent(sync, fork), name)
    contents = _vectors_of(sync)
    vectors = [
        (each.number, each.group, each.new_ordinal, contents(each.group, each.old_ordinal, each.digest))
        for each in told.vectors
    ]
    # Alike up to the fork; ours may be in the outbox only.
    fork_chain = LogIndex(sync.source(theirs)).chain(state.id, fork) or ""
    sync.memory.rename(name, told, vectors, fork_chain)
    finish_identity(sync.companion, fresh.id)


def _fresh_state(state: LocalState) -> LocalState:
    identity = new_device_id()
    base, _, number = state.name.rpartition("-")
    name = f"{base}-{int(number) + 1}" if base and number.isdecimal() else f"{state.name[:28]}-2"
    return state._replace(id=identity, name=name, folder=f"{name}-{identity}")


def _unsent(sync: UnderWay, fork: int) -> list[Entry]:
    """Our entries after the fork: what is in git already, then what waits in the outbox."""
    from waifusync.core.entry import parse_line
    from waifusync.log.index import LogIndex

    device = sync.companion.state.id
    index = LogIndex(sync.source(memory_paths(sync.git, sync.held)))
    waiting = dict(sync.memory.outgoing(after=fork).lines)
    entries = []
    for number in range(fork + 1, sync.memory.ledger.head(device).number + 1):
        line = waiting.get(number)
        entry = parse_line(line.encode(), device) if line is not None else index.entry(device, number)
        if entry is not None:
            entries.append(entry)
    return entries


def _vectors_of(sync: UnderWay) -> Callable[[str, int, str], bytes]:
    from waifusync.log.vectors import VectorReader

    device = sync.companion.state.id
    reader = VectorReader(sync.source(memory_paths(sync.git, sync.held)))
    waiting = {(group, ordinal): content for group, ordinal, content in sync.memory.outgoing().vectors}

    def find(group: str, ordinal: int, digest: str) -> bytes:
        return waiting.get((group, ordinal)) or reader.vector(device, group, ordinal, digest) or b""

    return find


def finish_identity(companion: Companion, device: str) -> Companion:
    """The live database names the new id already: the local state follows, also after a crash between."""
    directory: Path = companion.git.state_directory
    begun = read_local_state(directory / BEGUN)
    if begun is None or begun.id != device:
        return companion
    write_local_state(directory, begun)
    (directory / BEGUN / "device.json").unlink(missing_ok=True)
    return companion._replace(state=begun)
