"""`join`: a companion that others have, cloned or in a plain clone, set up on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from waifusync import config
from waifusync.errors import RefusedError, UnreachableError
from waifusync.repository import layout
from waifusync.repository.bundle import bundle_branch, bundle_tip, is_bundle
from waifusync.repository.cloning import clone
from waifusync.repository.git import Git, check_git_version, discover
from waifusync.repository.objects import ObjectReader, ls_tree
from waifusync.repository.refs import RefUpdate, read_refs, update_refs
from waifusync.repository.urls import made_absolute
from waifusync.workflows.companion import SEEN
from waifusync.workflows.layouts.which import tracked_in
from waifusync.workflows.local_state import (
    check_device_name,
    read_local_state,
)
from waifusync.workflows.settling import (
    Settled,
    already_settled,
    begin,
    begun_identity,
    finish,
    first_commit,
    new_state,
)
from waifusync.workflows.syncing.exchange import Wishes, exchange

Progress = Callable[[str, float], None]


def join(
    directory: Path,
    device: str,
    *,
    url: str | None = None,
    live: Path | None = None,
    progress: Progress | None = None,
    asked_in: Path = Path(),
) -> Settled:
    """Settles into a companion that exists: cloned from `url`, or in a plain clone that is here already.

    A `url` that is a path is meant from `asked_in`.
    """
    name = check_device_name(device)
    check_git_version()
    git = _clone(made_absolute(url, asked_in), directory, progress) if url else discover(directory)
    known = read_local_state(git.state_directory)
    if known is not None:
        return already_settled(git, known, name)
    refs = read_refs(git)
    if refs.head is None or not (git.directory / config.FILE_NAME).exists():
        raise RefusedError(
            f"{git.directory} holds no companion",
            hint="to make one: waifusync init --device NAME",
        )
    chosen = config.read(git.directory / config.FILE_NAME)
    state = begun_identity(git, name)
    if state is None:
        _refuse_taken_name(git, refs.head, name)
        state = begin(git, new_state(git, name, chosen.companion, live))
    first_commit(git, state, refs.head, {}, verb="join")
    # While it is known that something was begun: a lock that a kill leaves goes with the next attempt.
    tracking = f"refs/remotes/{state.remote}/{state.branch}"
    tip = read_refs(git, tracking, SEEN)
    if tip[tracking] is not None:
        update_refs(git, [RefUpdate(SEEN, tip[tracking], tip[SEEN])])
    companion = finish(git, state)
    outcome = exchange(companion, Wishes("join"))
    return Settled(companion, outcome=outcome)


def _clone(url: str, directory: Path, progress: Progress | None) -> Git:
    """Into a folder beside, which takes its name when it is whole; one that was begun and left goes."""
    if (directory / ".git").exists() and read_refs(Git(directory)).head is not None:
        if _is_begun_from(directory, url):
            return Git(directory)
        found = Git(directory).run("remote", "get-url", "--", "origin", check=False)
        if found.status == 0 and found.text.strip() in (url, os.path.abspath(url)):
            return Git(directory)
    if os.path.lexists(directory) and (not directory.is_dir() or any(directory.iterdir())):
        raise RefusedError(f"{directory} exists and is not an empty folder", hint="choose another folder")
    partial = directory.with_name(f".{directory.name}.joining")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        clone(url, partial, progress=progress, tracked_in=_tracked_in)
    except UnreachableError as error:
        raise UnreachableError(error.message, hint="check the address; nothing was made here") from error
    if directory.exists():
        directory.rmdir()
    partial.rename(directory)
    return Git(directory)


def _is_begun_from(directory: Path, url: str) -> bool:
    """A run was killed between taking a bundle in and settling there."""
    git = Git(directory)
    if not is_bundle(Path(url)) or read_local_state(git.state_directory) is not None:
        return False
    return read_refs(git).head == bundle_tip(Path(url), bundle_branch(Path(url)))


def _tracked_in(git: Git, commit: str) -> tuple[str, ...]:
    with ObjectReader(git) as reader:
        return tracked_in(reader, commit)


def _refuse_taken_name(git: Git, head: str, name: str) -> None:
    taken = {Path(path).stem.rpartition("-")[0] for path in ls_tree(git, head, layout.DEVICES)}
    if name in taken:
        raise RefusedError(
            f"a device named {name} is in this companion already",
            hint=f"choose another name; taken: {', '.join(sorted(taken))}",
        )
