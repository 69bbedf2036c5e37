"""Clashes that are answered by themselves: one value on all devices, whoever answers, and then silence."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.simulation.device import Device
from tests.simulation.view import View
from tests.simulation.world import World
from waifusync.memory.settler import Answer, settling
from waifusync.memory.weighing import weigh_clashes

TABLE = """CREATE TABLE moods (id INTEGER PRIMARY KEY, joy REAL, note TEXT,
    level INTEGER CHECK (level IS NULL OR level <> 5))"""
FIELDS = {("moods", name) for name in ("joy", "note", "level")}
NAMES = ("aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "eeeeeeee")
NOTE = "Monday was fine. Tuesday was not. Wednesday is open."

EDITS = st.fixed_dictionaries(
    {},
    optional={
        "joy": st.sampled_from([0.0, 0.25, 0.75, 1.0]),
        "level": st.sampled_from([1, 4, 6, 9]),
        "note": st.sampled_from(
            [NOTE.replace("fine", "bad"), NOTE.replace("open", "shut"), NOTE + " More.", "Other."]
        ),
    },
)
# A failure is shown as it was found: making it smaller would take minutes.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
# Who takes in from whom, and whether it then answers what it finds.
PULLS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=12)


@contextmanager
def devices(count: int) -> Iterator[list[Device]]:
    """Level with each other, with one row to be changed."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        made = [Device(world, name) for name in NAMES[:count]]
        made[0].program.execute(TABLE)
        made[0].program.execute("INSERT INTO moods (joy, note, level) VALUES (0.5, ?, 2)", (NOTE,))
        made[0].collect()
        for each in made[1:]:
            pull(each, made[0])
        yield made
        for each in made:
            each.stop()


def change(device: Device, edit: dict[str, object]) -> None:
    with device.transaction():
        for name, value in edit.items():
            device.program.execute(f"UPDATE moods SET {name} = ?", (value,))
    device.collect()


def pull(device: Device, other: Device, *, weigh: bool = False) -> int:
    device.store.take_from(other.store)
    device.apply()
    return answer(device) if weigh else 0


def answer(device: Device) -> int:
    device.now += 1
    with device.memory() as memory:
        count = weigh_clashes(memory, device.sources, lambda *each: each in FIELDS)
    device.collect()
    return count


def settle(made: list[Device]) -> None:
    """Until nobody has anything to say; a ping-pong never ends."""
    for _ in range(6):
        said = sum(pull(each, other, weigh=True) for each in made for other in made if other is not each)
        if not said:
            return
    raise AssertionError("answers go on calling for answers")


def shown(made: list[Device]) -> tuple[object, ...]:
    """What all of them show, which must be the same; and every one of them is true to its log."""
    found = []
    for each in made:
        view = View(each)
        view.check_itself()
        with each.memory() as memory:
            found.append((memory.digest(), each.query("SELECT joy, note, level FROM moods"), view.clashes))
    assert all(each == found[0] for each in found)
    assert found[0][2] == set(), "every clash was answered"
    return tuple(found[0][1])


@settings(max_examples=12, phases=QUICK)
@given(st.integers(2, 5).flatmap(lambda count: st.lists(EDITS, min_size=count, max_size=count)), PULLS)
def test_whoever_answers_when_the_value_is_that_of_all_edits_together(edits, pulls):
    """T8"""
    results = []
    for schedule in ([], pulls):
        with devices(len(edits)) as made:
            for device, edit in zip(made, edits, strict=True):
                change(device, edit)
            for here, there, weighs in schedule:
                pull(made[here % len(made)], made[there % len(made)], weigh=weighs)
            for other in made[1:]:
                pull(made[0], other)
            answer(made[0])
            settle(made)
            results.append(shown(made))
    assert results[0] == results[1]


@settings(max_examples=12, phases=QUICK)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans(), EDITS), max_size=14))
def test_edits_between_the_answers_converge_and_then_nobody_says_anything(steps):
    """T8"""
    with devices(3) as made:
        for here, there, weighs, edit in steps:
            change(made[here], edit)
            pull(made[here], made[there], weigh=weighs)
        settle(made)
        shown(made)
        lines = [sum(map(len, each.store.logs.values())) for each in made]
        assert [answer(each) for each in made] == [0] * len(made)
        assert [sum(map(len, each.store.logs.values())) for each in made] == lines
        made[0].rebuild()
        shown(made)


