"""`waifusync commit`: put what programs changed in the memory into git, on this device only."""

from __future__ import annotations

from pathlib import Path

from waifusync.cli import syncing
from waifusync.cli.declare import DirectoryOption, JsonOption
from waifusync.cli.shared_options import AcceptDeletionsOption, FullOption


def commit(
    *,
    directory: DirectoryOption = Path("."),
    full: FullOption = False,
    accept_deletions: AcceptDeletionsOption = False,
    json: JsonOption = False,
) -> int:
    """Put what programs changed in the memory into git, on this device only."""
    return syncing.run(directory, "commit", json=json, full=full, accept_deletions=accept_deletions)
