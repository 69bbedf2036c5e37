"""`import`: rows of another database, or the lines of an export, into this companion."""

from __future__ import annotations

from pathlib import Path

from waifusync.memory.importing import Imported
from waifusync.workflows.companion import Companion


def import_database(companion: Companion, path: Path) -> Imported:
    """Raises NotADatabase or RefusedError; nothing is taken in by half."""
    with companion.locked("import"), companion.memory() as memory:
        return memory.import_file(path)
