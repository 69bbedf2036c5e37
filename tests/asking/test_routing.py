"""The routing decision: pure, with reasons, and nobody forgotten."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.routing import STRONG, WEAK, Facts, Wish, is_same_model, route

LAPTOP = Facts("laptop", role=STRONG, models=("llama3:8b",), model="llama3:8b")
JETSON = Facts("jetson", role=WEAK, models=("phi3:mini",), model="phi3:mini")
EASY, HARD = Wish(0.1, 0.3), Wish(0.3, 0.3)

_FACTS = st.builds(
    Facts,
    device=st.sampled_from("abcdef"),
    barred=st.sampled_from(["", "", "no endpoint"]),
    role=st.sampled_from(["", STRONG, WEAK]),
    memory=st.integers(0, 3),
    models=st.sampled_from([(), ("m:latest",), ("n",)]),
    model=st.sampled_from(["", "m", "n"]),
    first_seconds=st.sampled_from([None, 0.1, 100.0]),
    tokens_per_second=st.sampled_from([None, 1.0, 50.0]),
    failed_lately=st.sampled_from(["", "out of memory"]),
    battery=st.sampled_from([None, 0.1, 0.9]),
    is_charging=st.booleans(),
    power_mode=st.sampled_from(["", "15W"]),
)
_WISHES = st.builds(Wish, score=st.floats(0, 1), threshold=st.floats(0, 1), model=st.sampled_from(["", "m"]))


def order(wish: Wish, *known: Facts) -> list[str]:
    return [choice.device for choice in route(wish, known).order]


def test_the_strong_one_answers_at_the_threshold_and_the_weak_one_below() -> None:
    assert order(HARD, JETSON, LAPTOP) == ["laptop", "jetson"]
    assert order(EASY, JETSON, LAPTOP) == ["jetson", "laptop"]


def test_without_a_declared_role_memory_decides_and_then_speed() -> None:
    plain = Facts("board", memory=8), Facts("tower", memory=24)
    assert order(HARD, *plain) == ["tower", "board"]
    assert order(HARD, Facts("a", tokens_per_second=5.0), Facts("b", tokens_per_second=50.0)) == ["b", "a"]


def test_trouble_puts_a_device_behind_and_is_said() -> None:
    for trouble in (
        {"failed_lately": "out of memory"},
        {"battery": 0.1},
        {"first_seconds": 100.0},
        {"models": ("other",)},
    ):
        found = route(HARD, [LAPTOP._replace(**trouble), JETSON])
        assert [choice.device for choice in found.order] == ["jetson", "laptop"], trouble
        assert len(found.order[1].reasons) > len(route(HARD, [LAPTOP]).order[0].reasons)
    assert order(HARD, LAPTOP._replace(battery=0.1, is_charging=True), JETSON)[0] == "laptop"


def test_a_device_asked_for_by_name_is_the_only_one() -> None:
    found = route(HARD._replace(device="jetson"), [LAPTOP, JETSON])
    assert [choice.device for choice in found.order] == ["jetson"]
    assert found.left_out == (("laptop", "jetson was asked for"),)


def test_a_model_asked_for_is_the_one_for_every_device() -> None:
    found = route(EASY._replace(model="llama3:8b"), [LAPTOP, JETSON])
    assert [choice.model for choice in found.order] == ["llama3:8b", "llama3:8b"]
    assert found.order[0].device == "laptop"  # the weak one does not list it


@given(st.lists(_FACTS, unique_by=lambda each: each.device), _WISHES, st.randoms())
def test_every_device_is_told_of_once_and_the_order_given_changes_nothing(
    known: list[Facts], wish: Wish, chance: random.Random
) -> None:
    found = route(wish, known)
    told = [choice.device for choice in found.order] + [device for device, _ in found.left_out]
    assert sorted(told) == sorted(each.device for each in known)
    assert all(choice.reasons for choice in found.order)
    assert all(reason for _, reason in found.left_out)
    chance.shuffle(known)
    assert route(wish, known) == found


@given(st.lists(_FACTS, unique_by=lambda each: each.device), _WISHES)
def test_a_device_in_trouble_is_never_asked_before_one_that_is_well(known: list[Facts], wish: Wish) -> None:
    in_trouble = [
        bool(route(wish, [each]).order[0].reasons[1:]) for each in _in_order(known, wish) if not each.barred
    ]
    assert in_trouble == sorted(in_trouble)


def _in_order(known: list[Facts], wish: Wish) -> list[Facts]:
    """Without their speeds and power modes, which are told as reasons too."""
    by_name = {each.device: each._replace(tokens_per_second=None, power_mode="") for each in known}
    return [by_name[choice.device] for choice in route(wish, by_name.values()).order]


def test_a_model_without_a_tag_is_the_latest() -> None:
    assert is_same_model("phi3", "phi3:latest")
    assert not is_same_model("phi3:mini", "phi3")
    assert is_same_model("hub.example:5000/phi3", "hub.example:5000/phi3:latest")
