"""The next commit: what this device has to add, what others did, and what somebody's git took away, in one.

remote has nothing, or nothing new    on our branch
our branch has nothing of its own     on the remote's commit
both went on                          a merge of the two
both changed a file of the person's
in one place                          on the remote's commit, our own files only; the rest is for a person
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from waifusync.core.segments import Segment
from waifusync.log.source import log_segment, log_segments, vector_segment, vector_segments
from waifusync.log.writing import Edits
from waifusync.repository import layout
from waifusync.repository.committing import FileEdits, build_commit
from waifusync.repository.git import Git
from waifusync.repository.merging import merge_paths, merge_texts
from waifusync.repository.objects import Change, diff_trees, ls_tree
from waifusync.repository.refs import is_ancestor, merge_base
from waifusync.values import dataclass, field
from waifusync.workflows.syncing.git_source import memory_paths

_FILE = "100644"


@dataclass(frozen=True, slots=True)
class Tips:
    """Where the branch and the remote are; None for one that has no commit."""

    branch: str | None
    remote: str | None


@dataclass(slots=True)
class Base:
    """On what the next commit stands, and what of the person's files it takes over."""

    parents: list[str]
    take: dict[str, tuple[str, str]] = field(default_factory=dict)
    write: dict[str, bytes] = field(default_factory=dict)
    delete: list[str] = field(default_factory=list)
    clashes: tuple[str, ...] = ()


def choose_base(git: Git, tips: Tips) -> Base:
    """Raises nothing for a clash in the person's files: it is in the result."""
    ours, theirs = tips.branch, tips.remote
    if ours is None or theirs is None:
        return Base([each for each in (ours or theirs,) if each])
    if ours == theirs or is_ancestor(git, theirs, ours):
        return Base([ours])
    if is_ancestor(git, ours, theirs):
        return Base([theirs])
    return _merged(git, ours, theirs)


def _merged(git: Git, ours: str, theirs: str) -> Base:
    ancestor = merge_base(git, ours, theirs)
    ours_changed = _of_person(diff_trees(git, ancestor, ours))
    theirs_changed = _of_person(diff_trees(git, ancestor, theirs))
    plan = merge_paths(ours_changed, theirs_changed, [] if not theirs_changed else list(ls_tree(git, ours)))
    base = Base([ours, theirs], take=dict(plan.take_theirs), delete=list(plan.delete))
    clashes = []
    for each in plan.both_changed:
        merged = _merge_text(git, each.base, each.ours, each.theirs)
        if merged is None:
            clashes.append(each.path)
        else:
            base.write[each.path] = merged
    return Base([theirs], clashes=tuple(clashes)) if clashes else base


def _merge_text(
    git: Git, base: tuple[str, str] | None, ours: tuple[str, str] | None, theirs: tuple[str, str] | None
) -> bytes | None:
    if ours is None or theirs is None or ours[0] != theirs[0] or ours[0] != _FILE:
        return None
    return merge_texts(git, base[1] if base else None, ours[1], theirs[1])


def _of_person(changes: Sequence[Change]) -> list[Change]:
    return [each for each in changes if not layout.is_own(each.path)]


def own_file_edits(
    git: Git,
    base: Base,
    tips: Tips,
    *,
    united: Mapping[str, str] | None,
    dropped: AbstractSet[str],
    own: Edits,
    device: str,
    page: str,
) -> FileEdits:
    """What changes in the first parent's tree: all that is united, our own new files, the person's merge."""
    write = {**base.write, **own.write}
    link, delete = dict(base.take), [*base.delete, *own.delete]
    if united is not None and base.parents:
        _complete(git, base.parents[0], united, link, delete)
    is_level = tips.branch == tips.remote
    if not is_level and (len(base.parents) == 2 or base.clashes or base.parents == [tips.remote]):
        link |= _other_own_files(git, base.parents[0], tips, device, page=page)
    for path in write:
        link.pop(path, None)
    delete += [path for path in sorted(dropped) if united is None or path not in united]
    deleted = [path for path in dict.fromkeys(delete) if path not in write and path not in link]
    return FileEdits(write=write, link_existing=link, delete=deleted)


def _complete(
    git: Git, parent: str, united: Mapping[str, str], link: dict[str, tuple[str, str]], delete: list[str]
) -> None:
    there = memory_paths(git, parent)
    link |= {path: (_FILE, blob) for path, blob in united.items() if there.get(path) != blob}
    delete += [path for path in there if path not in united and is_covered(path, united)]


def is_covered(path: str, united: Mapping[str, str]) -> bool:
    """Whether everything in this file is in others: it was packed, and can go."""
    segment, others = _neighbours(path, united)
    return segment is not None and any(
        each.first <= segment.first and segment.last <= each.last for each in others
    )


def _neighbours(path: str, united: Mapping[str, str]) -> tuple[Segment | None, list[Segment]]:
    """The span of a log or vector file, and the spans of the same log or group."""
    log, vectors = log_segment(path), vector_segment(path)
    if log is not None:
        return log[1], log_segments(united).get(log[0], [])
    if vectors is not None:
        return vectors[1], vector_segments(united).get(vectors[0], [])
    return None, []


def _other_own_files(
    git: Git, parent: str, tips: Tips, device: str, *, page: str
) -> dict[str, tuple[str, str]]:
    """Device files, sessions and notes: of our own the branch has the newest, of the others the remote.

    Our own sessions are not looked for: the newest lie beside the live database (own_files.py).
    """
    prefixes = (layout.DEVICES, layout.CONTEXT_TOKENS, layout.DEVICE_CONTEXTS, layout.EXPERIMENTS)
    base = {path: entry.sha for path, entry in ls_tree(git, parent, *prefixes).items()}
    wanted: dict[str, tuple[str, str]] = {}
    for commit, is_mine in ((tips.remote, False), (tips.branch, True)):
        for path, entry in (ls_tree(git, commit, *prefixes) if commit else {}).items():
            if layout.is_session_of(path, device):
                continue
            if (device in path or path == page) == is_mine or path not in base:
                wanted.setdefault(path, (entry.mode, entry.sha))
    return {path: found for path, found in wanted.items() if base.get(path) != found[1]}


def make_commit(git: Git, base: Base, edits: FileEdits, *, message: str, name: str, time: int) -> str | None:
    """The commit to go on from; None when there is nothing at all yet. An empty step makes no commit."""
    if len(base.parents) == 1 and not edits:
        return base.parents[0]
    if not base.parents and not edits:
        return None
    author = (f"{name} (waifusync)", "waifusync@localhost")
    return build_commit(git, parents=base.parents, edits=edits, message=message, author=author, time=time)
