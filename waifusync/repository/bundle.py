"""A git bundle in a remote's place: read with a fetch's checks, written whole, and read again.

What is written replaces the old file at the very end, so a stick that is full keeps what it had.
Whether two histories belong together is for the caller to see.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from waifusync.errors import RefusedError, UnreachableError, UntrustedError, UsageError
from waifusync.repository.bundle_header import (
    MOST_HEADER_BYTES,
    SIGNATURES,
    BadHeader,
    BundleHeader,
    header_bytes,
    parse_header,
)
from waifusync.repository.git import Git, GitError, NoSuchBranch
from waifusync.repository.hardening import sync_file
from waifusync.repository.refs import HEADS, branch_ref

_TRANSFER_SECONDS = 3600.0
_PIECE_BYTES = 1 << 20
_WRITE_AGAIN = "nothing was taken over; write it again where it came from: waifusync push --bundle FILE"


class NotABundle(UsageError):
    """A file of another kind: nobody's bundle, so it is neither read nor replaced."""


class BuildsOnMore(RefusedError):
    """A bundle with less than everything, and this device lacks what it builds on."""


def is_bundle(path: Path) -> bool:
    """Whether the file begins as a bundle does; False for a folder, and for what is not there."""
    with contextlib.suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                return file.readline(32) in SIGNATURES
    return False


def check_place(path: Path) -> None:
    """Before anything else is done: raises UnreachableError where there is no folder for such a file."""
    if not path.parent.is_dir():
        raise UnreachableError(
            f"{path.parent} is not there", hint="everything is safe here; is the stick in its place?"
        )


def bundle_tip(path: Path, branch: str) -> str | None:
    """Where the branch is in the bundle, read out of its beginning; None: there is no such file.

    Raises NotABundle, NoSuchBranch.
    """
    if not os.path.lexists(path):
        return None
    with _opened(path) as (_, header):
        return _tip(path, header, branch)


def bundle_branch(path: Path) -> str:
    """What a new copy gets: the branch that the bundle's HEAD is at, or its only one. Raises NoSuchBranch."""
    with _opened(path) as (_, header):
        branches = [name for name in header.refs if name.startswith(HEADS)]
        at_head = [name for name in branches if header.refs[name] == header.refs.get("HEAD")]
        for names in (at_head[:1], branches):
            if len(names) == 1:
                return names[0].removeprefix(HEADS)
        raise NoSuchBranch(f"{path} does not say which of its branches is the companion's")


def bundle_hash(path: Path) -> str:
    """How its objects are named: sha1 or sha256."""
    with _opened(path) as (_, header):
        return "sha256" if header.is_sha256 else "sha1"


def read_bundle(git: Git, path: Path, branch: str) -> str:
    """Bring all that is in a bundle here, checked by git, and return the branch's commit; no ref moves.

    Raises UnreachableError where there is no file, NotABundle, NoSuchBranch, BuildsOnMore, UntrustedError.
    """
    with _opened(path) as (file, header):
        tip = _tip(path, header, branch)
        _check_whole(path, file, header)
        _check_needs(git, path, header)
        if not _is_complete(git, tip):
            file.seek(header.length)
            _index(git, path, file)
            if not _is_complete(git, tip):
                raise UntrustedError(f"{path} lacks a part of what its branch holds", hint=_WRITE_AGAIN)
    return tip


