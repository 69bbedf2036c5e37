"""`waifusync sync`: pull and push in one: afterwards this device and the remote hold the same."""

from __future__ import annotations

from pathlib import Path

from waifusync.cli import syncing
from waifusync.cli.declare import DirectoryOption, JsonOption
from waifusync.cli.shared_options import AcceptDeletionsOption, AcceptRewrittenOption, FullOption


def sync(
    *,
    directory: DirectoryOption = Path("."),
    full: FullOption = False,
    accept_deletions: AcceptDeletionsOption = False,
    accept_rewritten: AcceptRewrittenOption = False,
    json: JsonOption = False,
) -> int:
    """Pull and push in one: afterwards this device and the remote hold the same."""
    return syncing.run(
        directory,
        "sync",
        json=json,
        ask_remote=True,
        push=True,
        full=full,
        accept_deletions=accept_deletions,
        accept_rewritten=accept_rewritten,
    )
