"""Tables and indexes of our own that come later: no change of the schema that anybody has to look at."""

from __future__ import annotations

from waifusync.memory.ledger import Ledger
from waifusync.memory.schema import schema_version


def change_own_schema(ledger: Ledger, statement: str) -> None:
    """What was known of the schema stays known; what was not is not taken for known."""
    before = schema_version(ledger.connection)
    ledger.connection.execute(statement)
    if ledger.meta("schema_version") == before != schema_version(ledger.connection):
        ledger.set_meta("schema_version", schema_version(ledger.connection))
