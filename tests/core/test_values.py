"""Every value SQLite can hold travels through a line of JSON and comes back the same, type included."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.values import (
    RawText,
    Stored,
    check_travel,
    reference,
    reference_key,
    to_stored,
    to_travel,
)


def _is_not_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False


stored_values: st.SearchStrategy[Stored] = st.one_of(
    st.none(),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.binary(min_size=1).filter(_is_not_utf8).map(RawText),
)


@given(stored_values)
def test_every_stored_value_survives_the_journey(value: Stored) -> None:
    travelling = to_travel(value)
    check_travel(travelling)
    back = to_stored(json.loads(json.dumps(travelling, allow_nan=False)))
    assert type(back) is type(value)
    assert back == value
    if isinstance(value, float) and isinstance(back, float):
        assert math.copysign(1, value) == math.copysign(1, back)


@pytest.mark.parametrize(
    "value", ["\x00", "a\x00b", -(1 << 63), (1 << 63) - 1, math.inf, -math.inf, b"", RawText(b"\xff\x00")]
)
def test_the_corners_travel_too(value: Stored) -> None:
    check_travel(to_travel(value))
    assert to_stored(to_travel(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        True,
        1 << 63,
        math.nan,
        math.inf,
        [1],
        {},
        {"b": "QQ==", "t": "QQ=="},
        {"z": "?"},
        {"b": 1},
        {"b": "Q"},
        {"b": "Q Q="},
        {"b": "QQ==QQ=="},
        {"b": "Q=Q="},
        {"b": "é"},
        {"t": "QUJD"},
        {"r": "nan"},
        {"k": None},
        {"v": "group"},
        {"v": ["group", -1, "0"]},
        {"v": ["group", True, "0"]},
        {"v": ["group", 1 << 60, "0"]},
    ],
)
def test_a_value_that_nothing_could_have_written_is_refused(value: object) -> None:
    """T25: NaN, booleans, lists, lax base64, and text with two spellings never get in."""
    with pytest.raises(ValueError):
        check_travel(value)


def test_a_reference_gives_its_key_and_other_values_none() -> None:
    assert reference_key(reference("7k3q9x2a-1")) == "7k3q9x2a-1"
    assert [reference_key(value) for value in (None, 1, "k", {"b": ""})] == [None] * 4
