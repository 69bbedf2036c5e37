"""Setting a companion up on this machine: a new one (`init`), or one that others have (`join`)."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from waifusync import config
from waifusync.errors import RefusedError, UnreachableError, UsageError, WaifusyncError
from waifusync.memory.catalog import Choices
from waifusync.memory.connection import open_foreign
from waifusync.memory.ledger import Ledger
from waifusync.memory.making import device_of, make_database
from waifusync.repository import layout
from waifusync.repository.attributes import ensure_local_rules
from waifusync.repository.cloning import clone
from waifusync.repository.committing import FileEdits, build_commit
from waifusync.repository.git import Git, NotARepository, check_git_version, discover
from waifusync.repository.objects import ls_tree
from waifusync.repository.refs import RefUpdate, read_refs, update_refs
from waifusync.repository.remote import FETCHED, check_url, fetch, remote_tip
from waifusync.repository.stale_locks import remove_left_locks
from waifusync.repository.urls import made_absolute
from waifusync.repository.worktree import show_commit
from waifusync.workflows.companion import HELD, SEEN, Companion, wall_clock
from waifusync.workflows.device_files import companion_files, first_files
from waifusync.workflows.exchange import Wishes, exchange
from waifusync.workflows.local_state import (
    LocalState,
    check_device_name,
    new_device_id,
    read_local_state,
    write_local_state,
)
from waifusync.workflows.outcome import Outcome
from waifusync.workflows.relinking import make_link, relink

_BEGUN = "begun"
Progress = Callable[[str, float], None]


@dataclass(slots=True)
class Settled:
    """What setting up came to; `is_new` is false when everything was there already."""

    companion: Companion
    is_new: bool = True
    outcome: Outcome = field(default_factory=Outcome)
    warnings: list[str] = field(default_factory=list)


def init(
    directory: Path,
    device: str,
    *,
    remote: str | None = None,
    live: Path | None = None,
    asked_in: Path = Path(),
) -> Settled:
    """Makes a companion in a folder, or in a repository that exists. Twice is as once.

    A remote that is a path is meant from `asked_in`.

    Raises UsageError, RefusedError where the remote or the folder holds a companion already.
    """
    name = check_device_name(device)
    check_git_version()
    git = _repository(directory)
    known = read_local_state(git.state_directory)
    if known is not None:
        return _already(git, known, name)
    begun = _begun(git, name)
    if begun is None:
        _refuse_companion(git.directory)
    settled_warnings = _add_remote(git, made_absolute(remote, asked_in)) if remote else []
    state = begun or _begin(git, _new_state(git, name, secrets.token_hex(8), live))
    tip = read_refs(git, f"refs/heads/{state.branch}")[f"refs/heads/{state.branch}"]
    texts = {path: _text_at(git, tip, path) for path in (".gitignore", ".gitattributes")}
    files = companion_files(
        state.companion, gitignore=texts[".gitignore"], gitattributes=texts[".gitattributes"]
    )
    _first_commit(git, state, tip, files, verb="init")
    settled = Settled(_finish(git, state), warnings=settled_warnings)
    with settled.companion.locked("init"), settled.companion.memory() as memory:
        relink(settled.companion, memory, settled.outcome)
    settled.warnings += [*settled.outcome.repaired, *settled.outcome.warnings]
    return settled


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
        return _already(git, known, name)
    refs = read_refs(git)
    if refs.head is None or not (git.directory / config.FILE_NAME).exists():
        raise RefusedError(
            f"{git.directory} holds no companion",
            hint="to make one: waifusync init --device NAME",
        )
    chosen = config.read(git.directory / config.FILE_NAME)
    state = _begun(git, name)
    if state is None:
        _refuse_taken_name(git, refs.head, name)
        state = _begin(git, _new_state(git, name, chosen.companion, live))
    _first_commit(git, state, refs.head, {}, verb="join")
    companion = _finish(git, state)
    tracking = f"refs/remotes/{state.remote}/{state.branch}"
    tip = read_refs(git, tracking, SEEN)
    if tip[tracking] is not None:
        update_refs(git, [RefUpdate(SEEN, tip[tracking], tip[SEEN])])
    outcome = exchange(companion, Wishes("join"))
    return Settled(companion, outcome=outcome)


def _repository(directory: Path) -> Git:
    try:
        git = discover(directory)
        if Path(os.path.realpath(git.directory)) == Path(os.path.realpath(directory)):
            return git
    except NotARepository:
        pass
    directory.mkdir(parents=True, exist_ok=True)
    Git(directory).run("init", "-q", "--initial-branch=main", "--template=")
    return Git(directory)


def _clone(url: str, directory: Path, progress: Progress | None) -> Git:
    """Into a folder beside, which takes its name when it is whole; one that was begun and left goes."""
    if (directory / ".git").exists() and read_refs(Git(directory)).head is not None:
        found = Git(directory).run("remote", "get-url", "--", "origin", check=False)
        if found.status == 0 and found.text.strip() in (url, os.path.abspath(url)):
            return Git(directory)
    if os.path.lexists(directory) and (not directory.is_dir() or any(directory.iterdir())):
        raise RefusedError(f"{directory} exists and is not an empty folder", hint="choose another folder")
    partial = directory.with_name(f".{directory.name}.joining")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        clone(url, partial, progress=progress)
    except UnreachableError as error:
        raise UnreachableError(error.message, hint="check the address; nothing was made here") from error
    if directory.exists():
        directory.rmdir()
    partial.rename(directory)
    return Git(directory)


def _begun(git: Git, name: str) -> LocalState | None:
    """The identity that an interrupted attempt had given this device; the locks that it left are removed."""
    file = git.state_directory / _BEGUN / "device.json"
    if file.exists():
        remove_left_locks(git, since=file.stat().st_mtime)
    state = read_local_state(file.parent)
    return state if state is not None and state.name == name else None


def _begin(git: Git, state: LocalState) -> LocalState:
    _check_live(git.state_directory / state.live)
    write_local_state(git.state_directory / _BEGUN, state)
    return state


def _already(git: Git, state: LocalState, name: str) -> Settled:
    if state.name != name:
        raise UsageError(
            f"this is {state.name} already",
            hint="a device has one name; use another folder for another device",
        )
    companion = Companion.find(git.directory)
    make_link(companion)
    return Settled(companion, is_new=False)


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


def _follow_remote(git: Git, state: LocalState) -> None:
    """So that a person's plain `git pull` knows from where; what they set themselves stays."""
    setting = f"branch.{state.branch}"
    has_remote = state.remote in git.run("remote", check=False).text.split()
    if has_remote and git.run("config", f"{setting}.merge", check=False).status != 0:
        git.run("config", f"{setting}.remote", state.remote)
        git.run("config", f"{setting}.merge", f"refs/heads/{state.branch}")


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