def write_bundle(
    git: Git, path: Path, sha: str, *, branch: str, before: str | None, beside: str
) -> int | None:
    """Everything that leads to a commit, as a bundle that builds on nothing; how many bytes it has.

    None where somebody wrote the file since the branch in it was at `before`: it stays as it is then.
    `beside` ends the name of the file that becomes this one when it is whole: one for each writer.
    """
    new = path.with_name(f".{path.name}.{beside}")
    try:
        with new.open("w+b", buffering=0) as file:
            file.write(header_bytes({branch_ref(branch): sha, "HEAD": sha}))
            _pack(git, file, sha)
            os.fsync(file.fileno())
            _see_again(new, file)
        if bundle_tip(path, branch) != before:
            return None
        os.replace(new, path)
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
    _keep_name(path.parent)
    return path.stat().st_size


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, BundleHeader]]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise NotABundle(
                f"{path} is no file",
                hint="name a file, such as mind.bundle; a repository in a folder is a remote: git remote add",
            )
        with path.open("rb", buffering=0) as file:  # git goes on reading where we stand
            yield file, parse_header(file.read(MOST_HEADER_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        raise UnreachableError(
            f"{path} is not there",
            hint="is the stick in its place? push --bundle FILE on another device writes one; without FILE"
            " the remote is asked",
        ) from None
    except BadHeader as error:
        raise NotABundle(
            f"{path} is not a bundle: {error}",
            hint="nothing was changed; waifusync import FILE takes in databases and exports",
        ) from None


def _tip(path: Path, header: BundleHeader, branch: str) -> str:
    tip = header.refs.get(branch_ref(branch))
    if tip is None:
        raise NoSuchBranch(
            f"{path} has no branch {branch}",
            hint="nothing was changed; waifusync push --bundle FILE on another device writes one that has it",
        )
    return tip


def _check_whole(path: Path, file: BinaryIO, header: BundleHeader) -> None:
    """A pack ends with the hash of all its bytes: shows what was cut off, and what a bad stick changed."""
    digest = hashlib.sha256() if header.is_sha256 else hashlib.sha1(usedforsecurity=False)
    left = os.fstat(file.fileno()).st_size - header.length - digest.digest_size
    file.seek(header.length)
    while left > 0 and (piece := file.read(min(left, _PIECE_BYTES))):
        digest.update(piece)
        left -= len(piece)
    if left or file.read() != digest.digest():
        raise UntrustedError(f"{path} was cut short or changed: its check sum is wrong", hint=_WRITE_AGAIN)


def _check_needs(git: Git, path: Path, header: BundleHeader) -> None:
    lacking = [sha for sha in header.needs if not _is_complete(git, sha)]
    if lacking:
        commits = "1 commit" if len(lacking) == 1 else f"{len(lacking)} commits"
        raise BuildsOnMore(
            f"{path} builds on {commits} that this device does not have",
            hint="a bundle with everything in it: waifusync push --bundle FILE on the device it came from",
        )


def _is_complete(git: Git, sha: str) -> bool:
    """Whether a commit is here with all that it leads to."""
    words = ("rev-list", "--objects", "--quiet", sha, "--not", "--all", "--")
    return git.run(*words, check=False, timeout_seconds=_TRANSFER_SECONDS).status == 0


def _index(git: Git, path: Path, file: BinaryIO) -> None:
    """As a fetch does it with fsckObjects; git itself looks into bundles this way from 2.46 on only."""
    words = ("index-pack", "--stdin", "--fix-thin", "--strict")
    try:
        git.run(*words, stdin=file, timeout_seconds=_TRANSFER_SECONDS)
    except GitError as error:
        if error.code != UntrustedError.code:
            raise
        raise UntrustedError(f"{path} is not what git accepts: {error.message}", hint=_WRITE_AGAIN) from error


def _pack(git: Git, file: BinaryIO, sha: str) -> None:
    words = ("pack-objects", "--stdout", "--revs", "--delta-base-offset", "-q")
    try:
        git.run(*words, stdin=f"{sha}\n".encode(), stdout=file, timeout_seconds=_TRANSFER_SECONDS)
    except GitError as error:
        raise RefusedError(
            f"the bundle could not be written: {error.message}",
            hint="what the file held before is still in it; is there room on the stick?",
        ) from error


def _see_again(path: Path, file: BinaryIO) -> None:
    """From the stick, where the system can be asked to forget what it remembers of it."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)
    _check_whole(path, file, parse_header(file.read(MOST_HEADER_BYTES)))


def _keep_name(folder: Path) -> None:
    """Some file systems of memory sticks do not let a folder be synced."""
    with contextlib.suppress(OSError):
        sync_file(folder)
