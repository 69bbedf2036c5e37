"""Arrays by way of the command line and of git."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.companions import INSTALLED, clean_environment
from tests.merging.arrays.merging_arrays import FORMS, Vectors, read, vector, write
from tests.merging.drivers.repository import Repository

A, B, C, D = vector(1), vector(2), vector(3), vector(4)


def _suffix(form: str) -> str:
    return "npz" if form in ("archive", "packed") else "npy"


def _three(folder: Path, form: str, base: Vectors, ours: Vectors, theirs: Vectors) -> list[str]:
    names = [f"{side}.{_suffix(form)}" for side in ("base", "ours", "theirs")]
    for name, vectors in zip(names, (base, ours, theirs), strict=True):
        write(folder / name, vectors, form)
    return names


@pytest.mark.parametrize("form", FORMS)
def test_merge_file_unites_by_id_and_diff_file_shows_it(repository: Repository, form: str) -> None:
    names = _three(repository.directory, form, {"a": A}, {"a": A, "b": B}, {"a": D, "c": C})
    out = f"out.{_suffix(form)}"
    told = repository.run("merge-file", *names, "-o", out)
    assert told.out == "Merged 2 vectors from theirs.\n"
    assert read(repository.directory / out, form) == {"a": D, "b": B, "c": C}
    lines = repository.run("diff-file", names[1], out, "--json").out.splitlines()
    assert [(each["key"], each["action"]) for each in map(json.loads, lines)] == [
        ("a", "change"),
        ("c", "add"),
    ]
    shown = repository.run("diff-file", out).out.splitlines()
    assert len([line for line in shown if line.startswith("rows ")]) == 3


def test_a_conflict_exits_with_one_and_is_in_the_report(repository: Repository) -> None:
    names = _three(repository.directory, "archive", {"a": A}, {"a": B}, {"a": C})
    repository.run("merge-file", *names, "-o", "out.npz", "--report", "r.json", code=1)
    report = json.loads((repository.directory / "r.json").read_text())
    [decision] = report["decisions"]
    assert decision["key"] == "a"
    assert decision["conflict"]["ours"]["vectors"]["shape"] == [4]


def test_two_models_are_refused_by_the_command_with_both_named(repository: Repository) -> None:
    """T15."""
    names = _three(repository.directory, "archive", {"a": A}, {"a": A, "b": B}, {"a": A})
    ids, matrix = np.array(["a", "c"]), np.ones((2, 4), "<f4")
    np.savez(repository.directory / "theirs.npz", ids=ids, vectors=matrix, model=np.array("other"))
    told = repository.run("merge-file", *names, "-o", "out.npz", code=3)
    assert "ours has all-minilm, theirs has other" in told.err
    assert not (repository.directory / "out.npz").exists()


def _part(repository: Repository, file: str, form: str) -> None:
    path = repository.directory / file
    write(path, {"a": A}, form)
    repository.commit("both")
    repository.git("switch", "-q", "-c", "other")
    write(path, {"a": A, "c": C}, form)
    repository.commit("theirs")
    repository.git("switch", "-q", "main")
    write(path, {"a": A, "b": B}, form)
    repository.commit("ours")


@pytest.mark.parametrize("form", ["structured", "archive", "packed"])
def test_git_merges_and_rebases_to_the_same_bytes(repository: Repository, form: str) -> None:
    """T8: a rebase calls theirs what a merge calls ours."""
    file = f"memory.{_suffix(form)}"
    _part(repository, file, form)
    repository.git("merge", "-q", "other", "-m", "both")
    merged = (repository.directory / file).read_bytes()
    assert read(repository.directory / file, form) == {"a": A, "b": B, "c": C}
    repository.git("reset", "-q", "--hard", "HEAD~1")
    repository.git("rebase", "-q", "other")
    assert (repository.directory / file).read_bytes() == merged


@pytest.mark.parametrize("form", ["ids.npy", "ids.json", "ids.txt"])
def test_git_does_not_merge_vectors_apart_from_their_ids(repository: Repository, form: str) -> None:
    """T3: each would find an order of its own, and every vector stand under another one's id."""
    _part(repository, "memory.npy", form)
    told = repository.git("merge", "other", code=1)
    assert f"the ids of memory.npy are in memory.{form}" in told.err
    assert np.load(repository.directory / "memory.npy").tolist() == [list(A), list(B)]
    assert "UU memory.npy" in repository.status()


def test_a_disk_that_is_full_leaves_ours_as_it_was_and_no_litter(repository: Repository) -> None:
    """T14, T20: the new file is written beside ours, and goes when it does not become whole."""
    many = {f"id-{number}": vector(number) for number in range(500)}
    names = _three(repository.directory, "ids.json", many, many | {"mine": B}, many | {"yours": C})
    before = {path.name: path.read_bytes() for path in repository.directory.iterdir() if path.is_file()}
    words = [str(INSTALLED), "merge-file", *names, "-o", names[1]]
    limited = ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *words]
    home = repository.world.home
    done = subprocess.run(limited, cwd=repository.directory, env=clean_environment(home), capture_output=True)
    assert done.returncode >= 2
    assert {
        path.name: path.read_bytes() for path in repository.directory.iterdir() if path.is_file()
    } == before
