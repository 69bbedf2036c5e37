"""What another device did meanwhile is taken in; on both sides inserts, edits and deletions.

waifusync reads the other side's entries out of git, checks and applies them; fetching is in nobody's time.
Each round begins from the same files. It is measured behind few and behind many memories too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from pathlib import Path
from statistics import median

from experiments.bench.changes import SIDES, change, rows_after
from experiments.bench.crdts import Merge, loro_merge, pycrdt_merge
from experiments.bench.data import memories
from experiments.bench.dolt import DoltLite, cost_of
from experiments.bench.figure import Measured
from experiments.bench.ground import Device, Setting, World, copy_database, plain_database
from experiments.bench.timing import Candidate, Cost, check, in_process, in_turns, run

_CRDTS: dict[str, Callable[[int, int], Merge]] = {"pycrdt": pycrdt_merge, "loro": loro_merge}
_DOLT, _SESSION, _SQLDIFF = (
    "DoltLite dolt_merge",
    "session extension, changeset given",
    "sqldiff into sqlite3",
)


def measure(setting: Setting) -> Measured:
    scale, peers = setting.scale, setting.peers
    candidates = {"waifusync": _waifusync(setting, scale.rows)}
    candidates["waifusync behind few"] = _waifusync(setting, scale.few)
    candidates["waifusync behind many"] = _waifusync(setting, scale.many)
    lacks = {_DOLT: peers.lacks("doltlite"), _SESSION: peers.lacks("apsw"), _SQLDIFF: peers.lacks("sqldiff")}
    lacks |= {name: peers.lacks(name) for name in _CRDTS}
    with DoltLite(setting.folder() / "dolt.db") if not lacks[_DOLT] else nullcontext() as dolt:
        if dolt:
            candidates[_DOLT] = _doltlite(setting, dolt)
        if not lacks[_SESSION]:
            candidates[_SESSION] = _session(setting)
        if not lacks[_SQLDIFF]:
            candidates[_SQLDIFF] = _sqldiff(setting)
        candidates |= _crdts(setting, lacks)
        measured = Measured.of_turns(in_turns(candidates, scale.rounds, setting.tick))
    measured.missing = {name: reason for name, reason in lacks.items() if reason}
    sizes = {"few": scale.few, "rows": scale.rows, "many": scale.many}
    names = {"few": "waifusync behind few", "rows": "waifusync", "many": "waifusync behind many"}
    points = [
        (float(sizes[each]), median(cost.wall for cost in measured.costs[name]))
        for each, name in names.items()
        if name in measured.costs
    ]
    measured.series = {"waifusync": sorted(points)}
    measured.notes.append(
        f"few: {scale.few:,} memories, many: {scale.many:,}; {scale.changed:,} inserts a side"
    )
    return measured


def _waifusync(setting: Setting, rows: int) -> Candidate:
    setting.tick(f"two devices apart, {rows:,} memories")
    device, commit = apart(setting, rows)
    expected = rows_after(setting.scale.changed, rows)
    begun = copy_database(device.live, setting.folder() / "begun.db")
    here = begun.with_name("here.db")

    def apply(number: int) -> Cost:
        copy_database(begun, here)
        cost = take_in_from(device, commit, here)
        with closing(sqlite3.connect(here)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM memories").fetchone()
        check(count == expected, f"{count} rows after a merge, not {expected}")
        return cost

    return apply


def apart(setting: Setting, rows: int) -> tuple[Device, str]:
    """A laptop that has committed its own changes, and the commit of a jetson's, which it has fetched."""
    laptop = World(setting.folder() / "world").begin("laptop")
    laptop.write(memories(rows, seed=rows))
    laptop.push()
    jetson = laptop.world.join("jetson")
    for device in (laptop, jetson):
        with closing(sqlite3.connect(device.live)) as connection, connection:
            change(connection, device.name, setting.scale.changed, rows)
    laptop.run("commit")
    jetson.push()
    laptop.git("fetch", "-q", "origin", "main")
    for each in (laptop, jetson):
        with closing(sqlite3.connect(each.live)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return laptop, laptop.git("rev-parse", "FETCH_HEAD")


def take_in_from(device: Device, commit: str, live: Path) -> Cost:
    """What `pull` does between fetching and committing, into a database that stands for the device's own."""
    from waifusync.memory.live import LiveMemory
    from waifusync.repository.objects import ObjectReader
    from waifusync.workflows.companion import Companion, wall_clock
    from waifusync.workflows.syncing.git_source import GitSource, memory_paths
    from waifusync.workflows.syncing.taking_in import take_in

    companion = Companion.find(device.directory)
    with (
        LiveMemory.open(live, companion.choices, wall_clock) as memory,
        ObjectReader(companion.git) as reader,
    ):

        def work() -> None:
            taken = take_in(memory, GitSource(reader, memory_paths(companion.git, commit)))
            check(not taken.faults and not taken.problems, "entries could not be taken in")

        return in_process(work)


def _doltlite(setting: Setting, dolt: DoltLite) -> Candidate:
    setting.tick("DoltLite begins")
    rows, changed = setting.scale.rows, setting.scale.changed
    dolt.ask("make", rows, 0)
    dolt.ask("diverge", changed, rows)
    expected = rows_after(changed, rows)

    def merge(number: int) -> Cost:
        answer = dolt.ask("merge")
        check(answer["rows"] == expected, f"DoltLite has {answer['rows']} rows, not {expected}")
        return cost_of(answer)

    return merge


def versions(setting: Setting, rows: int) -> dict[str, Path]:
    """Plain databases: what both had, and what each side made of it."""
    folder = setting.folder()
    base = plain_database(folder / "base.db", memories(rows, seed=rows))
    with closing(sqlite3.connect(base)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    made = {"base": base}
    for side in SIDES:
        made[side] = copy_database(base, folder / f"{side}.db")
        with closing(sqlite3.connect(made[side])) as connection, connection:
            change(connection, side, setting.scale.changed, rows)
    return made


def rows_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM memories").fetchone()[0])


def _session(setting: Setting) -> Candidate:
    """A changeset has to be recorded, or made by comparing: that is not in this time."""
    from experiments.bench.sessions import apply_changeset, changeset_between

    made = versions(setting, setting.scale.rows)
    changeset = changeset_between(made["base"], made["jetson"])
    return _into_copy(setting, made, lambda out: in_process(lambda: apply_changeset(out, changeset)))


def _sqldiff(setting: Setting) -> Candidate:
    made = versions(setting, setting.scale.rows)
    return _into_copy(setting, made, lambda out: run_sqldiff(setting, made, out))


def run_sqldiff(setting: Setting, made: dict[str, Path], out: Path) -> Cost:
    """Compares base and theirs, and runs the SQL that comes of it on a copy of ours; two whole processes."""
    sqldiff, shell = setting.peers.programs["sqldiff"], setting.peers.programs["sqlite3"]
    script = f"{sqldiff} --transaction --primarykey {made['base']} {made['jetson']} | {shell} {out}"
    return run(["sh", "-c", script], where=out.parent).cost


def _crdts(setting: Setting, lacks: Mapping[str, str | None]) -> dict[str, Candidate]:
    """In memory alone: nothing is on the disk when their time is over."""
    scale, made = setting.scale, {}
    for name, prepare in _CRDTS.items():
        if not lacks[name]:
            setting.tick(f"{name} begins")
            made[name] = _in_memory(prepare(scale.rows, scale.changed), rows_after(scale.changed, scale.rows))
    return made


def _in_memory(merge: Merge, expected: int) -> Candidate:
    def apply(number: int) -> Cost:
        take_in, found = merge(), []
        cost = in_process(lambda: found.append(take_in()))
        check(found == [expected], f"{found} memories, not {expected}")
        return cost

    return apply


def _into_copy(setting: Setting, made: dict[str, Path], work: Callable[[Path], Cost]) -> Candidate:
    expected = rows_after(setting.scale.changed, setting.scale.rows)

    def apply(number: int) -> Cost:
        out = copy_database(made["laptop"], made["base"].with_name("out.db"))
        cost = work(out)
        check(rows_of(out) == expected, f"{rows_of(out)} rows, not {expected}")
        return cost

    return apply
