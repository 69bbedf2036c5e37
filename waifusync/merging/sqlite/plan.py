"""For each table to be merged: how its rows are known, and what each merged column is called on each side.

kind       known by                                          new rows of both sides with one key
NUMBERED   INTEGER PRIMARY KEY: the row of base it was       are two rows: theirs gets another number
NAMED      another declared key                              are one row, merged field by field
COUNTED    nothing: a multiset                               are counted
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum, auto

from waifusync.merging.sqlite.joining import Schema
from waifusync.merging.sqlite.referring import References
from waifusync.merging.sqlite.rings import parents_first
from waifusync.merging.sqlite.shape import Table, quote, rowid_name
from waifusync.values import NamedTuple

NUMBERS = "temp.waifusync_numbers"
TWINS = "temp.waifusync_twins"


class Kind(Enum):
    NUMBERED = auto()
    NAMED = auto()
    COUNTED = auto()


class Field(NamedTuple):
    """A merged column; a side's name is None where the side has no such column."""

    name: str
    names: Mapping[str, str | None]
    default: str
    keeps_types_apart: bool
    parent: int | None = None  # the place of the NUMBERED table whose numbers it holds
    collation: str = "BINARY"
    parent_table: str = ""

    def on(self, side: str, alias: str) -> str:
        """Its value there, as SQL; what a column that is missing would hold."""
        name = self.names[side]
        return self.default if name is None else f"{alias}.{quote(name)}"

    def changed(self, side: str, alias: str, base_alias: str) -> str:
        """Whether it holds something else than in base, byte for byte."""
        if self.names[side] is None:
            return "0"
        mine, was = self.on(side, alias), self.on("base", base_alias)
        differs = f"{mine} COLLATE BINARY IS NOT {was}"
        return (
            f"({differs} OR typeof({mine}) IS NOT typeof({was}))"
            if self.keeps_types_apart
            else f"({differs})"
        )


def numbers_of(place: int) -> str:
    """Of the NUMBERED table at this place; all are in one, for each table costs more than the one before."""
    return f"(SELECT old, new FROM {NUMBERS} WHERE place = {place})"


class Joint(NamedTuple):
    """One table in all its versions."""

    place: int
    name: str
    kind: Kind
    fields: tuple[Field, ...]
    key: tuple[Field, ...]
    rowids: Mapping[str, str]
    uniques: tuple[tuple[str, ...], ...]
    has_base: bool
    is_strict_key: bool  # no NULL can stand in the key
    untouched: frozenset[str] = frozenset()  # sides that changed none of its rows
    only_without_key: bool = False  # of a NAMED table, the rows that have a NULL in their key

    @property
    def values(self) -> tuple[Field, ...]:
        """The columns beside the key."""
        return tuple(field for field in self.fields if field not in self.key)

    def source(self, side: str) -> str:
        """The table there; an empty one where base has none."""
        if side == "base" and not self.has_base:
            return self._nothing()
        return f"{'main' if side == 'ours' else side}.{quote(self.name)}"

    def changes(self, side: str) -> str:
        """What lists the changes of the side: a temporary table, where there are any."""
        if side in self.untouched:
            keys = (f"NULL AS k{place}" for place in range(max(1, len(self.key))))
            return f"(SELECT {', '.join(keys)}, NULL AS what, NULL AS mask LIMIT 0)"
        return f"temp.waifusync_{side}_{self.place}"

    def _nothing(self) -> str:
        names = [quote(field.names["base"] or field.name) for field in self.fields]
        rowid = [self.rowids["base"]] if self.kind is Kind.COUNTED else []
        return f"(SELECT {', '.join(f'NULL AS {name}' for name in [*names, *rowid])} LIMIT 0)"

    @property
    def numbers(self) -> str:
        """Theirs' row numbers that are others here: `old` and `new`."""
        return numbers_of(self.place)

    @property
    def twins(self) -> str:
        """Rows that both sides added and that are one: their numbers, `theirs` and `ours`."""
        return f"(SELECT theirs, ours FROM {TWINS} WHERE place = {self.place})"

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    def theirs(self, field: Field, alias: str) -> str:
        """A value of theirs as it will stand in the result: row numbers follow their rows."""
        value = field.on("theirs", alias)
        if field.parent is None or field.names["theirs"] is None:
            return value
        return f"coalesce((SELECT new FROM {numbers_of(field.parent)} WHERE old = {value}), {value})"

    def matches(self, one: tuple[str, str], other: tuple[str, str]) -> str:
        """Rows of two sides that have one key: (side, alias) each."""
        return " AND ".join(f"{field.on(*one)} = {field.on(*other)}" for field in self.key)


