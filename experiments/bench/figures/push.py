"""100 new memories behind 100,000: what a push costs, and what else would bring them to the remote."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing, nullcontext
from pathlib import Path

from experiments.bench.data import INSERT, Memory, memories
from experiments.bench.dolt import DoltLite, cost_of
from experiments.bench.figure import Measured
from experiments.bench.ground import Setting, git, object_bytes, plain_database
from experiments.bench.timing import Candidate, Cost, check, in_turns, run


class Pushes:
    """Each candidate pushes the same rows, which are written before its clock starts."""

    def __init__(self, setting: Setting, dimensions: int) -> None:
        self.setting, self.dimensions = setting, dimensions
        self.rows, self.new = setting.scale.rows, setting.scale.new
        self.bytes: dict[str, list[float]] = {}

    def fresh(self, number: int) -> list[Memory]:
        return list(memories(self.new, seed=1000 + number, dimensions=self.dimensions))

    def old(self) -> Iterable[Memory]:
        return memories(self.rows, seed=self.rows, dimensions=self.dimensions)

    def waifusync(self) -> Candidate:
        laptop = self.setting.laptop(self.rows, self.dimensions)

        def push(number: int) -> Cost:
            laptop.write(self.fresh(number))
            done = laptop.push()
            check(f"Pushed {self.new:,} change" in done.out, done.out)
            return done.cost

        return push

    def plain(self) -> Candidate:
        """The floor: the same bytes as a text file that git has not seen, added, committed and pushed."""
        place = _Repository(self.setting.folder())

        def push(number: int) -> Cost:
            place.file(f"{number}.txt").write_bytes(as_text(self.fresh(number)))
            return place.push()

        return push

    def one_text_file(self) -> Candidate:
        """What git does with a text file that all memories are appended to."""
        place = _Repository(self.setting.folder())
        with place.file("memories.jsonl").open("wb") as file:
            file.write(as_text(self.old()))
        place.push()

        def push(number: int) -> Cost:
            with place.file("memories.jsonl").open("ab") as file:
                file.write(as_text(self.fresh(number)))
            return place.push()

        return push

    def database(self) -> Candidate:
        """What people do today."""
        return self._database(_Repository(self.setting.folder()))

    def dump(self) -> Candidate:
        """The database as SQL text, by a filter that git calls."""
        place = _Repository(self.setting.folder())
        shell, copy = self.setting.peers.programs["sqlite3"], place.folder / "copy.db"
        git(
            place.work,
            place.environment,
            "config",
            "filter.dump.clean",
            f"cat >{copy} && {shell} {copy} .dump",
        )
        git(
            place.work,
            place.environment,
            "config",
            "filter.dump.smudge",
            f"rm -f {copy}; {shell} {copy} && cat {copy}",
        )
        (place.work / ".git/info/attributes").write_text("*.db filter=dump\n")
        return self._database(place)

    def _database(self, place: _Repository) -> Candidate:
        path = plain_database(place.file("memory.db"), self.old())
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        place.push()

        def push(number: int) -> Cost:
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.executemany(INSERT, self.fresh(number))
            return place.push()

        return push

    def doltlite(self, dolt: DoltLite) -> Candidate:
        """In a process that is warm and stays open, to a remote of its own format: no start, no git."""
        dolt.ask("make", self.rows, self.dimensions)
        count = self.rows

        def push(number: int) -> Cost:
            nonlocal count
            count += self.new
            answer = dolt.ask("push", self.new, 1000 + number, self.dimensions)
            check(answer["rows"] == count, "DoltLite lost rows")
            return cost_of(answer)

        return push


class _Repository:
    """Plain git with a bare remote."""

    def __init__(self, folder: Path) -> None:
        from experiments.bench.ground import World

        world = World(folder / "world")
        self.environment, self.remote, self.folder = world.environment, world.remote, folder
        self.work = world.folder / "work"
        git(world.folder, self.environment, "init", "-q", "-b", "main", "work")
        git(self.work, self.environment, "remote", "add", "origin", str(self.remote))

    def file(self, name: str) -> Path:
        return self.work / name

    def push(self) -> Cost:
        """All of it in one shell, so that three programs are started and nothing of ours is between them."""
        script = "git add -A && git commit -q -m new && git push -q origin main"
        done = run(["sh", "-c", script], where=self.work, environment=self.environment)
        here, there = (git(each, self.environment, "rev-parse", "main") for each in (self.work, self.remote))
        check(here == there, "the remote does not have what was pushed")
        return done.cost


def as_text(rows: Iterable[Memory]) -> bytes:
    """The bytes that a person would keep: one JSON line each, the vector in base64."""
    import base64
    import json

    lines = (
        [*row[:-1], base64.b64encode(row.embeddings).decode() if row.embeddings else None] for row in rows
    )
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def measure(setting: Setting, dimensions: int = 0, *, with_slow: bool = True) -> Measured:
    """Those that are slower by orders of magnitude take part where `with_slow`."""
    pushes = Pushes(setting, dimensions)
    lacks_dolt, lacks_shell = setting.peers.lacks("doltlite"), setting.peers.lacks("sqlite3")
    with nullcontext() if lacks_dolt else DoltLite(setting.folder() / "dolt.db") as dolt:
        candidates = {"waifusync push": pushes.waifusync(), "plain git": pushes.plain()}
        if with_slow:
            candidates["memory.db in git"] = pushes.database()
            candidates["one text file, appended to"] = pushes.one_text_file()
        if dolt:
            candidates["DoltLite, warm, in process"] = pushes.doltlite(dolt)
        if not lacks_shell and not dimensions:
            candidates[".dump by a filter"] = pushes.dump()
        measured = Measured.of_turns(in_turns(candidates, setting.scale.rounds, setting.tick))
    for name, reason in (("DoltLite, warm, in process", lacks_dolt), (".dump by a filter", lacks_shell)):
        if reason:
            measured.missing[name] = reason
    return measured


def grown(before: int, repository: Path) -> int:
    return object_bytes(repository) - before
