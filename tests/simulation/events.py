"""What a program can do to its database. Each event chooses among what is there by its own chance, so a
history with some events left out is still a history."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.simulation.device import Device

NUMBERED = ("memories", "facts", "notes", "tree", "people")
PARENT = {
    "facts": ("source_memory_id", "memories"),
    "notes": ("memory_id", "memories"),
    "tree": ("parent", "tree"),
}
TEXT = {"memories": ("user_input", "ai_response"), "facts": ("fact",), "notes": ("body",), "tree": ("label",)}
TEXT |= {"people": ("mood",)}
_NAMES = ("ann", "bob", "cy")


@dataclass(frozen=True, slots=True)
class Event:
    """`device` and `other` are taken modulo how many there are."""

    kind: str
    device: int
    other: int
    chance: int

    def __str__(self) -> str:
        return f"{self.kind}({self.device}, {self.other}, {self.chance})"


def _rows(device: Device, table: str, rowid: str = "rowid") -> list[object]:
    return [row for (row,) in device.query(f"SELECT {rowid} FROM {table} ORDER BY 1")]


def _key(device: Device, table: str, row: object) -> str | None:
    """The key of a row that is a record already."""
    found = device.query(
        "SELECT key FROM waifusync_records AS r JOIN waifusync_tables AS t ON t.id = r.tbl"
        " WHERE t.name = ? AND row = ? AND state = 0",
        table,
        row,
    )
    return str(found[0][0]) if found else None


def _parent(device: Device, table: str, chance: Random) -> object:
    there = _rows(device, PARENT[table][1])
    if not there or (table != "notes" and chance.random() < 0.3):
        return None
    return chance.choice(there)


def insert(device: Device, chance: Random) -> None:
    table = chance.choice(NUMBERED)
    values: dict[str, object] = {column: device.world.new_value() for column in TEXT[table]}
    written = dict(values)
    if table in PARENT:
        values[PARENT[table][0]] = _parent(device, table, chance)
        if table == "notes" and values["memory_id"] is None:
            return
    if table == "people":
        values["name"] = chance.choice((*_NAMES, None))
        if device.query("SELECT 1 FROM people WHERE name = ?", values["name"]):
            return
    if table == "memories" and chance.random() < 0.5:
        values["model_used"] = chance.choice(("phi3", "llama3"))
        values["embeddings"] = struct.pack("<4f", *(chance.random() for _ in range(4)))
    row = _insert(device, table, values)
    for column, value in written.items():
        device.journal.write(table, row, column, str(value))


def _insert(device: Device, table: str, values: dict[str, object]) -> object:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
    return device.program.execute(sql, list(values.values())).lastrowid


def edit(device: Device, chance: Random) -> None:
    table = chance.choice(NUMBERED)
    rows = _rows(device, table)
    if not rows:
        return
    _set(device, table, chance.choice(rows), chance.choice(TEXT[table]))


def _set(device: Device, table: str, row: object, column: str) -> None:
    value = device.world.new_value()
    device.program.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row))
    device.journal.write(table, row, column, value)


def point_elsewhere(device: Device, chance: Random) -> None:
    table = chance.choice(tuple(PARENT))
    rows = _rows(device, table)
    parent = _parent(device, table, chance)
    if rows and (parent is not None or table != "notes"):
        sql = f"UPDATE {table} SET {PARENT[table][0]} = ? WHERE rowid = ?"
        device.program.execute(sql, (parent, chance.choice(rows)))


def rename(device: Device, chance: Random) -> None:
    """Unique names move between rows, and rows that others wait for make room."""
    rows, name = _rows(device, "people"), chance.choice((*_NAMES, None))
    if rows and not device.query("SELECT 1 FROM people WHERE name = ?", name):
        device.program.execute("UPDATE people SET name = ? WHERE id = ?", (name, chance.choice(rows)))


def delete(device: Device, chance: Random) -> None:
    table = chance.choice(NUMBERED)
    rows = _rows(device, table)
    if rows:
        _delete(device, table, chance.choice(rows))


def _delete(device: Device, table: str, row: object) -> None:
    device.journal.delete(table, row, _key(device, table, row))
    device.program.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))


def put_back(device: Device, chance: Random) -> None:
    """A deleted row's number is given out again, to another row."""
    rows = _rows(device, "memories")
    if rows:
        row, value = chance.choice(rows), device.world.new_value()
        _delete(device, "memories", row)
        device.program.execute("INSERT INTO memories (id, user_input) VALUES (?, ?)", (row, value))
        device.journal.write("memories", row, "user_input", value)