def _refuse_taken_name(git: Git, head: str, name: str) -> None:
    taken = {Path(path).stem.rpartition("-")[0] for path in ls_tree(git, head, layout.DEVICES)}
    if name in taken:
        raise RefusedError(
            f"a device named {name} is in this companion already",
            hint=f"choose another name; taken: {', '.join(sorted(taken))}",
        )


def _new_state(git: Git, name: str, companion: str, live: Path | None) -> LocalState:
    branch = (read_refs(git).branch or "refs/heads/main").removeprefix("refs/heads/")
    identity = new_device_id()
    place = "memory.db" if live is None else str(live.absolute())
    return LocalState(
        id=identity, name=name, folder=f"{name}-{identity}", companion=companion, branch=branch, live=place
    )


def _check_live(path: Path) -> None:
    """Raises NotADatabase or RefusedError for a file that cannot become the live database."""
    if path.exists():
        connection = open_foreign(path)
        try:
            if Ledger.is_present(connection):
                raise RefusedError(
                    f"{path} is the live database of a companion already",
                    hint="take in a copy of its rows instead: waifusync import FILE",
                )
        finally:
            connection.close()


def _text_at(git: Git, commit: str | None, path: str) -> str:
    if commit is None:
        return ""
    shown = git.run("show", f"{commit}:{path}", check=False)
    return shown.text if shown.status == 0 else ""


def _first_commit(
    git: Git, state: LocalState, tip: str | None, files: dict[str, bytes], *, verb: str
) -> None:
    ensure_local_rules(git)
    held = read_refs(git, HELD)[HELD]
    if held is not None:
        return
    now = wall_clock()
    commit = build_commit(
        git,
        parents=[tip] if tip else [],
        edits=FileEdits(write=files | first_files(state, created=now)),
        message=f"{verb}: {state.name}\n",
        author=(f"{state.name} (waifusync)", "waifusync@localhost"),
        time=now // 1000,
    )
    shown = show_commit(git, old=tip, new=commit)
    if not shown.moved:
        raise RefusedError(
            f"files here are in the way: {', '.join(shown.kept_back)}",
            hint="commit them or move them aside, then run the command again",
        )
    ref = f"refs/heads/{state.branch}"
    update_refs(
        git, [RefUpdate(ref, commit, tip), RefUpdate(HELD, commit, held)], message=f"waifusync: {verb}"
    )


def _finish(git: Git, state: LocalState) -> Companion:
    """The database before the identity: until device.json is written, nothing is set up."""
    chosen = config.read(git.directory / config.FILE_NAME)
    path = git.state_directory / state.live
    choices = Choices(chosen.exclude, chosen.vectors, chosen.references)
    if not path.exists() or device_of(path) != state.id:
        make_database(path, state.id, choices)
    _follow_remote(git, state)
    write_local_state(git.state_directory, state)
    shutil.rmtree(git.state_directory / _BEGUN, ignore_errors=True)
    companion = Companion.find(git.directory)
    make_link(companion)
    return companion
