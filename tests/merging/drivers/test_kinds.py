"""git calls one driver for each kind of file, and each finds its way to the merge of that kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest

from tests.merging.drivers.repository import Repository

SESSION = "shared_memory/context_tokens/laptop_session_001.json"


def write_vectors(file: Path, *ids: str) -> None:
    vectors = numpy.ones((len(ids), 3), dtype="float32")
    numpy.savez(file, ids=numpy.array(ids), vectors=vectors, model=numpy.array("nomic"))


def ids_of(file: Path) -> set[str]:
    return set(numpy.load(file)["ids"].tolist())


def write_session(file: Path, *texts: str) -> None:
    messages = [{"role": "user", "content": text} for text in texts]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"session_id": "s", "messages": messages}))


def texts_of(file: Path) -> set[str]:
    return {message["content"] for message in json.loads(file.read_text())["messages"]}


KINDS = pytest.mark.parametrize(
    ("name", "write", "read"),
    [("memory.npz", write_vectors, ids_of), (SESSION, write_session, texts_of)],
    ids=["vectors", "session"],
)


@KINDS
def test_both_sides_are_united_whatever_the_kind(
    repository: Repository, name: str, write: Callable[..., None], read: Callable[[Path], set[str]]
) -> None:
    """T1"""
    file = part(repository, name, write)
    repository.git("merge", "-q", "other", "-m", "both")
    assert read(file) == {"a", "b", "mine", "yours"}
    repository.run("drivers", "check")


@KINDS
def test_what_is_of_no_such_kind_after_all_is_a_conflict_with_ours_untouched(
    repository: Repository, name: str, write: Callable[..., None], read: Callable[[Path], set[str]]
) -> None:
    """T25"""
    file = part(repository, name, write)
    repository.git("switch", "-q", "other")
    file.write_bytes(b"{ \0 no such thing")
    repository.commit("broken")
    repository.git("switch", "-q", "main")
    told = repository.git("merge", "other", code=1)
    assert "error: " in told.err
    assert read(file) == {"a", "b", "mine"}
    assert repository.status() == f"UU {name}\n"


def test_vectors_that_a_merge_dropped_are_brought_back(repository: Repository) -> None:
    """T1"""
    file = part(repository, "memory.npz", write_vectors)
    repository.run("drivers", "uninstall")
    repository.git("merge", "-q", "other", code=1)
    commit = repository.commit("merged, it seems")
    assert ids_of(file) == {"a", "b", "mine"}
    repository.run("drivers", "check", code=1)
    repository.run("drivers", "recover", commit)
    assert ids_of(file) == {"a", "b", "mine", "yours"}
    assert repository.run("drivers", "recover", commit).out == "Nothing was missing.\n"


def part(repository: Repository, name: str, write: Callable[..., None]) -> Path:
    """Two branches that each added one to what both had."""
    file = repository.directory / name
    write(file, "a", "b")
    repository.commit("both")
    repository.git("switch", "-q", "-c", "other")
    write(file, "a", "b", "yours")
    repository.commit("theirs")
    repository.git("switch", "-q", "main")
    write(file, "a", "b", "mine")
    repository.commit("ours")
    return file
