"""Faults in git's own store, in what it was told, and in the remote."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.companions import Device
from tests.doctor.places import git_folder, jetson


def _object(laptop: Device) -> Path:
    """A loose object of a pushed commit of the person's."""
    (laptop.directory / "notes.md").write_text("Water the fern.\n")
    laptop.git("add", "notes.md")
    laptop.git("commit", "-q", "-m", "notes")
    laptop.git("push", "-q", "origin", "HEAD:main")
    sha = laptop.git("rev-parse", "HEAD:notes.md")
    return git_folder(laptop) / "objects" / sha[:2] / sha[2:]


def empty_an_object(laptop: Device) -> None:
    file = _object(laptop)
    file.chmod(0o644)
    file.write_bytes(b"")


def lose_an_object(laptop: Device) -> None:
    _object(laptop).unlink()


def fetch_again(laptop: Device) -> None:
    laptop.git("fetch", "-q", "--refetch", "origin")


def empty_ref(name: str) -> Callable[[Device], None]:
    def plant(laptop: Device) -> None:
        laptop.git("pack-refs", "--all")
        laptop.say("since git packed its refs")
        laptop.sync()
        (git_folder(laptop) / name).write_text("")

    return plant


def lose_all_packs(laptop: Device) -> None:
    (git_folder(laptop) / "objects/pack").rename(laptop.world.folder / "lost packs")
    (git_folder(laptop) / "objects/pack").mkdir()


def bring_packs(laptop: Device) -> None:
    packs = git_folder(laptop) / "objects/pack"
    for file in (jetson(laptop).directory / ".git/objects/pack").iterdir():
        shutil.copy(file, packs)


# What git was told


def forget_drivers(laptop: Device) -> None:
    laptop.git("config", "--remove-section", "merge.waifusync-sqlite")


def lose_a_hook(laptop: Device) -> None:
    laptop.run("hooks", "install")
    (git_folder(laptop) / "hooks/post-commit").unlink()


def forget_attributes(laptop: Device) -> None:
    file = git_folder(laptop) / "info/attributes"
    file.write_text(file.read_text().partition("# waifusync: begin")[0])


def forget_excludes(laptop: Device) -> None:
    file = git_folder(laptop) / "info/exclude"
    file.write_text(file.read_text().partition("# waifusync: begin")[0])


# Storage


def keep_many_loose(laptop: Device) -> None:
    folder = laptop.directory / "notes"
    folder.mkdir()
    for number in range(1001):
        (folder / f"{number}.md").write_text(f"note {number}\n")
    laptop.git("add", "notes")
    laptop.git("commit", "-q", "-m", "many notes")


def choose(*words: str) -> Callable[[Device], None]:
    def run(laptop: Device) -> None:
        laptop.run("retention", "set", *words)

    return run


def grow(laptop: Device) -> None:
    with (git_folder(laptop) / "objects/pack/large").open("wb") as file:
        file.truncate(1_000_000_000)


def shrink(laptop: Device) -> None:
    (git_folder(laptop) / "objects/pack/large").unlink()


def commit_a_large_file(laptop: Device) -> None:
    with (laptop.directory / "film.bin").open("wb") as file:
        file.truncate(101_000_000)
    laptop.git("-c", "core.compression=0", "-c", "core.bigFileThreshold=1m", "add", "film.bin")
    laptop.git("commit", "-q", "-m", "a film")


def take_the_large_file_out(laptop: Device) -> None:
    laptop.git("rm", "-q", "--cached", "film.bin")
    laptop.git("commit", "-q", "-m", "no film")


# Remotes


def git(*words: str) -> Callable[[Device], None]:
    def run(laptop: Device) -> None:
        laptop.git(*(word.replace("REMOTE", str(laptop.world.remote)) for word in words))

    return run


def remove_remote(laptop: Device) -> None:
    laptop.world.remote.rename(laptop.world.folder / "away.git")


def bring_remote_back(laptop: Device) -> None:
    (laptop.world.folder / "away.git").rename(laptop.world.remote)


def cut_history_off(laptop: Device) -> None:
    laptop.git("fetch", "-q", "--depth=1", f"file://{laptop.world.remote}", "main")
