"""This device takes a new id: what it had not sent is told again under that id, in one transaction.

Costs what was not sent. The old id keeps its entries up to the fork and is from then on another device's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from waifusync.core import digest
from waifusync.core.relog import NewName, Relogged
from waifusync.core.versions import Head
from waifusync.memory.catalog import Catalog
from waifusync.memory.collections import DocumentCollection
from waifusync.memory.ledger import Ledger
from waifusync.memory.records import Record, Records, State
from waifusync.values import replace


def with_following(name: NewName, ledger: Ledger, catalog: Catalog) -> NewName:
    """The name, and what it means for rows whose declared key says whose they are: tags of a memory."""
    tables = {
        each.id: each
        for each in catalog.tables.values()
        if each.is_named and not each.references.keys().isdisjoint(each.key_columns)
    }
    moved = _touched_after_fork(ledger, name)
    renamed = {digest.reference_hash(each.key): digest.reference_hash(name.key(each.key)) for each in moved}
    following = {}
    for record in moved if tables else ():
        if (table := tables.get(record.table)) is not None:
            hashes = table.unpack(record.fields)
            key = table.key_of({column: renamed.get(each, each) for column, each in hashes.items()})
            if key != record.key == table.key_of(hashes):
                following[record.key] = key
    return replace(name, following=following)


class Renamer:
    """Within the caller's transaction, everything having been collected."""

    def __init__(self, ledger: Ledger, catalog: Catalog, name: NewName) -> None:
        self.ledger = ledger
        self.connection = ledger.connection
        self._records = Records(ledger)
        self._tables = catalog.by_id()
        self._name = name
        self._old = ledger.device_number(name.old)
        self._new = ledger.device_number(name.new)

    def rename(self, told: Relogged, vectors: Iterable[tuple[int, str, int, bytes]], fork_chain: str) -> None:
        """`vectors` are (number, group, ordinal, bytes) of the new log."""
        moved = _touched_after_fork(self.ledger, self._name)
        before = {record.id: self._hash(record) for record in moved}
        renamed = self._rename_keys(moved)
        self._renumber("waifusync_records", "device", "number")
        self._renumber("waifusync_touches", "device", "number")
        self._renumber("waifusync_clashes", "winner_device", "winner")
        self._renumber("waifusync_clashes", "loser_device", "loser")
        self._rewrite_seen()
        self._rewrite_references(moved, renamed)
        self._correct_digests(moved, before)
        self._replace_outbox(told, vectors)
        self.ledger.set_head(self._name.old, Head(self._name.fork, fork_chain))
        self.ledger.set_head(self._name.new, Head(len(told.lines), told.chain))
        self.ledger.set_meta("device", self._name.new)

    def _rename_keys(self, moved: Iterable[Record]) -> dict[str, str]:
        renamed = {}
        for record in moved:
            key = self._name.key(record.key)
            if key != record.key:
                renamed[record.key] = key
                self.connection.execute("UPDATE waifusync_records SET key = ? WHERE id = ?", (key, record.id))
                self.connection.execute(
                    "UPDATE waifusync_pending SET key = ? WHERE key = ?", (key, record.key)
                )
        return renamed

    def _renumber(self, table: str, device: str, number: str) -> None:
        self.connection.execute(
            f"UPDATE {table} SET {device} = ?, {number} = {number} - ? WHERE {device} = ? AND {number} > ?",
            (self._new, self._name.fork, self._old, self._name.fork),
        )

    def _rewrite_seen(self) -> None:
        rows = self.connection.execute(
            "SELECT record, device, number, seen FROM waifusync_touches WHERE seen <> ''"
        )
        for record, device, number, text in rows.fetchall():
            seen = json.loads(text)
            renamed = self._name.seen(seen)
            if renamed != seen:
                self.connection.execute(
                    "UPDATE waifusync_touches SET seen = ? WHERE record = ? AND device = ? AND number = ?",
                    (json.dumps(renamed), record, device, number),
                )

    def _rewrite_references(self, moved: Iterable[Record], renamed: Mapping[str, str]) -> None:
        """Hashes of fields that refer to a renamed record; only what was not sent can refer to one."""
        hashes = {digest.reference_hash(old): digest.reference_hash(new) for old, new in renamed.items()}
        for record in moved:
            fresh = self._records.by_id(record.id)
            packed = _replaced(fresh.fields, hashes)
            self._records.change(fresh.id, row=fresh.row, state=fresh.state, fields=packed)
        texts = {old.hex(): new.hex() for old, new in hashes.items()}
        rows = self.connection.execute(
            "SELECT record, number, fields FROM waifusync_touches WHERE device = ? AND fields IS NOT NULL",
            (self._new,),
        )
        for identity, number, text in rows.fetchall():
            fields = {name: texts.get(hashed, hashed) for name, hashed in json.loads(text).items()}
            self.connection.execute(
                "UPDATE waifusync_touches SET fields = ? WHERE record = ? AND device = ? AND number = ?",
                (json.dumps(fields, ensure_ascii=False), identity, self._new, number),
            )
        for identity, text in self.connection.execute(
            "SELECT record, content FROM waifusync_aside"
        ).fetchall():
            content = {
                n: {"k": renamed.get(v["k"], v["k"])} if _is_reference(v) else v
                for n, v in json.loads(text).items()
            }
            self.connection.execute(
                "UPDATE waifusync_aside SET content = ? WHERE record = ?",
                (json.dumps(content, ensure_ascii=False), identity),
            )

    def _hash(self, record: Record) -> int:
        if record.state == State.DELETED:
            return 0
        table = self._tables.get(record.table) or self._documents(record.table)
        return table.record_hash(record.key, table.unpack(record.fields))

    def _documents(self, number: int) -> DocumentCollection:
        """Of what was learned, which has no table."""
        query = "SELECT name FROM waifusync_tables WHERE id = ?"
        (name,) = self.connection.execute(query, (number,)).fetchone()
        return DocumentCollection(self._records, name)

    def _correct_digests(self, moved: Iterable[Record], before: Mapping[int, int]) -> None:
        differences: dict[int, tuple[int, int]] = {}
        for record in moved:
            change = self._hash(self._records.by_id(record.id)) - before[record.id]
            differences[record.table] = (differences.get(record.table, (0, 0))[0] + change, 0)
        self.ledger.change_digests(differences)

    def _replace_outbox(self, told: Relogged, vectors: Iterable[tuple[int, str, int, bytes]]) -> None:
        self.connection.execute("DELETE FROM waifusync_outbox")
        self.connection.execute("DELETE FROM waifusync_vectors")
        self.connection.execute("DELETE FROM waifusync_meta WHERE name GLOB 'ordinal:*'")
        self.connection.executemany("INSERT INTO waifusync_outbox VALUES (?, ?)", told.lines)
        for number, group, ordinal, content in vectors:
            self.connection.execute(
                "INSERT INTO waifusync_vectors VALUES (?, ?, ?, ?)", (number, group, ordinal, content)
            )
            self.ledger.set_meta(f"ordinal:{group}", ordinal + 1)


def _touched_after_fork(ledger: Ledger, name: NewName) -> list[Record]:
    rows = ledger.connection.execute(
        "SELECT id FROM waifusync_records WHERE device = ?1 AND number > ?2 UNION"
        " SELECT record FROM waifusync_touches WHERE device = ?1 AND number > ?2",
        (ledger.device_number(name.old), name.fork),
    )
    records = Records(ledger)
    return [records.by_id(record) for (record,) in rows.fetchall()]


def _replaced(packed: bytes, hashes: Mapping[bytes, bytes]) -> bytes:
    size = digest.FIELD_BYTES
    fields = (packed[start : start + size] for start in range(0, len(packed), size))
    return b"".join(hashes.get(each, each) for each in fields)


def _is_reference(value: object) -> bool:
    return isinstance(value, dict) and "k" in value
