"""What counts as a hand-over, and who may pick it up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.hand_over import HandOver, hand_over_in, waiting, waiting_for

_IDS = ("7k3q9x2a", "b4n8w6zt", "c5n8w6zt")
_TIMES = tuple(f"2026-01-0{day}T10:00:00.000+00:00" for day in range(1, 5))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(_TIMES),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
_GIVEN = st.fixed_dictionaries({"at": st.sampled_from(_TIMES), "to": st.sampled_from(("", *_IDS))})
_PICKED = st.dictionaries(st.sampled_from(_IDS), st.sampled_from(_TIMES))
_MEMBERS = st.fixed_dictionaries({}, optional={"hand_over": _GIVEN, "picked_up": _PICKED})
_TOLD = st.dictionaries(st.sampled_from(_IDS), _MEMBERS)


def test_what_a_device_writes_is_read_as_it_was_meant() -> None:
    found = HandOver(
        "7k3q9x2a", _TIMES[0], "b4n8w6zt", "laptop-7k3q9x2a_session_001", "abc", "the fan is next"
    )
    assert hand_over_in("7k3q9x2a", {"hand_over": found.to_json()}) == found


@given(_JSON, st.dictionaries(st.sampled_from(["at", "to", "session", "turn", "note"]), _JSON))
def test_nothing_that_another_device_writes_is_too_strange(value: Any, members: dict[str, Any]) -> None:
    for each in (value, members):
        found = hand_over_in("7k3q9x2a", {"hand_over": each, "picked_up": each})
        assert found is None or all(isinstance(text, str) for text in found)
        waiting({"7k3q9x2a": {"hand_over": each, "picked_up": each}})


@pytest.mark.parametrize("name", ["../../x", "laptop_session_001; rm", "x" * 200])
def test_a_session_that_is_no_sessions_name_is_none(name: str) -> None:
    found = hand_over_in("7k3q9x2a", {"hand_over": {"at": _TIMES[0], "session": name}})
    assert found is not None
    assert found.session == ""


@given(_TOLD)
def test_each_waits_for_whom_it_is_meant_newest_first_until_it_is_picked_up(told: dict[str, Any]) -> None:
    for device in _IDS:
        found = waiting_for(device, told)
        assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
        assert all(each.giver != device and each.to in ("", device) for each in found)
        if found:
            picked = {**told.get(device, {}).get("picked_up", {}), found[0].giver: found[0].at}
            after = {**told, device: {**told.get(device, {}), "picked_up": picked}}
            assert waiting_for(device, after) == found[1:]
