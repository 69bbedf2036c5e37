"""What a table looks like, as data: how it travels, and how two devices' views of it are joined.

A table is a record of the collection `waifusync:tables`, one field for each column, so that columns added on
two devices merge as fields do. SQL text from another device is never executed: code makes the statements out
of these values, quoting names and checking everything else.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping

from waifusync.core.expression import UnsafeExpression, render
from waifusync.core.sql_text import is_literal, quote
from waifusync.patterns import pattern
from waifusync.values import asdict, dataclass, replace

__all__ = [
    "is_literal",
    "quote",
]

_TABLE_FIELD = "table"
_COLUMN_FIELD = "column:"
_COMPUTED_FIELD = "computed:"
_TYPE = pattern(r"[A-Za-z_][A-Za-z0-9_ ]*(\(\s*\d+\s*(,\s*\d+\s*)?\))?")
_MOMENTS = {"CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"}
_ACTIONS = {"NO ACTION", "RESTRICT", "SET NULL", "SET DEFAULT", "CASCADE"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column that holds values of its own; `primary` is its place in the primary key, 0 if none."""

    name: str
    type: str = ""
    not_null: bool = False
    default: str | None = None
    primary: int = 0


@dataclass(frozen=True, slots=True)
class ForeignKey:
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    on_delete: str = "NO ACTION"


@dataclass(frozen=True, slots=True)
class Computed:
    """A generated column: each device works out its values for itself."""

    name: str
    type: str
    expression: str
    is_stored: bool = False


@dataclass(frozen=True, slots=True)
class TableShape:
    name: str
    columns: tuple[Column, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    generated: tuple[str, ...] = ()
    computed: tuple[Computed, ...] = ()
    checks: tuple[str, ...] = ()
    is_strict: bool = False
    is_without_rowid: bool = False
    is_autoincrement: bool = False

    @property
    def primary_key(self) -> tuple[str, ...]:
        keyed = sorted((column.primary, column.name) for column in self.columns if column.primary)
        return tuple(name for _, name in keyed)

    @property
    def rowid_alias(self) -> str | None:
        """The INTEGER PRIMARY KEY column, which is only another name for SQLite's local row number."""
        if self.is_without_rowid or len(self.primary_key) != 1:
            return None
        (column,) = (each for each in self.columns if each.primary)
        return column.name if column.type.upper() == "INTEGER" else None


@functools.lru_cache(maxsize=256)
def to_fields(shape: TableShape) -> Mapping[str, str]:
    """A table as the fields of its record; each value is JSON text."""
    facts = asdict(shape)
    facts["order"] = [column.name for column in shape.columns]
    del facts["columns"], facts["name"], facts["computed"]
    columns = {_COLUMN_FIELD + column.name: asdict(column) for column in shape.columns}
    computed = {_COMPUTED_FIELD + column.name: asdict(column) for column in shape.computed}
    fields: dict[str, object] = {_TABLE_FIELD: facts, **columns, **computed}
    return {name: json.dumps(value, sort_keys=True, ensure_ascii=False) for name, value in fields.items()}


def from_fields(name: str, fields: Mapping[str, object]) -> TableShape:
    """The inverse; raises ValueError for anything that could not be a table."""
    try:
        facts = json.loads(str(fields[_TABLE_FIELD]))
        order = {column: place for place, column in enumerate(facts["order"])}
        described = (
            json.loads(str(text)) for field, text in fields.items() if field.startswith(_COLUMN_FIELD)
        )
        columns = [_column(each) for each in described]
        columns.sort(key=lambda column: (order.get(column.name, len(order)), column.name))
        shape = _shape(name, columns, facts)
        computed = [text for field, text in fields.items() if field.startswith(_COMPUTED_FIELD)]
        return replace(shape, computed=tuple(_computed(json.loads(str(text))) for text in computed))
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError, RecursionError):
        raise ValueError(f"the table {name!r} is described in no form that is known here") from None


def _shape(name: str, columns: list[Column], facts: Mapping[str, object]) -> TableShape:
    quote(name)
    known = {column.name for column in columns}
    if not columns or name.lower().startswith(("sqlite_", "waifusync_")):
        raise ValueError(f"{name!r} cannot be a table that travels")
    return TableShape(
        name=name,
        columns=tuple(columns),
        foreign_keys=tuple(_foreign_key(each) for each in facts["foreign_keys"]),  # type: ignore[attr-defined]  # TypeError is caught above
        uniques=tuple(tuple(each) for each in facts["uniques"] if known.issuperset(each)),  # type: ignore[attr-defined]  # likewise
        checks=tuple(map(str, facts.get("checks", ()))),  # type: ignore[call-overload]  # likewise
        is_strict=facts["is_strict"] is True,
        is_without_rowid=facts["is_without_rowid"] is True,
        is_autoincrement=facts["is_autoincrement"] is True,
    )


