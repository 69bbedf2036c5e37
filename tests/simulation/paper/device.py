"""A device whose tree, outbox and state lie in memory, around the production log, union, relog and fold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from waifusync.core import clock
from waifusync.core.entry import Entry, format_line, line_chain, parse_line
from waifusync.core.fold import Folded, fold
from waifusync.core.relog import NewName, relog
from waifusync.core.values import Travel
from waifusync.core.versions import Head
from waifusync.log.reading import FaultKind, LogFault, read_all
from waifusync.log.source import DictSource, device_id, log_segments
from waifusync.log.union import unite
from waifusync.log.writing import plan_append
from waifusync.values import replace

Tree = dict[str, bytes]
Record = tuple[str, str]


class BrokenPromise(AssertionError):
    """Something that must never happen did."""


@dataclass(slots=True)
class State:
    """What a live database holds: the entries taken in, by record, and how far each log was read."""

    entries: dict[Record, dict[tuple[str, int], Entry]] = field(default_factory=lambda: defaultdict(dict))
    heads: dict[str, Head] = field(default_factory=dict)
    clock: int = 0
    outbox: dict[int, str] = field(default_factory=dict)

    def copy(self) -> State:
        entries: dict[Record, dict[tuple[str, int], Entry]] = defaultdict(dict)
        entries |= {record: dict(each) for record, each in self.entries.items()}
        return State(entries, dict(self.heads), self.clock, dict(self.outbox))

    def take(self, entry: Entry, chain: str) -> None:
        self.entries[entry.collection, entry.key][entry.device, entry.number] = entry
        self.heads[entry.device] = Head(entry.number, chain)
        self.clock = max(self.clock, entry.time)

    def folded(self, record: Record) -> Folded:
        return fold(self.entries[record].values())


@dataclass(slots=True)
class Device:
    """`held` is what refs/waifusync/held would be, `branch` what git shows, which people may change."""

    id: str
    now: int
    state: State = field(default_factory=State)
    held: Tree = field(default_factory=dict)
    branch: Tree = field(default_factory=dict)
    # What refs/waifusync/taking leads to: the state may hold more of it than `held` does.
    taking: Tree = field(default_factory=dict)
    names: int = 0

    @property
    def folder(self) -> str:
        return f"device-{self.id}"

    def write(self, collection: str, key: str | None, fields: Mapping[str, Travel] | None) -> Entry:
        """What a program does, told as an entry; without a key a record is born."""
        state, head = self.state, self.state.heads.get(self.id, Head())
        key = key or f"{self.id}-{head.number + 1}"
        known = state.entries.get((collection, key), {})
        entry = Entry(
            self.id, head.number + 1, clock.tick(state.clock, self.now), collection, key, fields, _seen(known)
        )
        line, chain = format_line(entry, head.chain)
        state.outbox[entry.number] = line
        state.take(parse_line(line.encode(), self.id), chain)
        return entry

    def commit(self) -> None:
        """The outbox into the own log; a commit that was cut short before left part of it there already."""
        written = _last(self.held, self.folder)
        waiting = [(number, line) for number, line in sorted(self.state.outbox.items()) if number > written]
        edits = plan_append(DictSource(self.held), self.folder, waiting)
        self.held = {path: data for path, data in self.held.items() if path not in edits.delete} | edits.write
        self.branch = dict(self.held)
        self.state.outbox.clear()

    def accept(self, theirs: Tree, *, again: bool = False) -> None:
        """Unites and reads what is new; `again`: everything is delivered once more."""
        if self.taking:
            self._accept(self.taking, again=again)
            self.taking = {}
        self._accept(theirs, again=again)

    def accept_half(self, theirs: Tree) -> None:
        """Killed after the state has it all, and before `held` leads to it."""
        self.accept({})
        identity, held = self.id, dict(self.held)
        self._accept(theirs, again=False)
        if self.id == identity:
            self.taking, self.held = dict(theirs), held

    def _accept(self, theirs: Tree, *, again: bool) -> None:
        if fork := self._fork(theirs):
            self._become_another(*fork, theirs)
        held, others = _ids(self.held), _ids(theirs)
        union = unite(held, others)
        if union.broken:
            raise BrokenPromise(f"{self.id}: numbers are missing in {union.broken}")
        together = {path: self.held.get(path) or theirs[path] for path in union.paths}
        self._read(together, again=again)
        self.held = together

    def _read(self, tree: Tree, *, again: bool) -> None:
        faults: list[LogFault] = []
        there = {device_id(folder) for folder in log_segments(tree)}
        after = {} if again else {each: head for each, head in self.state.heads.items() if each in there}
        before = dict(self.state.heads)
        for line in read_all(DictSource(tree), after, faults=faults):
            self.state.take(line.entry, line.chain)
        self.state.heads |= {
            each: head for each, head in before.items() if head.number > self.state.heads[each].number
        }
        # Our own log is shorter than what we did as long as something waits in the outbox.
        if any(each.kind != FaultKind.SHORTER or each.device != self.id for each in faults):
            raise BrokenPromise(f"{self.id}: {faults}")

    def _fork(self, theirs: Tree) -> tuple[int, str] | None:
        """The last entry of our own that both have alike, where theirs goes on otherwise."""
        if _own(theirs, self.folder).items() <= self.held.items():
            return None
        ours = {**_lines(self.held, self.folder), **{n: x.encode() for n, x in self.state.outbox.items()}}
        alike, chain = 0, ""
        for number, line in sorted(_lines(theirs, self.folder).items()):
            if ours.get(number) != line:
                return alike, chain
            alike, chain = number, line_chain(line)
        return None

    def _become_another(self, fork: int, chain: str, theirs: Tree) -> None:
        """A copied card or an old backup of everything: what was not sent is told anew under a new id."""
        self.names += 1
        name = NewName(self.id, f"{self.id[:4]}{self.names:04}", fork)
        own = [e for each in self.state.entries.values() for e in each.values() if e.device == self.id]
        unsent = sorted((each for each in own if each.number > fork), key=lambda each: each.number)
        told = relog(unsent, name)
        self._forget_own(name)
        self.held = {path: data for path, data in self.held.items() if f"/{self.folder}/" not in path}
        self.held |= {path: data for path, data in theirs.items() if f"/{self.folder}/" in path}
        self.state.heads[self.id] = Head(fork, chain)
        self.id = name.new
        for number, line in told.lines:
            self.state.outbox[number] = line
            self.state.take(parse_line(line.encode(), self.id), line_chain(line.encode()))

    def _forget_own(self, name: NewName) -> None:
        old, self.state.outbox = self.state.entries, {}
        self.state.entries = defaultdict(dict)
        for each in old.values():
            for entry in each.values():
                if entry.device != name.old or entry.number <= name.fork:
                    place = (entry.collection, entry.key)
                    self.state.entries[place][entry.device, entry.number] = replace(entry)


def _seen(known: Mapping[tuple[str, int], Entry]) -> dict[str, int]:
    seen: dict[str, int] = {}
    for device, number in known:
        seen[device] = max(number, seen.get(device, 0))
    return seen


def _ids(tree: Tree) -> dict[str, str]:
    return {path: f"{len(data)}-{hash(data):x}" for path, data in tree.items()}


def _own(tree: Tree, folder: str) -> Tree:
    return {path: data for path, data in tree.items() if f"/{folder}/" in path}


def _last(tree: Tree, folder: str) -> int:
    return max((each.last for each in log_segments(_own(tree, folder)).get(folder, [])), default=0)


def _lines(tree: Tree, folder: str) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for segment in log_segments(_own(tree, folder)).get(folder, []):
        for number, line in enumerate(tree[segment.path].splitlines(), start=segment.first):
            found[number] = line
    return found
