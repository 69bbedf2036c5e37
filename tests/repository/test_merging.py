"""The three-way merge of the person's own files."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from waifusync.repository.git import Git
from waifusync.repository.merging import BothChanged, merge_paths, merge_texts
from waifusync.repository.objects import Change

PATHS = st.sampled_from(["a", "b", "c/d", "c/e"])
TREES = st.dictionaries(PATHS, st.sampled_from(["1", "2", "3"]))


def changes(old: dict[str, str], new: dict[str, str]) -> list[Change]:
    paths = sorted({*old, *new})
    return [
        Change(path, mode(old, path), mode(new, path), old.get(path), new.get(path))
        for path in paths
        if old.get(path) != new.get(path)
    ]


def mode(tree: dict[str, str], path: str) -> str:
    return "100644" if path in tree else "000000"


@given(base=TREES, ours=TREES, theirs=TREES)
@settings(deadline=None)
def test_every_path_is_decided_as_the_table_says(
    base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]
) -> None:
    plan = merge_paths(changes(base, ours), changes(base, theirs), ours)
    both = {clash.path for clash in plan.both_changed}
    for path in {*base, *ours, *theirs}:
        o, a, b = base.get(path), ours.get(path), theirs.get(path)
        assert (path in both) == (a != o and b != o and a != b)
        assert (path in plan.take_theirs) == (a == o and b != o and b is not None)
        assert (path in plan.delete) == (a == o and b != o and b is None)


def test_a_new_file_that_cannot_stand_there_is_left_to_a_person() -> None:
    """T29: a file below a file, a file for a folder, a name that differs by case only."""
    ours = {"notes": "1", "folder/x": "1", "Readme": "1"}
    theirs = {"notes/a": "2", "folder": "2", "README": "2", "fine": "2"}
    plan = merge_paths(changes({}, ours), changes({}, theirs), ours)
    assert set(plan.take_theirs) == {"fine"}
    assert BothChanged("README", None, None, ("100644", "2")) in plan.both_changed
    assert len(plan.both_changed) == 3


def test_what_they_moved_into_a_folder_is_taken() -> None:
    base = {"notes": "1"}
    plan = merge_paths([], changes(base, {"notes/a": "2"}), base)
    assert (dict(plan.take_theirs), plan.delete) == ({"notes/a": ("100644", "2")}, ("notes",))


def test_texts_merge_clash_and_survive_conflict_markers(git: Git) -> None:
    """T5: a memory whose text holds conflict markers."""

    def blob(content: bytes) -> str:
        return git.run("hash-object", "-w", "--stdin", stdin=content).text.strip()

    base = blob(b"<<<<<<< a\n2\n3\n4\n5\n")
    ours, theirs = blob(b"<<<<<<< a\nours\n3\n4\n5\n"), blob(b"<<<<<<< a\n2\n3\n4\ntheirs\n")
    assert merge_texts(git, base, ours, theirs) == b"<<<<<<< a\nours\n3\n4\ntheirs\n"
    assert merge_texts(git, base, ours, blob(b"<<<<<<< a\nother\n3\n4\n5\n")) is None
    assert merge_texts(git, None, ours, theirs) is None
    assert merge_texts(git, base, blob(b"\0\1"), theirs) is None
