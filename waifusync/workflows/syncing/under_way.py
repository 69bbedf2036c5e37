"""One sync while it runs: where the branch, the remote and this device are, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.config import Layout
from waifusync.errors import UnreachableError
from waifusync.memory.live import LiveMemory
from waifusync.repository import layout
from waifusync.repository.git import Git
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import Refs, read_refs
from waifusync.values import dataclass, field
from waifusync.workflows.companion import APPLIED as APPLIED
from waifusync.workflows.companion import HELD, SEEN, TAKING, Companion
from waifusync.workflows.syncing.git_source import GitSource
from waifusync.workflows.syncing.happenings import tell_taken_in
from waifusync.workflows.syncing.letting_out import Answer
from waifusync.workflows.syncing.outcome import Outcome
from waifusync.workflows.syncing.taking_in import take_in

if TYPE_CHECKING:
    from waifusync.log.reading import LogFault

# Our last entry in a commit, this device's folder, and that commit: so that it is never believed of
# another log.
COMMITTED = "committed_number"


def where(companion: Companion, *more: str) -> Refs:
    """The refs that an exchange reads and moves, and further ones."""
    return read_refs(companion.git, companion.branch_ref, HELD, SEEN, TAKING, *more)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a verb wants of the exchange."""

    purpose: str
    ask_remote: bool = False
    push: bool = False
    full: bool = False
    accept_deletions: bool = False
    accept_rewritten: bool = False
    # Another remote than the companion's own: what was seen of that one says nothing about this one.
    elsewhere: bool = False
    # For another waifusync that is at work here.
    most_wait_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the remote said before the lock was taken: where it is, or that it is away. `is_here`: all that it
    has was fetched, too."""

    tip: str | None = None
    failure: UnreachableError | None = None
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Errand:
    """What one exchange is to do besides: take in the logs of a further commit, such as an import's,
    give the next commit a layout (None: the one that its waifusync.toml says), and write files of which
    this device is the one writer.

    `asked` spares it a question, and `answers` say by key what happens to what was kept back.
    """

    also: str | None = None
    layout: Layout | None = None
    asked: Asked | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(slots=True)
class UnderWay:
    """Held together under the lock. `united` are the log and vector files that several commits hold together;
    None while the branch is known to hold exactly what this device holds."""

    companion: Companion
    memory: LiveMemory
    reader: ObjectReader
    wishes: Wishes
    refs: Refs
    outcome: Outcome = field(default_factory=Outcome)
    asked: Asked | None = None
    remote: str | None = None
    united: dict[str, str] | None = None
    seen_elsewhere: str | None = None
    errand: Errand = field(default_factory=Errand)
    # How far our own log went, and how many changes were told, when the commit was made.
    told: tuple[int, int] = (0, 0)
    # How many of these changes commits had carried when this run began.
    carried: int = 0
    # Our last entry that is in a commit of ours.
    committed: int = 0
    # Entries that came, by device id; they get names in the end.
    received: dict[str, int] = field(default_factory=dict)
    # Files of an id that this device had: what it wrote there after the fork it has told again elsewhere.
    dropped: set[str] = field(default_factory=set)
    # What the branch says.
    layout: Layout = Layout.LOG
    # Whether the live database has never seen a log.
    is_new: bool = False
    # Snapshots that somebody edited and whose rows were taken in by this run.
    edits_taken: set[str] = field(default_factory=set)
    # Where a snapshot is now that somebody had put into the work tree, by its object.
    kept_aside: dict[str, Path] = field(default_factory=dict)
    # Whether git holds several versions of the snapshot, for somebody to choose from.
    is_unmerged: bool = False

    @property
    def git(self) -> Git:
        return self.companion.git

    @property
    def branch(self) -> str | None:
        """Where the companion's branch is."""
        return self.refs[self.companion.branch_ref]

    @property
    def held(self) -> str | None:
        """The last commit that this device accepted or made."""
        return self.refs[HELD]

    @property
    def taking(self) -> str | None:
        """What was being taken in when a run was killed, or is now."""
        return self.refs[TAKING]

    @property
    def seen(self) -> str | None:
        """Where the remote was when it was last asked."""
        return self.seen_elsewhere if self.wishes.elsewhere else self.refs[SEEN]

    @property
    def folder(self) -> str:
        """The name of this device's folders."""
        return self.companion.state.folder

    @property
    def own_log(self) -> str:
        return f"{layout.LOG}/{self.folder}"

    def look(self) -> None:
        """Reads the refs again, after they moved."""
        self.refs = where(self.companion)

    def source(self, paths: dict[str, str]) -> GitSource:
        return GitSource(self.reader, paths)

    def take_in(self, paths: dict[str, str], *, claims: bool = False) -> list[LogFault]:
        """Applies what these logs hold beyond the live database, and reports it."""
        taken = take_in(self.memory, self.source(paths), claims=claims)
        tell_taken_in(self.companion, taken.learned)
        for device, count in taken.received.items():
            if device != self.memory.ledger.device:
                self.received[device] = self.received.get(device, 0) + count
        self.outcome.warnings += taken.problems
        self.outcome.untrusted += [f"{each.path} line {each.line}: {each.reason}" for each in taken.faults]
        return taken.faults

    def count_told(self) -> None:
        """What the next commit carries: also what verbs such as `remember` told at once, and left to it."""
        self.outcome.committed = max(0, self.told[1] - self.carried)

    def heads(self) -> dict[str, int]:
        return {device: head.number for device, head in self.memory.heads().items()}
