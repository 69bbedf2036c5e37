"""A personality is a function of the set of its changes, through lines of logs and real databases."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.learning.travelled import DEVICES, Minds, arrived, lines_of, shuffled
from waifusync.core.learning.collections import PERSONALITY
from waifusync.core.learning.personality import Act, Change, Kind, change_of
from waifusync.core.learning.personality_fold import Personality, fold_personality
from waifusync.workflows.learning.personality import personality_in, take_in_characteristic

SHARES = st.floats(0, 1)
NAMES = st.sampled_from(["curiosity", "warmth"])


@st.composite
def changes(draw: st.DrawFn, *, rollbacks: bool = True) -> list[Change]:
    """What three devices did, at times that may be equal."""
    made: list[Change] = []
    for number in range(draw(st.integers(0, 10))):
        source = draw(st.sampled_from(DEVICES))
        change = Change(f"{source}-{number}", draw(st.integers(0, 6)), source, Act.ADAPT)
        kinds = ["set", "target", "delta", "rollback"][: None if rollbacks else 3]
        match draw(st.sampled_from(kinds)):
            case "rollback":
                until = draw(st.integers(0, 6))
                change = replace(change, act=Act.ROLLBACK, until=until)
            case "delta":
                change = replace(change, name=draw(NAMES), delta=draw(st.floats(-1, 1)), rate=draw(SHARES))
            case kind:
                act = Act.SET if kind == "set" else Act.ADAPT
                emotion = draw(st.sampled_from(Kind))
                change = replace(
                    change, act=act, kind=emotion, name=draw(NAMES), target=draw(SHARES), rate=draw(SHARES)
                )
        made.append(change)
    return made


def _told(made: list[Change]) -> list[tuple[str, bytes]]:
    return lines_of(((each.source, each.key, each.to_fields()) for each in made), PERSONALITY)


def _view(lines: list[tuple[str, bytes]]) -> Personality:
    found = (change_of(key, fields) for key, fields in arrived(lines).items())
    return fold_personality(each for each in found if each)


@given(changes(), st.integers(0, 99), st.sets(st.integers(0, 9)))
def test_any_order_and_repetition_of_what_devices_told_give_one_personality(made, seed, gone) -> None:
    """T8: with records taken away, too."""
    removed = [("tttttttt", each.key, None) for place, each in enumerate(made) if place in gone]
    told = [(each.source, each.key, each.to_fields()) for each in made] + removed
    lines = lines_of(told, PERSONALITY)
    assert _view(shuffled(lines, seed)) == _view(lines)


@given(changes())
def test_what_travels_is_what_was_told(made: list[Change]) -> None:
    found = arrived(_told(made))
    assert [change_of(each.key, found[each.key]) for each in made] == made


@given(changes())
def test_every_value_stays_between_0_and_1(made: list[Change]) -> None:
    for value in fold_personality(made).values.values():
        assert all(0 <= value.shown(source) <= 1 for source in DEVICES)
        assert 0 <= value.core <= 1


@given(changes(rollbacks=False), st.integers(0, 9))
def test_a_rollback_leaves_what_was_there_at_its_point_and_another_brings_the_rest_back(made, place) -> None:
    if not made:
        return
    ordered = sorted(made, key=lambda each: each.rank)
    point = ordered[min(place, len(ordered) - 1)].at
    back = Change("r-1", 100, "r", Act.ROLLBACK, until=point)
    rolled = fold_personality([*made, back])
    assert rolled.values == fold_personality(each for each in made if each.at <= point).values
    assert {each.change.key for each in rolled.steps if each.voided_by} == {
        each.key for each in made if each.at > point
    }
    undone = Change("r-2", 101, "r", Act.ROLLBACK, until=ordered[-1].at)
    assert fold_personality([*made, back, undone]).values == fold_personality(made).values


@given(changes(rollbacks=False), NAMES, SHARES, SHARES)
def test_a_device_shows_at_once_what_it_adapted_to_and_the_others_keep_what_they_had_on_top(
    made, name, target, rate
) -> None:
    before = fold_personality(made).values
    own = Change("x-1", 50, "llllllll", Act.ADAPT, Kind.TRAIT, name, target=target, rate=rate)
    after = fold_personality([*made, own]).values[Kind.TRAIT, name]
    assert math.isclose(after.shown("llllllll"), target, abs_tol=1e-12)
    known = before.get((Kind.TRAIT, name))
    for other in DEVICES[1:]:
        assert after.leans.get(other, 0.0) == (known.leans.get(other, 0.0) if known else 0.0)
    core = known.core if known else 0.5
    assert math.isclose(after.core, core + rate * (target - core), abs_tol=1e-12)


@given(changes(rollbacks=False), NAMES, SHARES)
def test_what_a_person_sets_every_device_shows(made, name, target) -> None:
    put = Change("x-1", 50, "llllllll", Act.SET, Kind.TRAIT, name, target=target)
    value = fold_personality([*made, put]).values[Kind.TRAIT, name]
    assert {value.shown(source) for source in DEVICES} == {target}


_VALUE = {"act": "set", "at": 1, "source": "s", "kind": "trait", "name": "warmth", "rate": 0.1, "target": 0.5}
_BACK = {"act": "rollback", "at": 2, "source": "s", "until": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"act": "burn"},
        {"kind": "mood"},
        {"target": 1.5},
        {"target": None},
        {"target": {"r": "inf"}},
        {"delta": 0.1},
        {"rate": -1},
        {"at": -1},
        {"at": "1"},
        {"at": 1 << 62},
        {"name": 7},
        {"source": None},
        {"why": 3},
        {**_BACK, "until": "now"},
        {**_BACK, "until": -1},
        {**_BACK, "until": 1 << 62},
    ],
)
def test_what_another_device_wrote_wrongly_counts_as_not_said(wrong) -> None:
    assert change_of("k", _VALUE) and change_of("k", _BACK)
    assert change_of("k", {**_VALUE, **wrong}) is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pull", "learn", "again"]),
        st.integers(0, 4),
        st.integers(0, 4),
        st.integers(-10, 10),
    ),
    max_size=10,
)


@settings(max_examples=12, deadline=None)
@given(count=st.integers(2, 5), steps=STEPS)
def test_devices_that_told_each_other_everything_have_one_digest_and_one_personality(
    tmp_path_factory, count, steps
) -> None:
    """T8: what happened to one instance reaches some devices twice, and by two ways."""
    minds = Minds(tmp_path_factory.mktemp("minds"), count)
    for number, (what, which, other, amount) in enumerate(steps):
        if what == "pull":
            minds.pull(which, other)
            continue
        data = {"name": "warmth", "delta": amount / 10}
        source, as_of = ("an-instance", 7) if what == "again" else (f"device-{which}", number)
        with minds.lesson(which) as learning:
            take_in_characteristic(learning, data, source=source, as_of=as_of)
    minds.settle()
    views = []
    for device in minds.devices:
        with device.memory() as memory:
            views.append(personality_in(memory.connection))
    minds.stop()
    assert len(minds.digests()) == 1
    assert all(view == views[0] for view in views)
    told = {
        (what == "again", which, number) for number, (what, which, *_) in enumerate(steps) if what != "pull"
    }
    again = {amount for what, _, _, amount in steps if what == "again"}
    assert len(views[0].steps) == sum(1 for each in told if not each[0]) + len(again)
