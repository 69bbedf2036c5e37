"""Equal states have equal digests, whatever the order; unequal ones do not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_values import stored_values
from waifusync.core import digest
from waifusync.core.values import RawText, Stored

hashed_fields = st.dictionaries(st.text(max_size=3), stored_values.map(digest.field_hash), max_size=4)
records = st.dictionaries(st.tuples(st.text(max_size=3), st.text(max_size=3)), hashed_fields, max_size=5)


def _total(state: list[tuple[tuple[str, str], dict[str, bytes]]]) -> int:
    total = 0
    for (collection, key), fields in state:
        total = digest.add(total, added=digest.record_hash(collection, key, fields.items()))
    return total


@given(records, st.randoms())
def test_the_order_of_records_does_not_matter(state: dict[tuple[str, str], dict[str, bytes]], random) -> None:  # type: ignore[no-untyped-def]  # random.Random
    shuffled = list(state.items())
    random.shuffle(shuffled)
    assert _total(shuffled) == _total(list(state.items()))


@given(records, st.text(), st.text(), hashed_fields)
def test_what_is_added_can_be_taken_away(
    state: dict[tuple[str, str], dict[str, bytes]], collection: str, key: str, fields: dict[str, bytes]
) -> None:
    before = _total(list(state.items()))
    one = digest.record_hash(collection, key, fields.items())
    assert digest.add(digest.add(before, added=one), removed=one) == before


@given(stored_values, stored_values)
def test_values_have_one_hash_exactly_when_they_are_the_same_in_type_and_bytes(
    one: Stored, other: Stored
) -> None:
    same = type(one) is type(other) and repr(one) == repr(other)
    assert (digest.field_hash(one) == digest.field_hash(other)) == same


def test_types_tell_values_apart() -> None:
    values: list[Stored] = [None, 1, 1.0, "1", b"1", RawText(b"1"), "", b"", 0, 0.0]
    assert len({*map(digest.field_hash, values), digest.reference_hash("1")}) == len(values) + 1


def test_an_unset_field_is_as_if_never_mentioned() -> None:
    assert digest.record_hash("c", "k", [("x", digest.UNSET)]) == digest.record_hash("c", "k", [])
