"""Faults of the ground, of what the person chose, and what dead programs leave."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

from tests.companions import Device
from tests.doctor.places import aged, git_folder


def with_an_old_git(laptop: Device) -> Mapping[str, str]:
    folder = laptop.world.folder / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "git"
    program.write_text(
        '#!/bin/sh\nfor word in "$@"; do [ "$word" = version ] && echo git version 2.20.1 && exit; done\n'
        f'exec "{shutil.which("git")}" "$@"\n'
    )
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


# Ground


def give_it_to_another_user(laptop: Device) -> None:
    for path in (laptop.directory, *laptop.directory.rglob("*")):
        os.chown(path, 4321, 4321, follow_symlinks=False)


def trust_it(laptop: Device) -> None:
    laptop.world.git(
        laptop.world.folder, "config", "--global", "--add", "safe.directory", str(laptop.directory)
    )


def open_to_others(laptop: Device) -> None:
    (git_folder(laptop) / "waifusync").chmod(0o755)


def open_key(laptop: Device) -> None:
    key = git_folder(laptop) / "waifusync/keys/identity"
    key.parent.mkdir(mode=0o700)
    key.write_text("secret\n")
    key.chmod(0o640)


# Choices


def misspell(laptop: Device) -> None:
    file = laptop.directory / "waifusync.toml"
    file.write_text(f'{file.read_text()}\n[conflict]\ndefault = "latest_wins"\n')


def spell_right(laptop: Device) -> None:
    file = laptop.directory / "waifusync.toml"
    file.write_text(file.read_text().partition("\n[conflict]")[0] + "\n")
    laptop.git("checkout", "--", "waifusync.toml")


def lose_identity(laptop: Device) -> None:
    file = git_folder(laptop) / "waifusync/device.json"
    shutil.copy(file, laptop.world.folder / "device.json")
    file.write_text('{"id": ')


def put_identity_back(laptop: Device) -> None:
    shutil.copy(laptop.world.folder / "device.json", git_folder(laptop) / "waifusync/device.json")


def exclude(laptop: Device, table: str) -> None:
    file = laptop.directory / "waifusync.toml"
    file.write_text(file.read_text().replace("exclude = []", f'exclude = ["{table}"]'))


def choose_otherwise(laptop: Device) -> None:
    exclude(laptop, "drafts")


def commit_choices(laptop: Device) -> None:
    laptop.git("add", "waifusync.toml")
    laptop.git("commit", "-q", "-m", "choose", "--", "waifusync.toml")
    laptop.sync()


def remove_choices(laptop: Device) -> None:
    (laptop.directory / "waifusync.toml").unlink()


def track_the_link(laptop: Device) -> None:
    laptop.git("add", "-f", "shared_memory/memory.db")


# Leftovers


def leave_a_lock(laptop: Device) -> None:
    lock = git_folder(laptop) / "index.lock"
    lock.write_text("half an index")
    aged(lock, hours=0.1)


def leave_a_merge(laptop: Device) -> None:
    for branch, text in (("other", "theirs"), ("main", "ours")):
        laptop.git("checkout", "-q", *(("-b", branch) if branch == "other" else (branch,)))
        (laptop.directory / "notes.md").write_text(text)
        laptop.git("add", "notes.md")
        laptop.git("commit", "-q", "-m", text)
    laptop.git("merge", "-q", "other", check=False)


def end_the_merge(laptop: Device) -> None:
    (laptop.directory / "notes.md").write_text("both")
    laptop.git("add", "notes.md")
    laptop.git("merge", "--continue")


def leave_half_a_database(laptop: Device) -> None:
    file = git_folder(laptop) / "waifusync/rebuild.db"
    file.write_text("half")
    aged(file)


def leave_half_a_note(laptop: Device) -> None:
    (git_folder(laptop) / f"waifusync/.last_sync.json.{2**22 + 1}").write_text("{")
