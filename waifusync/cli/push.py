"""`waifusync push`: commit, take in what other devices pushed, and push."""

from __future__ import annotations

from pathlib import Path

from waifusync.cli import syncing
from waifusync.cli.declare import DirectoryOption, JsonOption
from waifusync.cli.shared_options import AcceptDeletionsOption, AcceptRewrittenOption, FullOption


def push(
    *,
    directory: DirectoryOption = Path("."),
    full: FullOption = False,
    accept_deletions: AcceptDeletionsOption = False,
    accept_rewritten: AcceptRewrittenOption = False,
    json: JsonOption = False,
) -> int:
    """Commit, take in what other devices pushed, and push."""
    return syncing.run(
        directory,
        "push",
        json=json,
        ask_remote=True,
        push=True,
        full=full,
        accept_deletions=accept_deletions,
        accept_rewritten=accept_rewritten,
    )
