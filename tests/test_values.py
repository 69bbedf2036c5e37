"""Our dataclasses and named tuples beside the standard library's: the same, whatever is asked of them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import typing
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waifusync import values

VALUES = st.one_of(st.integers(-2, 2), st.sampled_from(["", "a"]), st.none())
GIVEN = st.tuples(st.lists(VALUES, max_size=4), st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4))


def _classes(dataclass: Any, field: Any) -> tuple[type, type, type]:
    """The same three, as ours and as the standard library's."""

    @dataclass(frozen=True, slots=True)
    class Frozen:
        a: int
        b: int = 1
        c: tuple[object, ...] = ()

        def __post_init__(self) -> None:
            if self.a == 2:
                raise ValueError("two")

    @dataclass(slots=True)
    class Open:
        a: int
        b: list[int] = field(default_factory=list)
        c: int = field(init=False)
        d: dict[str, int] = field(init=False, default_factory=dict)

        def __post_init__(self) -> None:
            self.c = 7

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    return Frozen, Open, Empty


class Ours(values.NamedTuple):
    """A named tuple at a place where pickle finds it."""

    a: int
    b: int = 1
    c: str = "c"

    def both(self) -> int:
        return self.a + self.b


class Theirs(typing.NamedTuple):
    a: int
    b: int = 1
    c: str = "c"


@values.dataclass(frozen=True, slots=True)
class Point:
    a: int
    b: list[int] = values.field(default_factory=list)


OURS = _classes(values.dataclass, values.field)
STANDARD = _classes(dataclasses.dataclass, dataclasses.field)


def _told(call: Callable[[Any], object], made: type) -> str:
    """What came of it: a text, or that it was refused (versions of Python differ in the kind of error)."""
    try:
        return repr(call(made)).replace("Theirs", "Ours")
    except (TypeError, ValueError, AttributeError):
        return "refused"


@given(GIVEN, GIVEN)
def test_a_dataclass_of_ours_is_made_compared_and_hashed_as_the_standard_one(one: Any, other: Any) -> None:
    for mine, standard in zip(OURS, STANDARD):
        for ask in (
            lambda made: made(*one[0], **one[1]),
            lambda made: made(*one[0]) == made(*other[0]),
            lambda made: made(*one[0]) != object(),
            lambda made: hash(made(*one[0])),
            lambda made: made.__match_args__,
            lambda made: setattr(made(*one[0]), "a", 3),
            lambda made: delattr(made(*one[0]), "a"),
            lambda made: setattr(made(*one[0]), "unknown", 3),
        ):
            assert _told(ask, mine) == _told(ask, standard)


@given(GIVEN, GIVEN)
def test_a_named_tuple_of_ours_is_made_changed_and_read_as_the_standard_one(one: Any, other: Any) -> None:
    for ask in (
        lambda made: made(*one[0], **one[1]),
        lambda made: made(*one[0])._replace(**other[1]),
        lambda made: made._make(other[0])._asdict(),
        lambda made: (made(*one[0]).a, made(*one[0]).c, made(*one[0])[0]),
        lambda made: made(*one[0]) == made(*other[0]) or made(*one[0]) == tuple(other[0]),
        lambda made: (made._fields, made._field_defaults, made.__match_args__),
        lambda made: setattr(made(*one[0]), "a", 3),
    ):
        assert _told(ask, Ours) == _told(ask, Theirs)


def test_the_standard_library_works_on_our_dataclasses() -> None:
    point = Point(1, [2])
    assert dataclasses.replace(point, a=3) == Point(3, [2]) == values.replace(point, a=3)
    assert dataclasses.asdict(point) == {"a": 1, "b": [2]} == values.asdict(point)
    assert [each.name for each in dataclasses.fields(Point)] == ["a", "b"]


def test_fields_made_anew_are_not_shared() -> None:
    first, second = Point(1), Point(1)
    first.b.append(5)
    assert second.b == []


@pytest.mark.parametrize("value", [Point(1, [2]), Ours(1, c="x")], ids=["dataclass", "named tuple"])
def test_values_are_copied_and_pickled(value: Any) -> None:
    assert copy.copy(value) == copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value
    assert type(copy.copy(value)) is type(value)


def test_a_named_tuple_keeps_its_methods() -> None:
    assert Ours(1, 2).both() == 3
