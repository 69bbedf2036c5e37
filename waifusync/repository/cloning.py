"""A new copy of a companion: fetched without a work tree, checked, and only then checked out.

No hooks, no templates, no submodules, no hard links; what this call made is removed again when it fails.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from waifusync.errors import RefusedError
from waifusync.repository.attributes import ensure_local_rules
from waifusync.repository.bundle import bundle_branch, bundle_hash, is_bundle, read_bundle
from waifusync.repository.environment import ALLOWED_PROTOCOLS, STALL_CONFIG
from waifusync.repository.git import Git, GitError, NoSuchBranch
from waifusync.repository.hardening import harden
from waifusync.repository.incoming import check_incoming
from waifusync.repository.refs import HEADS, RefUpdate, branch_ref, read_refs, update_refs
from waifusync.repository.remote import remote_tip
from waifusync.repository.urls import (
    PLAIN_SCHEMES,
    check_url,
    is_on_this_machine,
    is_plain_loopback,
    made_absolute,
)
from waifusync.repository.worktree import show_commit

CLONE_TIMEOUT_SECONDS = 3600.0
# What log and vector files share lies close together (decision 0036): looking further than this takes 1.7
# seconds of the processor for 100,000 memories instead of 1.2, and finds hardly more. Not looking, 1.1,
# leaves the copy with both of what is one, for ever: git takes what one pack holds for tried.
_SERVING = ("--upload-pack=git -c pack.window=6 upload-pack",)
Progress = Callable[[str, float], None]  # what is being done, and how much of it from 0 to 1


def clone(
    url: str,
    directory: Path,
    branch: str | None = None,
    progress: Progress | None = None,
    timeout_seconds: float = CLONE_TIMEOUT_SECONDS,
    *,
    tracked_in: Callable[[Git, str], Collection[str]] = lambda git, commit: (),
) -> Git:
    """Clone into a folder that is new or empty. `branch` None: the one that the remote calls its own.

    A bundle's file gives a copy without a remote, on the bundle's own branch. `tracked_in` says which paths
    a commit may hold though they lie where a live database would.
    An empty remote gives a branch without a commit. Raises RefusedError, NoSuchBranch, GitUnreachable,
    UntrustedError.
    """
    check_url(url)
    if branch is not None:
        branch_ref(branch)
    existed = _check_target(directory)
    try:
        if is_bundle(Path(url)):
            return _from_bundle(Path(url), directory, tracked_in)
        git = _fetched(url, directory, progress, timeout_seconds)
        _check_out(git, branch, tracked_in)
        harden(git)
        return git
    except BaseException:
        _remove(directory, keep_folder=existed)
        raise


def _fetched(url: str, directory: Path, progress: Progress | None, seconds: float) -> Git:
    _run_clone(url, directory, progress, seconds)
    git = Git(directory)
    if not _has_branches(git):
        remote_tip(git, "origin", "main")  # raises where it is no git server, but a page that looks empty
    ensure_local_rules(git)
    return git


def _from_bundle(file: Path, directory: Path, tracked_in: Callable[[Git, str], Collection[str]]) -> Git:
    """The new copy has no remote: nothing could be pushed to a bundle as to one."""
    branch, kind = bundle_branch(file), bundle_hash(file)
    directory.mkdir(parents=True, exist_ok=True)
    git = Git(directory)
    git.run("init", "-q", f"--initial-branch={branch}", "--template=", f"--object-format={kind}")
    ensure_local_rules(git)
    tip = read_bundle(git, file, branch)
    check_incoming(git, None, tip, tracked=tracked_in(git, tip))
    _show_all(git, tip)
    update_refs(git, [RefUpdate(branch_ref(branch), tip, None)], message="waifusync: clone")
    return git


def _show_all(git: Git, tip: str) -> None:
    if not (shown := show_commit(git, old=None, new=tip)).moved:
        raise GitError(f"{', '.join(shown.kept_back) or 'the index'} was in the way in a new folder")


def _check_out(git: Git, branch: str | None, tracked_in: Callable[[Git, str], Collection[str]]) -> None:
    head = read_refs(git).branch
    ref = branch_ref(branch) if branch else _existing_branch(git, head or branch_ref("main"))
    tracking = ref.replace(HEADS, "refs/remotes/origin/", 1)
    refs = read_refs(git, ref, tracking)
    tip = refs[tracking]
    if tip is None and _has_branches(git):
        raise NoSuchBranch(f"the remote has no branch {ref.removeprefix(HEADS)}")
    git.run("symbolic-ref", "HEAD", ref)
    if tip is not None:
        check_incoming(git, None, tip, tracked=tracked_in(git, tip))
        _show_all(git, tip)
        update_refs(git, [RefUpdate(ref, tip, refs[ref])], message="waifusync: clone")


def _run_clone(url: str, directory: Path, progress: Progress | None, seconds: float) -> None:
    env = (
        {"GIT_ALLOW_PROTOCOL": ":".join((ALLOWED_PROTOCOLS, *PLAIN_SCHEMES))}
        if is_plain_loopback(url)
        else {}
    )
    directory.parent.mkdir(parents=True, exist_ok=True)
    target, source = os.path.abspath(directory), made_absolute(url, Path())
    options = ["--no-checkout", "--no-local", "--template=", "--no-tags", "--no-recurse-submodules"]
    Git(directory.parent).run(
        "clone",
        *options,
        *(_SERVING if is_on_this_machine(source) else ()),
        "--origin=origin",
        "--progress" if progress else "--quiet",
        "--",
        source,
        target,
        env=env,
        timeout_seconds=seconds,
        config=(
            *STALL_CONFIG,
            "transfer.fsckObjects=true",
            "fetch.fsckObjects=true",
            "init.defaultBranch=main",
        ),
        on_stderr=_listener(progress) if progress else None,
    )


def _listener(progress: Progress) -> Callable[[bytes], None]:
    from git import RemoteProgress  # 70 ms, and only where somebody watches

    class Listener(RemoteProgress):
        def update(
            self,
            op_code: int,
            cur_count: str | float,
            max_count: str | float | None = None,
            message: str = "",
        ) -> None:
            stage = _STAGES.get(op_code & RemoteProgress.OP_MASK, "working")
            if max_count:
                progress(stage, float(cur_count) / float(max_count))

    handle, rest = Listener().new_message_handler(), bytearray()

    def hear(chunk: bytes) -> None:
        rest.extend(chunk.replace(b"\r", b"\n"))
        *lines, last = bytes(rest).split(b"\n")
        rest[:] = last
        for line in lines:
            handle(line.decode("utf-8", "replace"))

    return hear


_STAGES = {4: "counting", 8: "compressing", 16: "sending", 32: "receiving", 64: "resolving"}


def _check_target(directory: Path) -> bool:
    if not os.path.lexists(directory):
        return False
    if not directory.is_dir() or any(directory.iterdir()):
        raise RefusedError(f"{directory} exists and is not an empty folder", hint="choose another folder")
    return True


def _existing_branch(git: Git, head: str) -> str:
    """What the remote calls its own, or, where that was never pushed to, main, or the only one there is."""
    listed = git.run("for-each-ref", "--format=%(refname:lstrip=3)", "refs/remotes/origin/").text.split()
    names = [name for name in listed if name != "HEAD"]
    if not names or head.removeprefix(HEADS) in names:
        return head
    return HEADS + ("main" if "main" in names else names[0] if len(names) == 1 else head.removeprefix(HEADS))


def _has_branches(git: Git) -> bool:
    return bool(git.run("for-each-ref", "--count=1", "refs/remotes/origin/").stdout)


def _remove(directory: Path, *, keep_folder: bool) -> None:
    import shutil

    for entry in directory.iterdir() if keep_folder else ():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    if not keep_folder:
        shutil.rmtree(directory, ignore_errors=True)
