"""`push`, `pull` and `sync` where nothing is new, here or there: answered before anything else is loaded."""

from __future__ import annotations

import os

from waifusync.workflows.unchanged import level_of, note_reached

# As `syncing.sentence` says them.
ANSWERS = {
    "pull": "Nothing new on the remote.",
    "push": "Nothing to push: the remote has everything.",
    "sync": "Nothing new here or on the remote.",
}
# Of its time limit, so that a remote that hangs is not waited for twice.
_SHARE_OF_LIMIT = 0.25
_LONGEST_SECONDS = 10.0


def answered(given: list[str]) -> str | None:
    """What the command has to say; None if it has to be run."""
    if len(given) != 1 or given[0] not in ANSWERS:
        return None
    root = os.getcwd()
    level = level_of(root)
    if level is None:
        return None
    from waifusync.repository.short_question import tip_at_once

    seconds = min(float(level.seconds) * _SHARE_OF_LIMIT, _LONGEST_SECONDS)
    if tip_at_once(root, level.remote, level.ref, seconds) != level.commit:
        return None
    note_reached(root)
    return ANSWERS[given[0]]
