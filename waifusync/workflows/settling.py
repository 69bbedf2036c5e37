"""What `init` and `join` share: an identity, a first commit, a database; each step can be repeated."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection
from pathlib import Path

from waifusync import config
from waifusync.core.events import SYNC_INIT
from waifusync.errors import RefusedError, UsageError
from waifusync.memory.connection import open_foreign
from waifusync.memory.ledger import Ledger
from waifusync.memory.making import device_of, make_database
from waifusync.memory.terms import Choices
from waifusync.repository.attributes import ensure_local_rules
from waifusync.repository.committing import FileEdits, build_commit
from waifusync.repository.driver_registration import CannotRegister
from waifusync.repository.git import Git
from waifusync.repository.hardening import harden
from waifusync.repository.refs import RefUpdate, read_refs, update_refs
from waifusync.repository.stale_locks import remove_left_locks
from waifusync.values import dataclass, field
from waifusync.workflows.companion import HELD, Companion, wall_clock
from waifusync.workflows.device_files import first_files
from waifusync.workflows.driver_care import keep_registered
from waifusync.workflows.first_showing import show_first
from waifusync.workflows.local_state import (
    LocalState,
    new_device_id,
    read_local_state,
    write_local_state,
)
from waifusync.workflows.syncing.outcome import Outcome
from waifusync.workflows.syncing.relinking import make_link

_BEGUN = "begun"


@dataclass(slots=True)
class Settled:
    """What setting up came to; `is_new` is false when everything was there already."""

    companion: Companion
    is_new: bool = True
    outcome: Outcome = field(default_factory=Outcome)
    warnings: list[str] = field(default_factory=list)


def begun_identity(git: Git, name: str) -> LocalState | None:
    """The identity that an interrupted attempt had given this device; the locks that it left are removed."""
    file = git.state_directory / _BEGUN / "device.json"
    if file.exists():
        remove_left_locks(git, since=file.stat().st_mtime)
    state = read_local_state(file.parent)
    return state if state is not None and state.name == name else None


def begin(git: Git, state: LocalState) -> LocalState:
    _check_live(git.state_directory / state.live)
    # Others on this machine have no business in a mind; git's own setting for that is for doctor to look at.
    git.state_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_local_state(git.state_directory / _BEGUN, state)
    return state


def already_settled(git: Git, state: LocalState, name: str) -> Settled:
    if state.name != name:
        raise UsageError(
            f"this is {state.name} already",
            hint="a device has one name; use another folder for another device",
        )
    companion = Companion.find(git.directory)
    make_link(companion, companion.layout)
    return Settled(companion, is_new=False)


def new_state(git: Git, name: str, companion: str, live: Path | None) -> LocalState:
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


def first_commit(
    git: Git,
    state: LocalState,
    tip: str | None,
    files: dict[str, bytes],
    *,
    verb: str,
    delete: Collection[str] = (),
) -> None:
    ensure_local_rules(git)
    held = read_refs(git, HELD)[HELD]
    if held is not None:
        return
    now = wall_clock()
    commit = build_commit(
        git,
        parents=[tip] if tip else [],
        edits=FileEdits(write=files | first_files(state, created=now), delete=delete),
        message=f"{verb}: {state.name}\n",
        author=(f"{state.name} (waifusync)", "waifusync@localhost"),
        time=now // 1000,
    )
    shown = show_first(git, git.state_directory / _BEGUN / "showing", tip=tip, commit=commit)
    if not shown.moved:
        raise RefusedError(
            f"files here are in the way: {', '.join(shown.kept_back)}",
            hint="commit them or move them aside, then run the command again",
        )
    ref = f"refs/heads/{state.branch}"
    update_refs(
        git, [RefUpdate(ref, commit, tip), RefUpdate(HELD, commit, held)], message=f"waifusync: {verb}"
    )


def finish(git: Git, state: LocalState) -> Companion:
    """The database before the identity: until device.json is written, nothing is set up."""
    chosen = config.read(git.directory / config.FILE_NAME)
    path = git.state_directory / state.live
    choices = Choices(chosen.exclude, chosen.vectors, chosen.references)
    if not path.exists() or device_of(path) != state.id:
        make_database(path, state.id, choices)
    _follow_remote(git, state)
    harden(git)
    write_local_state(git.state_directory, state)
    with contextlib.suppress(CannotRegister):  # the next command that commits tries again, and says so
        keep_registered(git)
    shutil.rmtree(git.state_directory / _BEGUN, ignore_errors=True)
    companion = Companion.find(git.directory)
    make_link(companion, companion.layout)
    companion.emit(SYNC_INIT, {"device": state.name})
    return companion


def _follow_remote(git: Git, state: LocalState) -> None:
    """So that a person's plain `git pull` knows from where; what they set themselves stays."""
    setting = f"branch.{state.branch}"
    has_remote = state.remote in git.run("remote", check=False).text.split()
    if has_remote and git.run("config", f"{setting}.merge", check=False).status != 0:
        git.run("config", f"{setting}.remote", state.remote)
        git.run("config", f"{setting}.merge", f"refs/heads/{state.branch}")
