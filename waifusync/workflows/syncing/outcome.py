"""What a sync did, as facts; the command line makes sentences and JSON of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waifusync.values import dataclass, field

if TYPE_CHECKING:
    from waifusync.core.learning.withheld import Withheld


@dataclass(slots=True)
class Outcome:
    """`sent` counts changes that reached the remote (for `commit`: that were committed), `received` those
    that came, by device name. `conflicts` counts edits that lost to another; `to_settle` those of them that
    the person wants to be asked about. `pushed` is true only when the remote was seen to have all of it."""

    sent: int = 0
    received: dict[str, int] = field(default_factory=dict)
    pushed: bool = False
    digest: str = ""
    conflicts: int = 0
    new_conflicts: int = 0
    to_settle: int = 0
    # Fields of which several edits were merged into one (weighted_merge).
    merged: int = 0
    committed: int = 0
    # Sessions of this device that were new or had gone on.
    sessions: int = 0
    # Whether anything went, be it only that a device joined.
    moved_remote: bool = False
    repaired: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    untrusted: list[str] = field(default_factory=list)
    waits_for_person: bool = False
    # Where the branch, what is held and the remote all are, when they are.
    level_at: str = ""
    # What was kept back because it looks like a secret.
    withheld: list[Withheld] = field(default_factory=list)
    # Memories that moved to this device's private ones, by the keys they had.
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        """Whether all was level before, and there is nothing to say but that."""
        counts = self.sent, self.committed, self.sessions, self.merged, self.new_conflicts, self.to_settle
        told = self.received, self.repaired, self.warnings, self.untrusted, self.withheld, self.kept
        return not (any(counts) or any(told) or self.moved_remote or self.waits_for_person)

    def to_json(self) -> dict[str, object]:
        """The documented shape of `commit|push|pull|sync --json`."""
        return {
            "sent": self.sent,
            "received": self.received,
            "pushed": self.pushed,
            "digest": self.digest,
            "conflicts": self.conflicts,
            "merged": self.merged,
            "repaired": self.repaired,
            "warnings": [*self.warnings, *self.untrusted],
        }
