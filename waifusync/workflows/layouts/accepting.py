"""What accepting a commit means beyond its files, where it holds a snapshot.

git merges such a file without our driver by keeping one side: what the other side held is in the history, and
is taken in with it. And somebody may have changed its rows by hand.
"""

from __future__ import annotations

from waifusync.log.source import device_id, log_segments
from waifusync.memory.importing import Imported
from waifusync.repository.layout import SNAPSHOT
from waifusync.workflows.layouts.which import snapshot_at
from waifusync.workflows.syncing.git_source import packed_paths
from waifusync.workflows.syncing.under_way import UnderWay

# A merge that kept one side is made by hand, and found at the next sync: it is not far back.
_MOST_MERGES = 1000


def left_by_merges(sync: UnderWay, commit: str) -> list[dict[str, str]]:
    """The files of sides that merges up to this commit did not keep, since what this device holds."""
    if snapshot_at(sync.reader, commit) is None:
        return []
    left = dict.fromkeys(each for merge in _merges(sync, commit) for each in _left(sync, merge))
    return [packed_paths(sync.git, snapshot) for snapshot in left]


def _merges(sync: UnderWay, commit: str) -> list[list[str]]:
    """Each with its parents; a device that is new here has seen none of them."""
    known = [f"^{each}" for each in (sync.held, sync.seen) if each and not sync.is_new]
    asked = ("rev-list", "--merges", "--parents", f"--max-count={_MOST_MERGES}", commit, *known)
    return [line.split(" ") for line in sync.git.run(*asked).text.splitlines()]


def _left(sync: UnderWay, merge: list[str]) -> list[str]:
    """A merge that has one parent's snapshot, or none, may have lost what the other parents' hold."""
    kept, *others = [snapshot_at(sync.reader, commit) for commit in merge]
    if kept is not None and kept not in others:
        return []
    return [each for each in others if each is not None and each != kept]


def take_in_hand_edits(sync: UnderWay, commit: str) -> None:
    """Rows of a snapshot that are not as waifusync wrote them; nothing is deleted."""
    snapshot = snapshot_at(sync.reader, commit)
    if snapshot is None or snapshot in sync.edits_taken:
        return
    from waifusync.workflows.layouts.unpacking import FlawKind, extracted, flaw_of

    flaw = flaw_of(sync.git, sync.reader, snapshot)
    sync.edits_taken.add(snapshot)
    if flaw is None or flaw.kind is FlawKind.UNITED:
        return
    if flaw.kind is FlawKind.DAMAGED:
        kept = _kept(sync, snapshot)
        sync.outcome.untrusted.append(f"{SNAPSHOT}: {flaw.told}: what this device holds stays{kept}")
        return
    with extracted(sync.git, sync.reader, snapshot) as path:
        imported = sync.memory.import_edited(path, _heads(packed_paths(sync.git, snapshot)))
    kept = _kept(sync, snapshot)
    sync.outcome.repaired.append(f"{SNAPSHOT} had been edited by hand: {_told(imported)}{kept}")


def _kept(sync: UnderWay, snapshot: str) -> str:
    aside = sync.kept_aside.get(snapshot)
    return f"; the file is kept as {aside}" if aside else ""


def _heads(paths: dict[str, str]) -> dict[str, int]:
    return {device_id(folder): max(e.last for e in each) for folder, each in log_segments(paths).items()}


def _told(imported: Imported) -> str:
    new, different = sum(imported.added.values()), sum(imported.different.values())
    parts = [f"{new} {'row was' if new == 1 else 'rows were'} new"] if new else []
    parts += [f"{different} {'was' if different == 1 else 'were'} changed"] if different else []
    return f"{' and '.join(parts)}: taken in" if parts else "nothing in it was new, and nothing was deleted"
