"""Merges in which git kept one side of a file though the other had changed it too. Looks; nothing is written.

git's answer for a binary file without a driver is "ours" and a conflict; `git add -A` ends the conflict,
and from then on nothing shows that the other side's rows are gone but the merge's own parents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from waifusync.errors import UsageError
from waifusync.repository.git import Git
from waifusync.repository.refs import merge_base
from waifusync.values import NamedTuple

_MERGES_AT_ONCE = 500
_PLAIN_FILE = "100"
_PATTERNS = {"GIT_LITERAL_PATHSPECS": "0"}


class Merge(NamedTuple):
    """A merge commit and its parents, the first being what was merged into."""

    commit: str
    parents: tuple[str, ...]


class OneSided(NamedTuple):
    """A file that a merge left as one parent had it. `other` is the parent whose changes it lacks."""

    merge: Merge
    path: str
    other: str


def merges(git: Git, *, since: str | None = None) -> Iterator[Merge]:
    """All that any branch or tag reaches, newest first."""
    bound = [f"--since={since}"] if since else []
    words = [
        "rev-list",
        "--merges",
        "--parents",
        *bound,
        "--exclude=refs/stash",
        "--exclude=refs/notes/*",
        "--all",
    ]
    for line in git.run(*words).text.splitlines():
        commit, *parents = line.split()
        yield Merge(commit, tuple(parents))


def merge_named(git: Git, name: str) -> Merge:
    """Raises UsageError for what is no merge."""
    found = git.run("rev-list", "--parents", "-1", "--end-of-options", name, "--", check=False)
    commit, *parents = found.text.split() or [""]
    if found.status != 0 or not commit:
        raise UsageError(
            f"{name!r} is no commit here", hint="to list the merges that lost rows: waifusync drivers check"
        )
    if len(parents) < 2:
        raise UsageError(
            f"{name} is not a merge", hint="to list the merges that lost rows: waifusync drivers check"
        )
    return Merge(commit, tuple(parents))


def one_sided(git: Git, found: Iterator[Merge], patterns: Sequence[str]) -> Iterator[OneSided]:
    """In the order of the merges; one git process for hundreds of them, and two for each that is found."""
    while batch := list(islice(found, _MERGES_AT_ONCE)):
        for merge, blobs in zip(batch, _differing(git, batch, patterns), strict=True):
            yield from _of_merge(git, merge, blobs)


def _of_merge(git: Git, merge: Merge, blobs: list[dict[str, str]]) -> Iterator[OneSided]:
    for path in dict.fromkeys(path for each in blobs for path in each):
        kept = [parent for parent, each in zip(merge.parents, blobs, strict=True) if path not in each]
        others = [
            (parent, each[path]) for parent, each in zip(merge.parents, blobs, strict=True) if path in each
        ]
        for other, blob in others:
            if kept and _has_changed(git, kept[0], other, path, blob):
                yield OneSided(merge, path, other)


def _has_changed(git: Git, kept: str, other: str, path: str, blob: str) -> bool:
    base = merge_base(git, kept, other)
    return base is None or blob_at(git, base, path) != blob


def blob_at(git: Git, commit: str, path: str) -> str | None:
    """The name of a file's content there; None when there is no such file."""
    found = git.run("rev-parse", "--verify", "--quiet", f"{commit}:{path}", check=False)
    return found.text.strip() if found.status == 0 else None


def _differing(git: Git, batch: Sequence[Merge], patterns: Sequence[str]) -> list[list[dict[str, str]]]:
    """For each merge and each of its parents: the files that the result has otherwise, and the parent's blob.

    What is no plain file in both is left out: that one side deleted it was a conflict which somebody saw.
    """
    pairs = [(merge.commit, parent) for merge in batch for parent in merge.parents]
    stdin = "".join(f"{commit} {parent}\n" for commit, parent in pairs).encode()
    words = (
        "diff-tree",
        "--stdin",
        "--always",
        "-r",
        "-z",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--",
        *patterns,
    )
    answers = _by_pair(git.run(*words, stdin=stdin, env=_PATTERNS).text, count=len(pairs))
    return [[next(answers) for _ in merge.parents] for merge in batch]


def _by_pair(text: str, *, count: int) -> Iterator[dict[str, str]]:
    """git names the commit before the changes of each pair, also where there are none."""
    fields = iter(text.split("\0"))
    found: list[dict[str, str]] = []
    for field in fields:
        if field.startswith(":"):
            modes, blob = field.split(" ")[:2], field.split(" ")[2]
            path = next(fields)
            if all(mode.lstrip(":").startswith(_PLAIN_FILE) for mode in modes):
                found[-1][path] = blob
        elif field:
            found.append({})
    assert len(found) == count
    return iter(found)
