"""Records that are no row of the person's: skills, links, experiences; read and told within a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping

from waifusync.core.events import Announcements, Fact
from waifusync.core.values import Travel
from waifusync.memory.collections import DocumentCollection
from waifusync.memory.folding import Folder
from waifusync.memory.ledger import Ledger
from waifusync.memory.outbox import Outbox
from waifusync.memory.records import Records, State, seen_of

_READ = """SELECT r.key, d.field, d.value FROM waifusync_records AS r
    JOIN waifusync_documents AS d ON d.record = r.id
    WHERE r.tbl = (SELECT id FROM waifusync_tables WHERE name = ?) AND r.state = 0"""


def read_collection(
    connection: sqlite3.Connection, collection: str
) -> Iterator[tuple[str, dict[str, Travel]]]:
    """Each living record's key and fields, in the order they came here; writes nothing, holds one record."""
    key, fields = None, dict[str, Travel]()
    for found, name, value in connection.execute(f"{_READ} ORDER BY r.id", (collection,)):
        if found != key and key is not None:
            yield key, fields
            fields = {}
        key = found
        fields[name] = json.loads(value)
    if key is not None:
        yield key, fields


def read_about(
    connection: sqlite3.Connection, collection: str, *beginnings: str
) -> dict[str, dict[str, Travel]]:
    """The living records whose keys are `beginning:…`; costs what there are of these, not what there is."""
    found: dict[str, dict[str, Travel]] = {}
    for beginning in beginnings:
        span = (collection, f"{beginning}:", f"{beginning};")  # what follows the colon in the order of bytes
        for key, name, value in connection.execute(f"{_READ} AND r.key >= ? AND r.key < ?", span):
            found.setdefault(key, {})[name] = json.loads(value)
    return found


def read_record(connection: sqlite3.Connection, collection: str, key: str) -> dict[str, Travel]:
    """One living record's fields; empty when there is none."""
    found = connection.execute(f"{_READ} AND r.key = ?", (collection, key)).fetchall()
    return {name: json.loads(value) for _, name, value in found}


class Learning:
    """Tells what was learned here. `close` comes before the COMMIT; made by `Work.learning`."""

    def __init__(
        self, ledger: Ledger, *, wall_milliseconds: int, announcements: Announcements | None = None
    ) -> None:
        self.ledger = ledger
        self.connection = ledger.connection
        self._records = Records(ledger)
        self._outbox = Outbox(ledger, wall_milliseconds=wall_milliseconds)
        self._folder = Folder(self._records, lambda device, number: None)
        self._collections: dict[str, DocumentCollection] = {}
        self._announcements = announcements or Announcements()

    @property
    def device(self) -> str:
        """The id of this device, which ends the keys of its contributions."""
        return self._outbox.device

    @property
    def next_key(self) -> str:
        """A key that no device gave to anything."""
        return f"{self._outbox.device}-{self._outbox.next_number}"

    def has(self, key: str) -> bool:
        """Whether this record was ever told, be it deleted since."""
        return self._records.by_key(key) is not None

    def read(self, collection: str, key: str) -> dict[str, Travel]:
        """The fields of one living record; empty when there is none."""
        return read_record(self.connection, collection, key)

    def put(self, collection: str, key: str, fields: Mapping[str, Travel]) -> bool:
        """Tells what differs from what is known; False, and no entry, where nothing does."""
        known = self.read(collection, key)
        news = {name: value for name, value in fields.items() if name not in known or known[name] != value}
        if news:
            tell(self._records, self._outbox, self._folder, self._collection(collection), key, news)
        return bool(news)

    def delete(self, collection: str, key: str) -> bool:
        """Takes a record away on every device; False where there is none."""
        record = self._records.by_key(key)
        if record is None or record.state == State.DELETED:
            return False
        tell(self._records, self._outbox, self._folder, self._collection(collection), key, None)
        return True

    def announce(self, name: str, facts: Mapping[str, Fact]) -> None:
        """An event, told once this transaction is committed, and never if it is not.

        Of several by one name the numbers are added up, so a batch is one event.
        """
        self._announcements.add(name, facts)

    def _collection(self, name: str) -> DocumentCollection:
        if name not in self._collections:
            self._collections[name] = DocumentCollection(self._records, name)
        return self._collections[name]

    def close(self) -> None:
        """Writes down what it came to."""
        self._folder.flush(self.ledger)
        self._outbox.close()


def tell(
    records: Records,
    outbox: Outbox,
    folder: Folder,
    documents: DocumentCollection,
    key: str,
    fields: Mapping[str, Travel] | None,
) -> None:
    """One entry that has seen all that is known of its record; None deletes it."""
    record = records.by_key(key)
    seen = seen_of(records.touches(record, documents.unpack(record.fields))) if record else {}
    folder.take(documents, outbox.write(documents.name, key, fields, seen=seen))
