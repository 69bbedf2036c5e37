"""A row that a constraint may not let stand beside the others, and the forms in which it could, best first.

edited           as merged; without its edits of unique columns; as one side has it; as in base
added by both    as merged; with one side's unique columns; as one side has it
added by one     as it is

A new row that others refer to by its number can stand without its unique values, too; else it is kept out.

The forms, and who comes before whom, are the same whichever side is ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from waifusync.core.values import Stored
from waifusync.merging.sqlite.ranking import exact, order
from waifusync.values import NamedTuple

NOT_UNIQUE = "another row has the value, which is unique"
NOT_TOGETHER = "the table's constraints do not allow both edits"
Values = tuple[Stored, ...]
Rank = list[tuple[int, object]]


class Sort(IntEnum):
    """What the sides did to the row."""

    EDITED = 0
    ADDED = 1
    ADDED_BY_BOTH = 2
    NAMELESS = 3  # added, and without a key


class Form(NamedTuple):
    values: Values
    reason: str
    is_whole: bool = False  # as one side has it, so that only a constraint of the other can object


class Versions(NamedTuple):
    """The row's fields as each side has them, under the key that it has in the result."""

    base: Values | None
    ours: Values | None
    theirs: Values | None


class Contender:
    """One row; `form` is how it stands, or waits to stand, and None when it is kept out."""

    __slots__ = (
        "_at",
        "forms",
        "identity",
        "key",
        "rank",
        "reason",
        "rowid",
        "sort",
        "theirs_key",
        "versions",
    )

    def __init__(
        self, sort: Sort, key: Values, versions: Versions, forms: Sequence[Form], *, rank: Rank
    ) -> None:
        self.sort, self.key, self.versions, self.forms, self.rank = sort, key, versions, tuple(forms), rank
        self.theirs_key = key
        self.identity: object = None
        self.rowid: int | None = None  # of a row without a key, while it stands
        self.reason = ""
        self._at = 0

    @property
    def form(self) -> Form | None:
        return self.forms[self._at] if self._at < len(self.forms) else None

    def point_at(self, places: Iterable[int], old: Stored, new: Stored) -> None:
        """In these places, a reference to the one row becomes one to the other."""

        def moved(values: Values) -> Values:
            return tuple(new if at in places and value == old else value for at, value in enumerate(values))

        self.forms = tuple(form._replace(values=moved(form.values)) for form in self.forms)
        self.versions = Versions(*(values and moved(values) for values in self.versions))

    @property
    def better_forms(self) -> range:
        """Places of the forms that would be better than the present one."""
        return range(min(self._at, len(self.forms)))

    def take(self, place: int) -> None:
        """The form in which it is to stand."""
        self._at = place

    def give_way(self, *, together: bool = False) -> None:
        """Goes on to the next form; with `together` to one that a side had, since the two do not fit."""
        self._at += 1
        while together and self.form is not None and not self.form.is_whole:
            self._at += 1

    @property
    def has_key(self) -> bool:
        return self.sort is not Sort.NAMELESS

    @property
    def precedence(self) -> tuple[int, Rank]:
        """The lesser stands. A row of base stands in some form, so its last one is not to be displaced."""
        has_choice = self._at < len(self.forms) - 1
        if self.sort is Sort.EDITED:
            return (4 if has_choice else 0), self.rank
        if self.sort is Sort.ADDED_BY_BOTH and has_choice:
            return 3, self.rank
        return (2 if self.sort is Sort.NAMELESS else 1), self.rank


def rank_of(values: Iterable[Stored]) -> Rank:
    return [order(value) for value in values]


def forms_of(
    versions: Versions,
    merged: Values,
    watched: Sequence[frozenset[int]],
    *,
    last: Sequence[int] = (),
    is_numbered: bool = False,
) -> list[Form]:
    """Best first, each once; `last` are the places to compare after all others: they hold local numbers."""
    base, ours, theirs = versions
    sides = _greater_first([side for side in (ours, theirs) if side is not None], last)
    is_of_both = ours is not None and theirs is not None and base not in (ours, theirs)
    fallbacks = sides if base is None else [base]
    every = frozenset[int]().union(*watched)
    forms = [Form(merged, "", is_whole=not is_of_both or merged in sides)]
    for places in [*watched, every]:
        forms += [Form(_with(merged, places, other), NOT_UNIQUE) for other in fallbacks]
    if is_of_both:
        forms += [Form(side, NOT_TOGETHER, is_whole=True) for side in sides]
    if base is not None:
        forms.append(Form(base, NOT_UNIQUE, is_whole=True))
    elif is_numbered:
        nothing: Values = (None,) * len(merged)
        forms += [Form(_with(merged, places, nothing), NOT_UNIQUE) for places in [*watched, every]]
    first: dict[object, Form] = {}
    for form in forms:
        first.setdefault(exact(form.values), form)
    return list(first.values())


def _greater_first(sides: list[Values], last: Sequence[int]) -> list[Values]:
    def comparable(values: Values) -> tuple[Rank, Rank]:
        first = rank_of(value for place, value in enumerate(values) if place not in last)
        return first, rank_of(values[place] for place in last)

    return sorted(sides, key=comparable, reverse=True)


def _with(values: Values, places: frozenset[int], other: Values) -> Values:
    return tuple(other[place] if place in places else value for place, value in enumerate(values))
