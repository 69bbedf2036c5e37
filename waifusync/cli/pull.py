"""`waifusync pull`: take in what other devices pushed."""

from __future__ import annotations

from pathlib import Path

from waifusync.cli import syncing
from waifusync.cli.declare import DirectoryOption, JsonOption
from waifusync.cli.shared_options import AcceptRewrittenOption


def pull(
    *,
    directory: DirectoryOption = Path("."),
    accept_rewritten: AcceptRewrittenOption = False,
    json: JsonOption = False,
) -> int:
    """Take in what other devices pushed."""
    return syncing.run(directory, "pull", json=json, ask_remote=True, accept_rewritten=accept_rewritten)