def _column(told: Mapping[str, object]) -> Column:
    name, kind, default = str(told["name"]), str(told["type"]), told["default"]
    quote(name)
    if kind and not _TYPE.fullmatch(kind):
        raise ValueError(f"the column {name!r} has a type that is none")
    if default is not None and not (is_literal(str(default)) or str(default).upper() in _MOMENTS):
        default = None
    primary = told["primary"]
    return Column(
        name,
        kind,
        told["not_null"] is True,
        None if default is None else str(default),
        primary if type(primary) is int else 0,
    )


def _computed(told: Mapping[str, object]) -> Computed:
    name, kind = str(told["name"]), str(told["type"])
    quote(name)
    if kind and not _TYPE.fullmatch(kind):
        raise ValueError(f"the column {name!r} has a type that is none")
    return Computed(name, kind, str(told["expression"]), told["is_stored"] is True)


def harmless(shape: TableShape) -> tuple[TableShape, list[str]]:
    """The table with its expressions written anew, and a word on each that is not known to be harmless."""
    names, left_out = [column.name for column in shape.columns], []
    computed, kept = [], []
    for column in shape.computed:
        try:
            computed.append(replace(column, expression=render(column.expression, names)))
        except UnsafeExpression as error:
            left_out.append(f"the generated column {column.name} is left out: {error}")
    for check in shape.checks:
        try:
            kept.append(render(check, names))
        except UnsafeExpression as error:
            left_out.append(f"a CHECK is left out: {error}")
    return replace(shape, computed=tuple(computed), checks=tuple(kept)), left_out


def _foreign_key(told: Mapping[str, object]) -> ForeignKey:
    action = str(told["on_delete"])
    columns, parents = told["columns"], told["parent_columns"]
    if action not in _ACTIONS or not isinstance(columns, list) or not isinstance(parents, list):
        raise ValueError("a malformed foreign key")
    return ForeignKey(
        tuple(map(str, columns)), str(told["parent"]), tuple(map(str, parents)), on_delete=action
    )


def create_statement(shape: TableShape) -> str:
    """CREATE TABLE for a table that came from another device, after `harmless`."""
    alias = shape.rowid_alias
    parts = [_definition(column, alias, shape.is_autoincrement) for column in shape.columns]
    parts += [_computed_definition(column, is_stored=column.is_stored) for column in shape.computed]
    if shape.primary_key and alias is None:
        parts.append(f"PRIMARY KEY ({_list(shape.primary_key)})")
    parts += [f"UNIQUE ({_list(columns)})" for columns in shape.uniques]
    parts += [_references(each) for each in shape.foreign_keys]
    parts += [f"CHECK ({check})" for check in shape.checks]
    options = ["WITHOUT ROWID"] * shape.is_without_rowid + ["STRICT"] * shape.is_strict
    return f"CREATE TABLE {quote(shape.name)} ({', '.join(parts)}) {', '.join(options)}"


def add_column_statement(table: str, column: Column) -> str:
    """ALTER TABLE for a column that came later; what SQLite cannot add to a table with rows is left out."""
    default = column.default if is_literal(column.default) else None
    has_value = default is not None and default.upper() != "NULL"
    loose = Column(column.name, column.type, column.not_null and has_value, default)
    return f"ALTER TABLE {quote(table)} ADD COLUMN {_definition(loose, None, False)}"


def add_computed_statement(table: str, column: Computed) -> str:
    """Likewise for a generated column, which cannot be a stored one when it comes late."""
    return f"ALTER TABLE {quote(table)} ADD COLUMN {_computed_definition(column, is_stored=False)}"


def _computed_definition(column: Computed, *, is_stored: bool) -> str:
    kind = "STORED" if is_stored else "VIRTUAL"
    return f"{quote(column.name)} {column.type} GENERATED ALWAYS AS ({column.expression}) {kind}"


def _definition(column: Column, alias: str | None, autoincrement: bool) -> str:
    parts = [quote(column.name), column.type]
    if column.name == alias:
        parts.append("PRIMARY KEY" + " AUTOINCREMENT" * autoincrement)
    if column.not_null:
        parts.append("NOT NULL")
    if column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    return " ".join(part for part in parts if part)


def _references(key: ForeignKey) -> str:
    target = f"{quote(key.parent)} ({_list(key.parent_columns)})" if key.parent_columns else quote(key.parent)
    return f"FOREIGN KEY ({_list(key.columns)}) REFERENCES {target} ON DELETE {key.on_delete}"


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(map(quote, names))
