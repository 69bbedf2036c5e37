"""`waifusync pull`: take in what other devices pushed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from waifusync.cli import syncing
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption
from waifusync.cli.shared_options import AcceptRewrittenOption

EXAMPLES = ("waifusync pull", "waifusync pull /media/stick/mind.bundle")


def pull(
    file: Annotated[
        Path | None,
        Argument("FILE", help="A bundle, as push --bundle wrote it; the remote if left out."),
    ] = None,
    *,
    directory: DirectoryOption = Path("."),
    accept_rewritten: AcceptRewrittenOption = False,
    json: JsonOption = False,
) -> int:
    """Take in what other devices pushed."""
    if file is None:
        return syncing.run(directory, "pull", json=json, ask_remote=True, accept_rewritten=accept_rewritten)
    from waifusync.cli import bundling

    bundling.refuse_rewritten(accept_rewritten)
    return bundling.pull(directory, file, json=json)
