"""Tables described as records, so that a new table or column is an entry like any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from waifusync.core.tables import TABLES, to_fields
from waifusync.core.values import Travel
from waifusync.memory.collections import DocumentCollection
from waifusync.memory.folding import Folder
from waifusync.memory.outbox import Outbox
from waifusync.memory.records import Records, seen_of
from waifusync.memory.rows import LiveTable


def describe_tables(records: Records, outbox: Outbox, folder: Folder, tables: Iterable[LiveTable]) -> None:
    """Writes what is not described yet. A description, once made, is only ever added to."""
    documents = DocumentCollection(records, TABLES)
    for table in tables:
        key = f"table:{table.name}"
        known = documents.read(key)
        fields: dict[str, Travel] = {n: v for n, v in to_fields(table.shape).items() if n not in known}
        if fields:
            _write(records, outbox, folder, documents, key, fields)


def _write(
    records: Records,
    outbox: Outbox,
    folder: Folder,
    documents: DocumentCollection,
    key: str,
    fields: Mapping[str, Travel],
) -> None:
    record = records.by_key(key)
    values = {name: documents.resolve(name, value, outbox.device) for name, value in fields.items()}
    hashes = {name: each.hash for name, each in values.items()}
    seen = seen_of(records.touches(record, documents.unpack(record.fields))) if record else {}
    entry = outbox.write(TABLES, key, fields, seen=seen)
    if record is None:
        number = folder.born(documents, entry, hashes, row=None)
    else:
        folder.edited(documents, record, entry, hashes)
        number = record.id
    documents.change(records.by_id(number), values)
