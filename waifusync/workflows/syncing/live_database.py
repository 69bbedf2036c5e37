"""Making sure that the live database is the one that this device knows, before anything is read from it.

the file is gone                       made anew, and filled from the log
it is a file that a program made       settled into; its rows are matched with the log by content
it is another device's database        the same, after taking that device's notes out
it is ours, from a backup              nothing to do here: it is merely behind
"""

from __future__ import annotations

import os

from waifusync.errors import RefusedError
from waifusync.memory.making import device_of, make_database, take_over
from waifusync.workflows.companion import Companion
from waifusync.workflows.local_state import read_local_state
from waifusync.workflows.syncing.new_identity import BEGUN


def ensure_live_database(companion: Companion) -> list[str]:
    """What was put right, in words. Raises RefusedError, NotADatabase."""
    path, state = companion.live_path, companion.state
    if not path.exists():
        if os.path.isabs(state.live):
            raise RefusedError(
                f"{path} is not there",
                hint="is its disk mounted? If it is lost: waifusync rebuild makes it anew from the log",
            )
        make_database(path, state.id, companion.choices)
        return ["memory.db was gone: made anew from the log"]
    found = device_of(path)
    begun = read_local_state(companion.git.state_directory / BEGUN)
    if found == state.id or (begun is not None and found == begun.id):
        return []
    take_over(path, state.id, companion.choices)
    whose = "a file that is not ours" if found is None else f"the database of another device ({found})"
    return [f"memory.db was replaced by {whose}: brought together with the log"]
