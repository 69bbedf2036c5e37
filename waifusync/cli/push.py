"""`waifusync push`: commit, take in what other devices pushed, and push."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from waifusync.cli import syncing
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.cli.shared_options import AcceptDeletionsOption, AcceptRewrittenOption, FullOption

EXAMPLES = ("waifusync push", "waifusync push --bundle /media/stick/mind.bundle")


def push(
    *,
    directory: DirectoryOption = Path("."),
    bundle: Annotated[
        Path | None,
        Option("--bundle", metavar="FILE", help="Into one file, as on a memory stick; no remote is asked."),
    ] = None,
    full: FullOption = False,
    accept_deletions: AcceptDeletionsOption = False,
    accept_rewritten: AcceptRewrittenOption = False,
    json: JsonOption = False,
) -> int:
    """Commit, take in what other devices pushed, and push."""
    if bundle is None:
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
    from waifusync.cli import bundling
    from waifusync.workflows.syncing.under_way import Wishes

    bundling.refuse_rewritten(accept_rewritten)
    wishes = Wishes("push", full=full, accept_deletions=accept_deletions)
    return bundling.push(directory, bundle, wishes, json=json)
