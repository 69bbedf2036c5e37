"""docs/formats.md on the snapshot is true: a reader made from that page alone finds the same hashes."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import struct
import zlib
from contextlib import closing
from pathlib import Path

from tests.companions import World
from tests.layouts.conftest import by_hand, snapshot

DOCUMENT = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")


def _measured(data: bytes) -> bytes:
    return struct.pack(">Q", len(data)) + data


def _value(value: object) -> bytes:
    if isinstance(value, int):
        return b"i" + str(value).encode()
    if isinstance(value, float):
        return b"f" + struct.pack(">d", value)
    return b"s" + value.encode() if isinstance(value, str) else b"b" + bytes(value)  # type: ignore[call-overload]  # a BLOB


def _row_hash(columns: dict[str, object]) -> bytes:
    told = b"".join(
        _measured(name.encode()) + _measured(_value(value))
        for name, value in sorted(columns.items())
        if value is not None
    )
    return hashlib.blake2b(told, digest_size=8).digest()


def _number(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=16).digest(), "big")


def _table_hash(columns: list[str], rows: dict[str, bytes]) -> str:
    total = _number(_measured(",".join(sorted(columns)).encode()))
    total += sum(_number(_measured(place.encode()) + each) for place, each in rows.items())
    return f"{total % 2**128:032x}"


def test_a_reader_made_from_the_page_finds_the_hashes_and_the_files(world: World) -> None:
    laptop = world.device("laptop")
    laptop.say("one", "two", "drei")
    laptop.sql(
        "INSERT INTO memories (user_input, embeddings) VALUES ('v', ?)", (struct.pack("<4f", 1, 2, 3, 4),)
    )
    laptop.sql("CREATE TABLE moods (name TEXT PRIMARY KEY, weight REAL, times INTEGER)")
    laptop.sql("INSERT INTO moods VALUES ('calm', 0.5, 3), ('ruhig', NULL, -1)")
    laptop.sync()
    with closing(sqlite3.connect(snapshot(laptop))) as connection:
        noted = dict(connection.execute("SELECT name, value FROM waifusync_snapshot"))
        assert noted["format"] == 1
        for table, key in (("memories", None), ("moods", "name")):
            cursor = connection.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor]
            places = {json.dumps([row[key]]) if key else str(row["id"]): _row_hash(row) for row in rows}
            assert noted[f"table:{table}"] == _table_hash(names, places)
            query = "SELECT row, hash, key FROM waifusync_rows WHERE tbl = ?"
            listed = connection.execute(query, (table,)).fetchall()
            assert {str(place): each for place, each, _ in listed} == places
            assert all(key for _, _, key in listed)
        files = dict(connection.execute("SELECT path, content FROM waifusync_files"))
    contents = {path: zlib.decompress(each) if each[0] == 0x78 else each for path, each in files.items()}
    log = b"".join(data for path, data in sorted(contents.items()) if path.endswith(".jsonl"))
    assert [json.loads(line)["n"] for line in log.splitlines()] == list(range(1, 9))
    assert any(path.endswith(".npy") and data.startswith(b"\x93NUMPY") for path, data in contents.items())


def test_the_statements_on_the_page_are_those_of_the_file(world: World) -> None:
    laptop = world.device("laptop")
    (block,) = re.findall(r"^```sql\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    query = (
        "SELECT sql || ';' FROM sqlite_master WHERE name GLOB 'waifusync_*' AND type = 'table' ORDER BY name"
    )
    assert [sql for (sql,) in by_hand(snapshot(laptop), query)] == block.splitlines()
