"""Tables described as records, so that a new table or column is an entry like any other."""

from __future__ import annotations

from collections.abc import Iterable

from waifusync.core.learning.collections import TABLES
from waifusync.core.tables import to_fields
from waifusync.core.values import Travel
from waifusync.memory.collections import DocumentCollection
from waifusync.memory.folding import Folder
from waifusync.memory.learned import tell
from waifusync.memory.outbox import Outbox
from waifusync.memory.records import Records
from waifusync.memory.rows import LiveTable


def describe_tables(records: Records, outbox: Outbox, folder: Folder, tables: Iterable[LiveTable]) -> None:
    """Writes what is not described yet. A description, once made, is only ever added to."""
    documents = DocumentCollection(records, TABLES)
    for table in tables:
        key = f"table:{table.name}"
        known = documents.read(key)
        fields: dict[str, Travel] = {n: v for n, v in to_fields(table.shape).items() if n not in known}
        if fields:
            tell(records, outbox, folder, documents, key, fields)
