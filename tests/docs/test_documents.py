"""Every command and every example in the documents, run as they are written."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.docs.documents import Command, Reader, commands_of, is_shown

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITH_EXAMPLES = [path for path in DOCUMENTS if commands_of(path.read_text("utf-8"))]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=_name)
def test_a_person_who_follows_the_document_sees_what_it_shows(path: Path, tmp_path: Path) -> None:
    reader = Reader(tmp_path.resolve())
    for command in commands_of(path.read_text("utf-8")):
        reader.follow(command)


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_every_link_leads_somewhere(path: Path) -> None:
    """To what git has: a file that lies here alone is nowhere for who clones."""
    known = _in_git()
    text = path.read_text("utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)|(?:src|href)=\"([^\"#]+)", text)
    missing = [
        target
        for target in (markdown or html for markdown, html in targets)
        if "://" not in target and (path.parent / target).resolve() not in known
    ]
    assert missing == []


@cache
def _in_git() -> frozenset[Path]:
    """Every file that git has, and the folders of those."""
    listed = subprocess.run(("git", "ls-files", "-z"), cwd=ROOT, capture_output=True, text=True, check=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return frozenset(files).union(*(file.parents for file in files))


def test_an_example_that_does_not_hold_is_found(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for false in (["two"], ["one", "two"], ["error: no"]):
        with pytest.raises(AssertionError):
            reader.follow(Command("echo one", false))
    with pytest.raises(AssertionError):
        reader.follow(Command("false"))
    reader.follow(Command("echo one", ["o…"]))
    reader.follow(Command("echo error: no; false", ["error: no"]))


def test_dots_stand_for_anything() -> None:
    assert is_shown("a … c", "a b c")
    assert is_shown("a\n…\nc", "a\nb\nb\nc")
    assert not is_shown("a\n…\nc", "a\nb")
    assert not is_shown("a", "ab")