def test_two_that_answer_at_the_same_moment_say_the_same(tmp_path):
    with devices(2) as made:
        change(made[0], {"joy": 1.0, "note": NOTE.replace("fine", "bad")})
        change(made[1], {"joy": 0.0, "note": NOTE.replace("open", "shut")})
        pull(made[0], made[1])
        pull(made[1], made[0])
        assert [answer(each) for each in made] == [2, 2]
        settle(made)
        note = NOTE.replace("fine", "bad").replace("open", "shut")
        assert shown(made) == ((0.5, note, 2),)


def test_a_mean_that_the_table_refuses_is_the_latest_value_and_no_row_is_set_aside():
    with devices(2) as made:
        change(made[0], {"level": 4, "joy": 1.0})
        change(made[1], {"level": 6, "joy": 0.0})
        settle(made)
        ((joy, _, level),) = shown(made)
        assert (joy, level) == (0.5, 6)


def test_merges_of_other_sides_are_brought_together_though_they_say_the_same():
    """T8: 9 and 6 are 8, and 9 and the other 6 are 8, and all three are 7."""
    with devices(3) as made:
        for device, level in zip(made, (9, 6, 6), strict=True):
            change(device, {"level": level})
        pull(made[1], made[0], weigh=True)
        pull(made[0], made[2], weigh=True)
        settle(made)
        assert shown(made)[0][2] == 7


def test_an_answer_settles_the_sides_it_has_seen_and_a_third_stays_in_dispute():
    with devices(3) as made:
        for number, device in enumerate(made):
            change(device, {"joy": number / 8})
        for other in made[1:]:
            pull(made[0], other)
        with made[0].memory() as memory, _settling(made[0], memory) as settler:
            record = settler.records.by_key(_key(made[0]))
            first, second, third = settler.heads(record, "joy")
            seen = settler.seen_by(record, "joy", (first, second))
            settler.edit(record, {"joy": Answer(0.9, made[0].id)}, seen)
        clashes = View(made[0]).clashes
        assert [(each[4], each[5]) for each in clashes] == [(third.device, third.number)]
        assert made[0].query("SELECT joy FROM moods") == [(0.9,)]


def test_a_merge_that_another_version_computed_otherwise_is_not_merged_again():
    """T8"""
    with devices(2) as made:
        change(made[0], {"joy": 0.25})
        change(made[1], {"joy": 0.75})
        pull(made[0], made[1])
        pull(made[1], made[0])
        with made[1].memory() as memory, _settling(made[1], memory) as settler:
            record = settler.records.by_key(_key(made[1]))
            sides = settler.heads(record, "joy")
            settler.note_merge({"joy": [(each.device, each.number) for each in sides]})
            settler.edit(record, {"joy": Answer(0.3, made[1].id)}, settler.touches_of(record))
        made[1].collect()
        assert answer(made[0]) == 1
        pull(made[0], made[1])
        pull(made[1], made[0])
        assert [answer(each) for each in made] == [0, 0]
        joys = [each.query("SELECT joy FROM moods") for each in made]
        assert joys[0] == joys[1] and len(View(made[0]).clashes) == 1


@contextmanager
def _settling(device, memory):
    clock = memory.wall_clock
    with (
        memory.telling() as catalog,
        settling(memory.ledger, catalog, device.sources, wall_clock=clock) as it,
    ):
        yield it


def _key(device):
    ((key,),) = device.query(
        "SELECT r.key FROM waifusync_records AS r JOIN waifusync_tables AS t"
        " ON t.id = r.tbl WHERE t.name = 'moods'"
    )
    return key


@pytest.mark.parametrize("count", [2, 3])
def test_a_deleted_row_stays_deleted_whoever_edited_it(count):
    """T4"""
    with devices(count) as made:
        change(made[0], {"joy": 1.0})
        change(made[1], {"joy": 0.0})
        with made[-1].transaction():
            made[-1].program.execute("DELETE FROM moods")
        made[-1].collect()
        for _ in range(2):
            for each in made:
                for other in made:
                    pull(each, other, weigh=True)
        assert [each.query("SELECT * FROM moods") for each in made] == [[]] * count
