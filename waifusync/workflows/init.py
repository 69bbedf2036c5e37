"""`init`: a new companion on this machine, in a folder or in a repository that exists."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from waifusync import config
from waifusync.config import Layout
from waifusync.errors import RefusedError, UnreachableError, WaifusyncError
from waifusync.repository.git import Git, NotARepository, check_git_version, discover
from waifusync.repository.hardening import harden
from waifusync.repository.objects import ls_tree
from waifusync.repository.refs import read_refs
from waifusync.repository.remote import FETCHED, check_url, fetch, remote_tip
from waifusync.repository.urls import made_absolute
from waifusync.workflows.device_files import companion_files
from waifusync.workflows.layouts.tracked_databases import set_aside_tracked, take_in_found
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
from waifusync.workflows.syncing.relinking import relink


def init(
    directory: Path,
    device: str,
    *,
    remote: str | None = None,
    live: Path | None = None,
    asked_in: Path = Path(),
    layout: Layout = Layout.LOG,
) -> Settled:
    """Makes a companion in a folder, or in a repository that exists. Twice is as once.

    A database that the repository tracks already gives its rows; it becomes the snapshot, or goes out of git.

    A remote that is a path is meant from `asked_in`.

    Raises UsageError, RefusedError where the remote or the folder holds a companion already.
    """
    name = check_device_name(device)
    check_git_version()
    git = _repository(directory)
    known = read_local_state(git.state_directory)
    if known is not None:
        return take_in_found(already_settled(git, known, name))
    begun = begun_identity(git, name)
    if begun is None:
        _refuse_companion(git.directory)
    state = begun or begin(git, new_state(git, name, secrets.token_hex(8), live))
    # While it is known that something was begun: a lock that a kill leaves goes with the next attempt.
    settled_warnings = _add_remote(git, made_absolute(remote, asked_in)) if remote else []
    tip = read_refs(git, f"refs/heads/{state.branch}")[f"refs/heads/{state.branch}"]
    texts = {path: _text_at(git, tip, path) for path in (".gitignore", ".gitattributes")}
    files = companion_files(
        state.companion, layout, gitignore=texts[".gitignore"], gitattributes=texts[".gitattributes"]
    )
    going = set_aside_tracked(git, tip, layout)
    first_commit(git, state, tip, files, verb="init", delete=going)
    settled = take_in_found(Settled(finish(git, state), warnings=settled_warnings))
    with settled.companion.locked("init"), settled.companion.memory() as memory:
        relink(settled.companion, memory, settled.outcome, settled.companion.layout)
    if layout is Layout.DATABASE:
        settled.outcome = exchange(settled.companion, Wishes("init"))
    settled.warnings += [*settled.outcome.repaired, *settled.outcome.warnings]
    return settled


def _repository(directory: Path) -> Git:
    try:
        git = discover(directory)
        if Path(os.path.realpath(git.directory)) == Path(os.path.realpath(directory)):
            return git
    except NotARepository:
        pass
    directory.mkdir(parents=True, exist_ok=True)
    if (directory / ".git").exists():
        Git(directory).run("init", "-q", "--initial-branch=main", "--template=")
    else:
        _make_repository(directory)
    return Git(directory)


def _make_repository(directory: Path) -> None:
    """Beside, and put in place when it is whole: a `git init` that was killed, or whose power went, leaves
    locks and empty files that the next one stumbles over."""
    beside = directory / ".waifusync-init"
    shutil.rmtree(beside, ignore_errors=True)
    Git(directory).run("init", "-q", "--initial-branch=main", "--template=", "--", beside.name)
    harden(Git(beside))
    (beside / ".git").rename(directory / ".git")
    beside.rmdir()


def _refuse_companion(directory: Path) -> None:
    if (directory / config.FILE_NAME).exists():
        raise RefusedError(
            f"{directory} holds a companion already, which is not set up on this machine",
            hint="run: waifusync join --device NAME",
        )


def _add_remote(git: Git, url: str) -> list[str]:
    check_url(url)
    have = git.run("remote", check=False).text.split()
    if "origin" not in have:
        git.run("remote", "add", "--", "origin", url)
        harden(git)
    elif git.run("remote", "get-url", "--", "origin").text.strip() != url:
        raise RefusedError("the remote origin is another one already", hint="leave --remote out to use it")
    try:
        tip = remote_tip(git, "origin", "main")
        if tip is not None:
            _refuse_used_remote(git, url)
    except UnreachableError as error:
        return [f"the remote could not be asked whether it holds a companion ({error.message})"]
    except WaifusyncError:
        if "origin" not in have:
            git.run("remote", "remove", "origin")
        raise
    return []


def _refuse_used_remote(git: Git, url: str) -> None:
    tip = fetch(git, "origin", "main")
    holds_companion = config.FILE_NAME in ls_tree(git, tip, config.FILE_NAME)
    git.run("update-ref", "-d", FETCHED)
    if holds_companion:
        raise RefusedError(
            "the remote holds a companion already", hint=f"run: waifusync join {url} --device NAME"
        )
    raise RefusedError(
        "the remote is not empty, and holds no companion",
        hint="use an empty repository, or clone this one and run waifusync init in the clone",
    )


def _text_at(git: Git, commit: str | None, path: str) -> str:
    if commit is None:
        return ""
    shown = git.run("show", f"{commit}:{path}", check=False)
    return shown.text if shown.status == 0 else ""
