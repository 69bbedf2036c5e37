"""10,000 new memories come into 100,000. The floor: a bare executemany of the same rows, and words."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from experiments.bench.data import memories
from experiments.bench.figure import Measured
from experiments.bench.ground import Setting, insert_plainly, plain_database
from experiments.bench.timing import Candidate, Cost, check, in_process, in_turns

_POINTS = ("waifusync pull and index", "executemany and index", "waifusync pull alone")


def measure(setting: Setting) -> Measured:
    alone: list[Cost] = []
    candidates = {_POINTS[0]: _waifusync(setting, alone), _POINTS[1]: _floor(setting)}
    turns = in_turns(candidates, setting.scale.rounds, setting.tick)
    costs = {**turns.costs, _POINTS[2]: alone[-setting.scale.rounds :]}
    rows = setting.scale.pulled
    rates = {name: [rows / each.wall for each in found] for name, found in costs.items()}
    measured = Measured(values=rates, wrong=turns.wrong)
    measured.notes.append(
        "waifusync: whole processes, `pull`, then the `search` that brings the index up to date;"
        " the floor has no start"
    )
    return measured


def _waifusync(setting: Setting, alone: list[Cost]) -> Candidate:
    jetson = setting.jetson(setting.scale.rows)
    laptop = setting.laptop(setting.scale.rows)

    def pull(number: int) -> Cost:
        laptop.write(memories(setting.scale.pulled, seed=5000 + number))
        laptop.push()
        pulled = jetson.run("pull")
        alone.append(pulled.cost)
        indexed = jetson.run("search", "tea", "--limit", "1")
        check(jetson.count() == laptop.count(), "rows are missing after a pull")
        check(jetson.digest() == laptop.digest(), "the digests differ after a pull")
        return pulled.cost + indexed.cost

    return pull


def _floor(setting: Setting) -> Candidate:
    path = setting.folder() / "plain.db"
    plain_database(path, memories(setting.scale.rows, seed=setting.scale.rows), indexed=True)

    def insert(number: int) -> Cost:
        rows = list(memories(setting.scale.pulled, seed=5000 + number))
        with closing(sqlite3.connect(path)) as connection:
            (last,) = connection.execute("SELECT max(id) FROM memories").fetchone()

            def work() -> None:
                with connection:
                    insert_plainly(connection, rows, first=last + 1, indexed=True)

            return in_process(work)

    return insert
