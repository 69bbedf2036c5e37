"""What git keeps of what was said, once it has packed: each memory about once, however it was pushed."""

from __future__ import annotations

import re
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.bench.data import INSERT, memories
from tests.companions import Device, World, assert_same
from tests.log.making import LAPTOP, make_entries, make_lines, older_name, perform
from waifusync.core.entry import Entry
from waifusync.log.source import DictSource
from waifusync.log.writing import plan_append
from waifusync.repository.committing import FileEdits, build_commit
from waifusync.repository.git import Git
from waifusync.repository.packs import count_packs, tidy
from waifusync.values import replace

_PUSHES, _ROWS = 7, 150


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(("dimensions", "most"), [(0, 0.5), (384, 1.0)])
def test_after_gc_git_keeps_less_than_was_said(world: World, dimensions: int, most: float) -> None:
    """T14: the last of these pushes is packed with all others into one file; git keeps one of the two."""
    laptop = world.device("laptop")
    begun, said = _after_gc(laptop), 0
    for number in range(_PUSHES):
        rows = list(memories(_ROWS, seed=number, dimensions=dimensions))
        laptop.sql_many(INSERT, rows)
        laptop.run("push")
        said += sum(each.size for each in rows)
    kept = _after_gc(laptop) - begun
    print(f"{kept / said:.3f} of what was said")
    assert kept <= most * said
    assert _after_gc(laptop) - begun <= kept


def _after_gc(device: Device) -> int:
    device.git("gc", "-q", "--prune=now")
    objects = device.directory / ".git" / "objects"
    return sum(file.stat().st_size for file in objects.rglob("*") if file.is_file())


def test_tidying_leaves_small_pushes_as_references_into_what_they_became(tmp_path: Path) -> None:
    """T14: what one pack holds whole, git takes for tried: no later `git gc` would find it."""
    git = Git(tmp_path)
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path], check=True)
    lines = make_lines(_talk(1100))
    for tip in _pushed_by_twenties(git, lines):
        git.run("update-ref", "refs/heads/main", tip)
        tidy(git)
    assert count_packs(git) < 30
    git.run("gc", "-q", "--prune=now")
    whole = len(zlib.compress("\n".join(line for _, line in lines).encode()))
    listed = git.run("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectsize:disk)").text
    kept = sum(int(line.split()[1]) for line in listed.splitlines() if line.startswith("blob"))
    print(f"{kept / whole:.2f} of all in one file")
    assert kept < 1.3 * whole


def _talk(count: int) -> list[Entry]:
    spoken = memories(count, seed=1)
    texts = [{"user_input": each.user_input, "ai_response": each.ai_response} for each in spoken]
    made = make_entries(LAPTOP[-8:], count)
    return [replace(entry, fields=fields) for entry, fields in zip(made, texts, strict=True)]


def _pushed_by_twenties(git: Git, lines: list[tuple[int, str]]) -> Iterator[str]:
    source, parents = DictSource(), []
    for start in range(0, len(lines), 20):
        edits = plan_append(source, LAPTOP, lines[start : start + 20])
        perform(source, edits)
        files = FileEdits(write=edits.write, delete=edits.delete)
        parents = [build_commit(git, parents=parents, edits=files, message="x\n", author=None, time=1)]
        yield parents[0]


def test_a_log_of_older_names_is_read_gone_on_with_and_never_renamed(world: World) -> None:
    """T16: as an older waifusync left it; what is new gets names of today, and all devices hold the same."""
    laptop, jetson = world.pair()
    laptop.say("said before")
    laptop.run("push")
    older = _rename_as_before(laptop)
    assert older
    laptop.say("said after")
    world.settle(laptop, jetson, laptop)
    assert jetson.said() == laptop.said() == ["said after", "said before"]
    assert_same(laptop, jetson)
    names = set(laptop.git("ls-tree", "-r", "--name-only", "origin/main").splitlines())
    assert older <= names
    assert any(re.search(rf"-{laptop.state['id']}/.*-[0-3]{{5}}\.jsonl", name) for name in names)
    laptop.run("verify")


def _rename_as_before(device: Device) -> set[str]:
    """By somebody's plain git: new clones hold nothing but these names."""
    files = device.git("ls-files", "shared_memory/log", "shared_memory/vectors").splitlines()
    renamed = {file: older_name(file) for file in files}
    for file, name in renamed.items():
        device.git("mv", file, name)
    device.git("commit", "-q", "-m", "older names")
    return set(renamed.values())
