"""A copy of what was made once is as good as what is made anew, and nobody meets another's copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.companions import GIT_CONFIG, World, assert_same


@pytest.fixture(scope="module")
def seen() -> dict[str, object]:
    return {}


@pytest.mark.parametrize("time", ["first", "again"])
def test_a_copied_pair_syncs_by_its_own_remote_and_holds_what_it_was_given(
    time: str, tmp_path: Path, seen: dict[str, object]
) -> None:
    world = World(tmp_path)
    laptop, jetson = world.pair()
    assert laptop.git("status", "--porcelain") == jetson.git("status", "--porcelain") == ""
    assert laptop.git("remote", "get-url", "origin") == str(world.remote)
    laptop.say(time)
    world.settle(laptop, jetson)
    assert jetson.said() == [time]
    assert_same(laptop, jetson)
    seen[time] = laptop.state["id"]
    assert len(set(seen.values())) == 1, "it was made anew"


def test_two_companions_of_one_test_are_two_companions(tmp_path: Path) -> None:
    """T10: what tells unrelated histories apart must not be alike."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one, other = (World(tmp_path / name).device("laptop") for name in ("one", "other"))
    assert one.state["companion"] != other.state["companion"]
    assert one.state["id"] != other.state["id"]


@pytest.mark.parametrize(
    "touched", ["home/gitconfig", "home/more", "somebody's", "remote.git/refs/heads/main"]
)
def test_where_something_was_set_up_before_nothing_is_copied(touched: str, tmp_path: Path) -> None:
    world = World(tmp_path)
    file = tmp_path / touched
    file.write_text(GIT_CONFIG + "# of a person\n" if touched == "home/gitconfig" else "\n")
    assert not world._is_as_made()
