"""What a soak found, and how it stands to what was promised."""

from __future__ import annotations

from typing import NamedTuple

from tests.soak.ledger import Expected
from tests.soak.turns import Kind, Seen

MOST_BUSY_SHARE = 0.05
MOST_ADDED_MILLISECONDS = 100.0
MOST_WAL_BYTES = 32 * 1024 * 1024
MOST_CROWDING = 1.5


class Report(NamedTuple):
    """`beside_us` and `alone` are the same programs, at a companion's database and at a plain one."""

    mode: str
    beside_us: Seen
    alone: Seen
    expected: Expected
    wrong: list[str]
    integrity: str
    syncs: int
    git: int

    @property
    def kinds(self) -> list[Kind]:
        return [kind for kind in self.beside_us.ledgers if kind in self.alone.ledgers]

    @property
    def writes(self) -> int:
        """At the companion's database, acknowledged."""
        return sum(each.ending == "done" for each in self.beside_us.attempts())

    @property
    def crowding(self) -> float:
        return max(self.beside_us.crowding, self.alone.crowding)

    @property
    def added_milliseconds(self) -> float:
        """At the 99th percentile, of the programs that are no new process for each write."""
        held = [kind for kind in self.kinds if kind.driver != "shell"]
        return self.beside_us.p99_milliseconds(*held) - self.alone.p99_milliseconds(*held)

    @property
    def seen_by_all(self) -> bool:
        """Whether every program got something written, in both places."""
        return all(
            any(each.ending == "done" for each in seen.attempts(kind))
            for kind in self.kinds
            for seen in (self.beside_us, self.alone)
        )

    def broken(self) -> list[str]:
        """The promises that were not kept."""
        found = [f"{len(self.wrong)} rows: {self.wrong[:3]}"] if self.wrong else []
        found += [f"integrity: {self.integrity}"] if self.integrity != "ok" else []
        return [f"{self.mode}: {each}" for each in [*found, *self.late()]]

    def late(self, *, most_busy: float = MOST_BUSY_SHARE) -> list[str]:
        """Those about time, which mean nothing where other programs have the cores: see `crowding`."""
        found = []
        for kind in self.kinds:
            more = self.beside_us.busy_share(kind) - self.alone.busy_share(kind)
            if more > most_busy:
                found.append(f"{kind}: {more:.1%} more busy")
        if self.mode == "wal" and self.added_milliseconds > MOST_ADDED_MILLISECONDS:
            found.append(f"{self.added_milliseconds:.0f} ms added at the 99th percentile")
        if self.beside_us.greatest_wal > MOST_WAL_BYTES:
            found.append(f"the WAL grew to {self.beside_us.greatest_wal} bytes")
        return found

    def __str__(self) -> str:
        seen, alone = self.beside_us, self.alone
        found = f"{self.expected.acknowledged} rows to find, {len(self.wrong)} lost or wrong"
        beside = f"{seen.kills} kills, {self.syncs} syncs, {self.git} careless commands"
        wal = f"greatest WAL {seen.greatest_wal / 2**20:.1f} MB, alone {alone.greatest_wal / 2**20:.1f} MB"
        lines = [
            f"{self.mode}: {self.writes} writes acknowledged, {found}; {beside}",
            f"  integrity {self.integrity}; {wal}; added at p99: {self.added_milliseconds:.0f} ms",
            f"  work took {self.crowding:.1f} times as long as on a free core",
        ]
        return "\n".join(lines + [self._of(kind) for kind in self.kinds])

    def _of(self, kind: Kind) -> str:
        seen, alone = self.beside_us, self.alone
        busy = f"busy {seen.busy_share(kind):6.2%}, alone {alone.busy_share(kind):6.2%}"
        late = f"p99 {seen.p99_milliseconds(kind):6.1f} ms, alone {alone.p99_milliseconds(kind):6.1f} ms"
        return f"  {kind!s:20} {busy}; {late}"