def make_plan(schema: Schema, keyed: Collection[str] = ()) -> tuple[Joint, ...]:
    """Parents before their children. In the tables of `keyed`, one number is one row in every version."""
    names = _parents_first(schema)
    references = References(schema.tables["main"])
    kinds = {name: _kind_in(schema, name, references) for name in names}
    kinds |= {name: Kind.NAMED for name in names if name in keyed}
    places = {name: place for place, name in enumerate(names)}
    joints = [_joint(schema, name, kinds, places, references) for name in names]
    nameless = [
        joint._replace(place=len(joints) + joint.place, kind=Kind.COUNTED, only_without_key=True)
        for joint in joints
        if joint.kind is Kind.NAMED and not joint.is_strict_key
    ]
    return (*joints, *nameless)


def _parents_first(schema: Schema) -> list[str]:
    names = {name.lower(): name for name in schema.shared}
    parents = {
        lower: {reference.parent.lower() for reference in schema.tables["main"][name].references}
        for lower, name in names.items()
    }
    return [names[lower] for group in parents_first(parents) for lower in group]


def _kind_in(schema: Schema, name: str, references: References) -> Kind:
    table = schema.tables["main"][name]
    return _kind(table._replace(uniques=_shared_uniques(schema, name)), references)


def _kind(table: Table, references: References) -> Kind:
    if table.alias is not None:
        return Kind.NAMED if references.parent_of(table.name, table.alias) else Kind.NUMBERED
    return Kind.NAMED if table.key or table.uniques else Kind.COUNTED


def _shared_uniques(schema: Schema, name: str) -> tuple[tuple[str, ...], ...]:
    """Those that hold on every side: of a new one, rows of the other side know nothing."""
    uniques = schema.tables["main"][name].uniques
    for side in ("base", "ours", "theirs"):
        table = schema.tables.get(side, {}).get(name)
        if table is not None:
            old = _old_names(schema, name, side)
            there = {tuple(column.lower() for column in unique) for unique in table.uniques}
            uniques = tuple(
                unique
                for unique in uniques
                if tuple(old.get(column.lower(), column.lower()) for column in unique) in there
            )
    return uniques


def numbered_tables(tables: Mapping[str, Table]) -> set[str]:
    """Those whose numbers mean nothing beyond this version."""
    references = References(tables)
    return {name for name, table in tables.items() if _kind(table, references) is Kind.NUMBERED}


def _joint(
    schema: Schema, name: str, kinds: Mapping[str, Kind], places: Mapping[str, int], references: References
) -> Joint:
    table, base = schema.tables["main"][name], schema.tables["base"].get(name)
    theirs = schema.tables["theirs"][name]
    uniques = _shared_uniques(schema, name)
    key = table.key or (uniques[0] if uniques else ())
    old_names = {side: _old_names(schema, name, side) for side in ("base", "theirs")}
    fields = []
    for column in table.columns:
        names: dict[str, str | None] = {"ours": column.name}
        for side, of_side in (("base", base), ("theirs", theirs)):
            there = (
                old_names[side].get(column.name.lower(), column.name)
                if base or side != "base"
                else column.name
            )
            names[side] = _name_there(table, column.name, of_side, there)
        parent = references.parent_of(name, column.name)
        numbered = parent if parent and kinds.get(parent) is Kind.NUMBERED else None
        place = places[numbered] if numbered else None
        collation = table.collations.get(column.name.lower(), "BINARY")
        types_apart = column.keeps_types_apart
        fields.append(
            Field(column.name, names, column.default, types_apart, place, collation, numbered or "")
        )
    return Joint(
        place=places[name],
        name=name,
        kind=kinds[name],
        fields=tuple(fields),
        key=tuple(field for wanted in key for field in fields if field.name.lower() == wanted.lower()),
        rowids={
            side: "" if of_side.is_without_rowid else rowid_name(of_side)
            for side, of_side in (("ours", table), ("theirs", theirs), ("base", base or table))
        },
        uniques=uniques,
        has_base=base is not None,
        is_strict_key=table.is_without_rowid or table.alias is not None,
    )


def _name_there(table: Table, column: str, of_side: Table | None, there: str) -> str | None:
    if of_side is None or of_side.has(there):
        return there
    # What has no name there has a number all the same.
    return rowid_name(of_side) if column == table.alias and not of_side.is_without_rowid else None


def _old_names(schema: Schema, name: str, side: str) -> dict[str, str]:
    """Merged column to what it is called on the side, where a rename came between."""
    joined = schema.renamed.get(name)
    if joined is None:
        return {}
    if side == "base":
        return {new: old for old, new in {**joined.renamed_ours, **joined.renamed_theirs}.items()}
    # A side still has the old name unless it renamed the column itself.
    own, others = joined.renamed_theirs, joined.renamed_ours
    if side == "ours":
        own, others = others, own
    return {new: old for old, new in others.items() if old not in own}
