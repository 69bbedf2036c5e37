"""Snapshots that lie about: in the work tree, edited by hand, or in the index, staged or under dispute.

Each is put into git and named by a ref of ours before anything else happens, so that a crash forgets none;
the next commit has what they hold, and then the refs go.
"""

from __future__ import annotations

import contextlib
import stat
from pathlib import Path

from waifusync.repository.git import Git
from waifusync.repository.refs import RefMoved, RefUpdate, read_shared_ref, update_refs
from waifusync.workflows.layouts.which import UNPACKED, snapshot_at
from waifusync.workflows.syncing.accepting import accept
from waifusync.workflows.syncing.under_way import UnderWay

FOUND = "refs/waifusync/found/"
_BASE_STAGE = "1"
_BESIDE = ("-wal", "-journal")


def find_strays(sync: UnderWay) -> None:
    """Notes every snapshot in the work tree and the index that neither the branch nor this device has."""
    from waifusync.repository.layout import SNAPSHOT

    known = {snapshot_at(sync.reader, commit) for commit in (sync.branch, sync.held)}
    staged = _staged(sync.git)
    sync.is_unmerged = any(stage != "0" for stage in staged)
    for stage, sha in staged.items():
        if stage != _BASE_STAGE and sha not in known and not _was_told(sync, sha):
            note(sync.git, sha)
    place = sync.git.directory / SNAPSHOT
    if is_open(place):
        sync.outcome.warnings.append(
            f"{SNAPSHOT} is open in a program, which should use {sync.memory.path}: it was left as it is"
        )
    elif _is_changed(sync.git, place, staged):
        _take_up(sync, place, {*known, *staged.values()})


def _was_told(sync: UnderWay, sha: str) -> bool:
    """A damaged one of a commit that somebody checked out stays in the index, which is theirs, as long as
    they stay there: it is told once, and brings nothing later either."""
    from waifusync.workflows.layouts.unpacking import FlawKind, flaw_of

    if read_shared_ref(sync.git, UNPACKED + sha) is None:
        return False
    flaw = flaw_of(sync.git, sync.reader, sha)
    return flaw is not None and flaw.kind is FlawKind.DAMAGED


def is_open(place: Path) -> bool:
    """Whether a program has something to say about this file that is not in it yet."""
    beside = (place.with_name(place.name + ending) for ending in _BESIDE)
    return any(each.exists() and each.stat().st_size > 0 for each in beside)


def note(git: Git, sha: str) -> None:
    """From now on it is not forgotten."""
    with contextlib.suppress(RefMoved):
        update_refs(git, [RefUpdate(FOUND + sha, sha, None)], message="waifusync: found")


def store(git: Git, file: Path) -> str:
    """A file as an object of git's."""
    return git.run("hash-object", "-w", "--no-filters", "--", str(file)).text.strip()


def _staged(git: Git) -> dict[str, str]:
    """The index's versions by stage; "0" is the only one where nothing is under dispute."""
    from waifusync.repository.layout import SNAPSHOT

    records = git.run("ls-files", "-s", "-z", "--", SNAPSHOT).text.split("\0")
    facts = [record.partition("\t")[0].split(" ") for record in records if record]
    return {stage: sha for mode, sha, stage in facts if mode.startswith("100")}


def _is_changed(git: Git, place: Path, staged: dict[str, str]) -> bool:
    from waifusync.repository.layout import SNAPSHOT

    try:
        facts = place.lstat()
    except OSError:
        return False
    if not stat.S_ISREG(facts.st_mode) or not facts.st_size:
        return False
    return not staged or git.run("diff-files", "--quiet", "--", SNAPSHOT, check=False).status != 0


def _take_up(sync: UnderWay, place: Path, known: set[str | None]) -> None:
    """The file goes aside, where a person finds it; what git had already needs no second copy."""
    folder = sync.git.state_directory / "aside"
    sha = store(sync.git, place)
    if sha in known:
        return
    note(sync.git, sha)
    folder.mkdir(exist_ok=True)
    sync.kept_aside[sha] = folder / f"memory.{sha[:8]}.db"
    place.replace(sync.kept_aside[sha])


def take_in_strays(sync: UnderWay) -> None:
    """As if each had come in a commit of somebody's."""
    from waifusync.repository.committing import FileEdits
    from waifusync.repository.layout import SNAPSHOT
    from waifusync.workflows.layouts.unpacking import as_commit

    for sha in _noted(sync.git):
        edits = FileEdits(link_existing={SNAPSHOT: ("100644", sha)})
        accept(sync, as_commit(sync.git, edits, [sync.branch] if sync.branch else []), before=None)
    for aside in sync.kept_aside.values():
        if not any(str(aside) in told for told in (*sync.outcome.repaired, *sync.outcome.untrusted)):
            sync.outcome.repaired.append(f"{SNAPSHOT} in the work tree was another: it is kept as {aside}")


def forget_strays(sync: UnderWay) -> None:
    """What they hold is in a commit now."""
    gone = [RefUpdate(FOUND + sha, None, sha) for sha in _noted(sync.git)]
    update_refs(sync.git, gone, message="waifusync: taken in")


def _noted(git: Git) -> list[str]:
    listed = git.run("for-each-ref", "--format=%(refname)", FOUND).text.split()
    return [name.removeprefix(FOUND) for name in listed]


def may_have_strays(git: Git) -> bool:
    """Without a process; a device of the layout `log` has none but by accident."""
    folder = git.common_dir / FOUND
    return folder.is_dir() and any(folder.iterdir())
