"""What somebody does with git and with files who thinks of nothing; none of it looks whether it worked."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from random import Random

from tests.simulation.real_git.device import Device

_LOGS = "shared_memory/log"
_SNAPSHOT = "shared_memory/memory.db"


def _commit(device: Device, message: str = "by hand") -> None:
    device.try_git("commit", "-q", "-a", "-m", message)


def _some_commit(device: Device, chance: Random, *, of: str = "--all") -> str:
    """Any that can be reached from a branch, or from HEAD."""
    found = device.try_git("rev-list", "--max-count=30", of).split()
    return chance.choice(found) if found else "HEAD"


def _old(device: Device, chance: Random) -> str:
    return _some_commit(device, chance, of="HEAD")


def commit_all(device: Device, chance: Random) -> None:
    """Sometimes even what is ignored: the link to the database."""
    device.try_git("add", "--all", *(["--force"] if chance.random() < 0.3 else []), ".")
    _commit(device)


def jot(device: Device, chance: Random) -> None:
    """A file of the person's own, which may clash with what others wrote in it."""
    (device.directory / "notes.md").write_text(f"{chance.random()}\n")
    device.try_git("add", "notes.md")
    if chance.random() < 0.8:
        _commit(device, "notes")


def pull(device: Device, chance: Random) -> None:
    how = chance.choice(
        (("--no-rebase", "--no-edit"), ("--rebase",), ("--ff-only",), ("--rebase", "--autostash"))
    )
    device.try_git("pull", "-q", *how)
    if chance.random() < 0.5:
        give_up(device, chance)


def merge(device: Device, chance: Random) -> None:
    device.try_git("fetch", "-q", "origin")
    how = chance.choice(
        (("-X", "ours"), ("-X", "theirs"), ("-s", "ours"), ("--no-commit",), ("--squash",), ())
    )
    device.try_git("merge", "-q", "--no-edit", *how, "origin/main")
    if chance.random() < 0.3:
        give_up(device, chance)


def rebase(device: Device, chance: Random) -> None:
    device.try_git("fetch", "-q", "origin")
    device.try_git("rebase", "-q", *chance.choice(((), ("-X", "ours"), ("-X", "theirs"))), "origin/main")
    if chance.random() < 0.5:
        give_up(device, chance)


def give_up(device: Device, chance: Random) -> None:
    """Whatever is half-way."""
    for verb in ("merge", "rebase", "cherry-pick", "revert"):
        device.try_git(verb, "--abort")


def stash(device: Device, chance: Random) -> None:
    device.try_git("stash", "-q", *chance.choice(((), ("--include-untracked",), ("--all",))))
    if chance.random() < 0.5:
        device.try_git("stash", "pop", "-q")


def old_files(device: Device, chance: Random) -> None:
    device.try_git(
        "checkout", "-q", _some_commit(device, chance), "--", chance.choice((".", "shared_memory"))
    )
    if chance.random() < 0.5:
        _commit(device, "yesterday")


def old_commit(device: Device, chance: Random) -> None:
    device.try_git("checkout", "-q", *chance.choice(((), ("--force",))), _some_commit(device, chance))


def back_to_main(device: Device, chance: Random) -> None:
    device.try_git("checkout", "-q", *chance.choice(((), ("--force",), ("-B",))), "main")


def reset_hard(device: Device, chance: Random) -> None:
    device.try_git(
        "reset", "-q", chance.choice(("--hard", "--soft", "--mixed")), _some_commit(device, chance)
    )


def clean(device: Device, chance: Random) -> None:
    device.try_git("clean", "-fdxq")


def collect_garbage(device: Device, chance: Random) -> None:
    if chance.random() < 0.5:
        device.try_git("reflog", "expire", "--expire=now", "--all")
    device.try_git("gc", "-q", "--prune=now")


def delete_branch(device: Device, chance: Random) -> None:
    device.try_git("checkout", "-q", "-B", "other")
    device.try_git("branch", "-q", "-D", "main")
    if chance.random() < 0.5:
        device.try_git("checkout", "-q", "-b", "main", _old(device, chance))


def push(device: Device, chance: Random) -> None:
    device.try_git(
        "push", "-q", *chance.choice(((), ("--force",), ("--force",))), "origin", "HEAD:refs/heads/main"
    )


def push_old(device: Device, chance: Random) -> None:
    """The remote goes back in time."""
    device.try_git("push", "-q", "--force", "origin", f"{_old(device, chance)}:refs/heads/main")


def cherry_pick(device: Device, chance: Random) -> None:
    device.try_git("cherry-pick", _some_commit(device, chance))
    if chance.random() < 0.7:
        give_up(device, chance)


def revert(device: Device, chance: Random) -> None:
    device.try_git("revert", "--no-edit", _old(device, chance))
    if chance.random() < 0.7:
        give_up(device, chance)


def amend(device: Device, chance: Random) -> None:
    device.try_git("commit", "-q", "--amend", "-m", "in other words", *chance.choice(((), ("--all",))))


def delete_log(device: Device, chance: Random) -> None:
    folders = sorted((device.directory / _LOGS).glob("*"))
    targets = [device.directory / "shared_memory", device.directory / _LOGS, *folders, *_snapshots(device)]
    target = chance.choice(targets)
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    if chance.random() < 0.6:
        _commit(device, "tidy up")


def rewrite_log(device: Device, chance: Random) -> None:
    """Conflict markers, or nothing at all, where a log or a snapshot was."""
    files = [*sorted((device.directory / _LOGS).rglob("*.jsonl")), *_snapshots(device)]
    if files:
        chance.choice(files).write_text(chance.choice(("", "<<<<<<< HEAD\n=======\n>>>>>>> theirs\n")))
    if chance.random() < 0.6:
        _commit(device, "mended")


def edit_snapshot(device: Device, chance: Random) -> None:
    """Rows typed into the file that git keeps, which is not where programs write."""
    for snapshot in _snapshots(device):
        value = device.world.new_value()
        device.world.told.issued[value] = "memories", "user_input"
        with suppress(sqlite3.Error), closing(sqlite3.connect(snapshot)) as program, program:
            program.execute(*chance.choice(_typed(value)))
    if chance.random() < 0.5:
        _commit(device, "typed")


def _typed(value: str) -> tuple[tuple[str, tuple[str]], ...]:
    return (
        ("INSERT INTO memories (user_input) VALUES (?)", (value,)),
        ("UPDATE memories SET user_input = ? WHERE id = (SELECT max(id) FROM memories)", (value,)),
    )


def _snapshots(device: Device) -> list[Path]:
    """The one of the layout `database`; in the other the name is a link to the live database."""
    path = device.directory / _SNAPSHOT
    return [path] if path.is_file() and not path.is_symlink() else []


CARELESS: dict[str, tuple[int, Callable[[Device, Random], None]]] = {
    "commit_all": (5, commit_all),
    "jot": (5, jot),
    "pull": (7, pull),
    "merge": (6, merge),
    "rebase": (4, rebase),
    "give_up": (3, give_up),
    "stash": (4, stash),
    "old_files": (5, old_files),
    "old_commit": (3, old_commit),
    "back_to_main": (4, back_to_main),
    "reset_hard": (6, reset_hard),
    "clean": (4, clean),
    "collect_garbage": (2, collect_garbage),
    "delete_branch": (2, delete_branch),
    "push": (6, push),
    "push_old": (2, push_old),
    "cherry_pick": (3, cherry_pick),
    "revert": (3, revert),
    "amend": (4, amend),
    "delete_log": (4, delete_log),
    "rewrite_log": (2, rewrite_log),
    "edit_snapshot": (3, edit_snapshot),
}