def replace(device: Device, chance: Random) -> None:
    """INSERT OR REPLACE, which takes away another row with the same unique name."""
    name, value = chance.choice(_NAMES), device.world.new_value()
    for (row,) in device.query("SELECT id FROM people WHERE name = ?", name):
        device.journal.delete("people", row, _key(device, "people", row))
    sql = "INSERT OR REPLACE INTO people (name, mood) VALUES (?, ?)"
    device.journal.write("people", device.program.execute(sql, (name, value)).lastrowid, "mood", value)


def set_named(device: Device, chance: Random) -> None:
    """Rows that their names identify: made, changed, deleted and made again."""
    name, value, column = chance.choice(_NAMES), device.world.new_value(), chance.choice(("value", "note"))
    kind = chance.random()
    if kind < 0.25:
        device.program.execute("DELETE FROM settings WHERE name = ?", (name,))
        device.journal.delete("settings", name, None)
        return
    verb = "INSERT OR REPLACE" if kind < 0.5 else "INSERT"
    if verb != "INSERT":
        device.journal.delete("settings", name, None)
    sql = f"{verb} INTO settings (name, {column}) VALUES (?, ?)"
    upsert = f" ON CONFLICT (name) DO UPDATE SET {column} = excluded.{column}"
    device.program.execute(sql + upsert * (verb == "INSERT"), (name, value))
    device.journal.write("settings", name, column, value)


def tag(device: Device, chance: Random) -> None:
    memories = _rows(device, "memories")
    if not memories:
        return
    row, name, value = chance.choice(memories), chance.choice(_NAMES), device.world.new_value()
    table, column = chance.choice((("tags", "note"), ("profiles", "summary")))
    if chance.random() < 0.25:
        device.program.execute(f"DELETE FROM {table} WHERE memory_id = ?", (row,))
        for each in _NAMES:
            device.journal.delete(table, (row, each if table == "tags" else ""), None)
        return
    keys = {"memory_id": row, "tag": name} if table == "tags" else {"memory_id": row}
    marks = ", ".join("?" * (len(keys) + 1))
    sql = f"INSERT INTO {table} ({', '.join(keys)}, {column}) VALUES ({marks})"
    sql += f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {column} = excluded.{column}"
    device.program.execute(sql, (*keys.values(), value))
    device.journal.write(table, (row, keys.get("tag", "")), column, value)


def write_diary(device: Device, chance: Random) -> None:
    """Rows that nothing tells apart."""
    rows, kind = _rows(device, "diary"), chance.random()
    if kind < 0.2 and rows:
        device.program.execute("DELETE FROM diary WHERE rowid = ?", (chance.choice(rows),))
    elif kind < 0.4 and rows:
        values = chance.choice(_NAMES), chance.choice(rows)
        device.program.execute("UPDATE diary SET mood = ? WHERE rowid = ?", values)
    else:
        device.program.execute("INSERT INTO diary VALUES ('the same', 'glad')")


def bulk(device: Device, chance: Random) -> None:
    for _ in range(chance.randint(5, 30)):
        value = device.world.new_value()
        row = _insert(device, "memories", {"user_input": value, "conversation_id": "bulk"})
        device.journal.write("memories", row, "user_input", value)


def add_column(device: Device, chance: Random) -> None:
    table, name = chance.choice(NUMBERED), f"extra{chance.randint(1, 2)}"
    default = " DEFAULT 'none yet'" if name == "extra1" else ""
    _tolerating(device, f"ALTER TABLE {table} ADD COLUMN {name} TEXT{default}")
    rows = _rows(device, table)
    if rows:
        _set(device, table, chance.choice(rows), name)


def make_table(device: Device, chance: Random) -> None:
    name = f"made{chance.randint(1, 2)}"
    _tolerating(device, f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, body TEXT)")
    value = device.world.new_value()
    device.journal.write(name, _insert(device, name, {"body": value}), "body", value)


def _tolerating(device: Device, statement: str) -> None:
    """The same program runs on every device, so the table or column may have arrived before."""
    try:
        device.program.execute(statement)
    except sqlite3.OperationalError as error:
        assert "duplicate column" in str(error) or "already exists" in str(error), error


PROGRAM: dict[str, tuple[int, Callable[[Device, Random], None]]] = {
    "insert": (20, insert),
    "edit": (20, edit),
    "point_elsewhere": (5, point_elsewhere),
    "rename": (6, rename),
    "delete": (8, delete),
    "put_back": (3, put_back),
    "replace": (5, replace),
    "set_named": (9, set_named),
    "tag": (8, tag),
    "write_diary": (6, write_diary),
    "bulk": (2, bulk),
    "add_column": (3, add_column),
    "make_table": (3, make_table),
}
