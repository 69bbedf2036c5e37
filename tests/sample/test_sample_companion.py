"""The companion at the project's root: a copy of the project can be joined, and its logs are good."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from scripts._sample.conversations import FORGOTTEN, ROUNDS
from waifusync.log.source import DictSource
from waifusync.log.verifying import verify_logs
from waifusync.workflows.device_files import ATTRIBUTES, IGNORED

ROOT = Path(__file__).parents[2]
INSTALLED = Path(sys.executable).parent / "waifusync"
TURNS = [turn for turns in ROUNDS for said in turns.values() for turn in said if turn.user != FORGOTTEN]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with what the project's holds, joined as the device `phone`."""
    copy = tmp_path_factory.mktemp("clone") / "waifusync"
    not_committed = shutil.ignore_patterns(
        ".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "memory.db*"
    )
    shutil.copytree(ROOT, copy, ignore=not_committed)
    _git(copy, "init", "-q", "--initial-branch=main")
    _git(copy, "add", "-A")
    _git(copy, "-c", "user.name=Mika", "-c", "user.email=mika@example.org", "commit", "-qm", "the project")
    joined = subprocess.run(
        [INSTALLED, "join", "--device", "phone"], cwd=copy, capture_output=True, text=True
    )
    assert (joined.returncode, joined.stderr) == (0, "")
    return copy


def _git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout


def _rows(clone: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(clone / "shared_memory" / "memory.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_joining_finds_every_conversation(clone: Path) -> None:
    found = _rows(clone, "SELECT timestamp, conversation_id, user_input, ai_response FROM memories")
    assert sorted(found) == sorted((t.moment, t.conversation, t.user, t.answer) for t in TURNS)
    assert len(found) == 12


def test_every_fact_is_about_the_memory_it_was_learnt_from(clone: Path) -> None:
    found = _rows(clone, "SELECT user_input, fact FROM facts JOIN memories AS m ON m.id = source_memory_id")
    assert sorted(found) == sorted((turn.user, turn.fact) for turn in TURNS if turn.fact)


def test_joining_adds_one_commit_of_this_devices_own_files(clone: Path) -> None:
    assert _git(clone, "status", "--short") == ""
    added = _git(clone, "diff", "--name-status", "HEAD~1").splitlines()
    assert len(added) == 3
    assert all(line.startswith("A\t") and "phone" in line.lower() for line in added)


def test_the_logs_have_no_fault() -> None:
    folder = ROOT / "shared_memory"
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    report = verify_logs(DictSource({path: data for path, data in files.items() if "memory.db" not in path}))
    assert report.is_good, report.faults
    assert {folder.rpartition("-")[0] for folder in report.entries} == {"laptop", "jetson"}
    assert sum(report.entries.values()) > len(TURNS)


def test_the_projects_repository_keeps_the_rules_of_a_companion() -> None:
    assert set(IGNORED) <= set((ROOT / ".gitignore").read_text().splitlines())
    assert set(ATTRIBUTES) <= set((ROOT / ".gitattributes").read_text().splitlines())
