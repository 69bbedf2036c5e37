"""Puts together what `watch` consists of: the loop, which knows when, and the companion, which knows how."""

from __future__ import annotations

import os
from pathlib import Path

from waifusync.automation.notifying import all_is_well
from waifusync.automation.watch.watching import Done
from waifusync.cli import failures, syncing
from waifusync.cli.by_itself import retain
from waifusync.errors import RefusedError, WaifusyncError
from waifusync.workflows.companion import Companion
from waifusync.workflows.syncing.outcome import Outcome
from waifusync.workflows.watched import WatchedCompanion


class Watched(WatchedCompanion):
    """A companion whose exchanges are told in the words of `sync` and `commit`."""

    def exchange(self, *, with_remote: bool) -> Done:
        """Raises LockTaken after having left a note. A failure has what was done before as facts["done"]."""
        try:
            outcome = self.run_exchange(with_remote=with_remote)
        except WaifusyncError as error:
            until_then = error.facts.get("outcome")
            if isinstance(until_then, Outcome):
                error.facts["done"] = _done(until_then, "commit")
            raise
        return _done(outcome, "sync" if with_remote else "commit")

    def run_exchange(self, *, with_remote: bool) -> Outcome:
        """With what a device does by itself when it was in touch with the remote."""
        outcome = super().run_exchange(with_remote=with_remote)
        if with_remote:
            retain(self.companion, outcome)
            all_is_well(self.state_directory)
        return outcome


def find(directory: Path) -> Watched:
    """The companion that a folder lies in."""
    return Watched(Companion.find(directory), failures.explain)


def find_at(root: Path) -> Watched:
    """The companion in this very folder: not one around it, when this one was moved away."""
    found = find(root)
    if os.path.realpath(found.root) != os.path.realpath(root):
        raise RefusedError(f"{root} holds no companion")
    return found


def _done(outcome: Outcome, purpose: str) -> Done:
    has_moved = bool(outcome.committed or outcome.received or outcome.moved_remote)
    text, warnings = syncing.sentence(purpose, outcome), (*outcome.warnings, *outcome.untrusted)
    return Done(text, outcome.to_json(), tuple(outcome.repaired), warnings, has_moved)
