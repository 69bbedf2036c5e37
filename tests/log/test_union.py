"""Uniting trees is a set operation on what they hold: any order, any grouping, any repetition."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.log.making import JETSON, LAPTOP, a_log, make_entries, make_lines, older_name, push, push_vectors
from waifusync.log.reading import LogFault, read_all
from waifusync.log.source import DictSource, log_path
from waifusync.log.union import unite

LINES = {folder: make_lines(make_entries(folder[-8:], 60, size=1)) for folder in (LAPTOP, JETSON)}
VECTORS = [bytes([n]) * 16 for n in range(60)]


@st.composite
def grown(draw: st.DrawFn) -> list[DictSource]:
    """One companion's tree at several times, each device having pushed more; some are older checkouts."""
    source, trees = DictSource(), []
    upto = {LAPTOP: 0, JETSON: 0}
    for _ in range(draw(st.integers(1, 6))):
        folder = draw(st.sampled_from([LAPTOP, JETSON]))
        size = draw(st.integers(0, 20))
        start = upto[folder]
        upto[folder] = min(60, start + size)
        push(source, folder, LINES[folder][start : upto[folder]], [1] * draw(st.integers(0, size)))
        is_older = draw(st.booleans())
        trees.append(
            DictSource({older_name(path) if is_older else path: data for path, data in source.files.items()})
        )
    return trees


@settings(deadline=None)
@given(grown(), st.data())
def test_order_grouping_and_repetition_do_not_matter(trees: list[DictSource], data: st.DataObject) -> None:
    """T8"""
    held, *others = [tree.paths() for tree in trees]
    whole = unite(held, *others)
    assert unite(held, *data.draw(st.permutations(others)), held).paths == whole.paths
    step = held
    for other in others:
        step = unite(step, other).paths
    assert step == whole.paths
    assert unite(whole.paths, whole.paths).paths == whole.paths
    first = others[0] if others else held
    assert unite(first, held).paths == unite(held, first).paths


@settings(deadline=None)
@given(grown(), st.integers(0, 5))
def test_nothing_that_any_tree_holds_is_lost(trees: list[DictSource], which: int) -> None:
    """T6: an old checkout committed over a newer one."""
    stale, newest = trees[which % len(trees)], trees[-1]
    united = unite(newest.paths(), stale.paths())
    assert set(map(older_name, united.paths)) == set(map(older_name, unite(newest.paths()).paths))
    files = {path: (newest.files.get(path) or stale.files[path]) for path in united.paths}
    faults: list[LogFault] = []
    held = {line.raw for line in read_all(DictSource(files), faults=faults)}
    assert held == {line.raw for line in read_all(newest, faults=faults)}
    assert not faults
    assert not united.broken
    assert not united.altered
    lost = len(held) - len(list(read_all(stale, faults=faults)))
    assert sum(united.restored.values()) == lost


def test_an_emptied_branch_gets_everything_back_and_it_is_said() -> None:
    """T6"""
    held = a_log(30, [10])
    push_vectors(held, LAPTOP, "bge-4", VECTORS[:5], [2])
    united = unite(held.paths(), {})
    assert united.paths == held.paths()
    assert (united.restored, united.restored_vectors) == ({LAPTOP: 30}, {LAPTOP: 5})


def test_the_held_content_of_a_path_stays_and_the_other_is_named() -> None:
    path = log_path(LAPTOP, 1, 5)
    for others in ([{path: "b"}], [{path: "b"}, {path: "a"}], [{path: "b"}, {path: "0"}]):
        united = unite({path: "a"}, *others)
        assert (united.paths, united.altered) == ({path: "a"}, (path,))
    assert (
        unite({}, {path: "b"}, {path: "a"}).paths == unite({}, {path: "a"}, {path: "b"}).paths == {path: "a"}
    )
    assert unite({}, {path: "b"}, {path: "a"}).altered == (path,)


def test_of_two_names_of_one_file_the_older_stays_and_the_held_content() -> None:
    """T25: who writes a file again under its other name changes nothing of it."""
    path = log_path(LAPTOP, 1, 5)
    older = older_name(path)
    for one, other in ((path, older), (older, path)):
        assert unite({one: "x"}, {other: "x"}).paths == {older: "x"}
        assert unite({one: "x"}, {other: "x"}).altered == ()
        united = unite({one: "x"}, {other: "a"})
        assert (united.paths, united.altered, united.restored) == ({older: "x"}, (other,), {})


def test_where_numbers_are_missing_every_file_stays() -> None:
    paths = {log_path(LAPTOP, first, last): "x" for first, last in ((1, 5), (2, 3), (9, 12), (10, 11))}
    other = {log_path(JETSON, 1, 5): "x", log_path(JETSON, 2, 3): "x"}
    united = unite(paths, other)
    assert united.broken == (LAPTOP,)
    assert united.paths == paths | {log_path(JETSON, 1, 5): "x"}
    assert united.restored == {LAPTOP: 9}


def test_files_of_another_layout_are_carried() -> None:
    """T16"""
    odd = {"shared_memory/log/README": "x", "shared_memory/vectors/new/thing.bin": "y"}
    assert unite(odd, {}).paths == odd
    assert unite({}, odd).paths == odd
