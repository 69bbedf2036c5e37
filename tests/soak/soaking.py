"""One journal mode for some seconds: in turns at a companion's database and a plain one, and a look at it."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing, nullcontext
from pathlib import Path

from tests.companions import Device, World
from tests.soak.beside import Beside, check_ending
from tests.soak.ledger import Expected
from tests.soak.report import Report
from tests.soak.turns import Turns, kinds

MODES = ("wal", "delete")
_LONGEST_TURN_SECONDS = 10.0
_ROUNDS_TO_REST = 4


def soak(folder: Path, mode: str, *, seconds: float, seed: int, syncs: bool = True) -> Report:
    """About `seconds`, and what syncing everything at the end takes; without `syncs` nobody does before."""
    chance = random.Random(seed)
    world = World(folder)
    laptop, jetson = world.pair()
    world.settle(laptop, jetson)
    plain = _plain_copy(laptop, folder / "plain.db")
    for database in (laptop.database.resolve(), plain):
        with closing(sqlite3.connect(database)) as connection:
            assert connection.execute(f"PRAGMA journal_mode={mode}").fetchone() == (mode,)
    beside = Beside(laptop, jetson, chance)
    with_us = Turns(laptop.database.resolve(), folder / "beside", chance)
    alone = Turns(plain, folder / "alone", chance)
    pairs = max(1, round(seconds / 2 / _LONGEST_TURN_SECONDS))
    for _ in range(pairs):
        with beside.going_on() if syncs else nullcontext():
            with_us.run(seconds / 2 / pairs, kinds())
        alone.run(seconds / 2 / pairs, kinds())
    return _report(mode, beside, with_us, alone)


def _plain_copy(laptop: Device, path: Path) -> Path:
    """The same table, and nothing of ours."""
    (schema,) = [sql for (sql,) in laptop.sql("SELECT sql FROM sqlite_master WHERE name = 'memories'")]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(schema)
    return path


def _report(mode: str, beside: Beside, with_us: Turns, alone: Turns) -> Report:
    laptop, jetson = beside.laptop, beside.jetson
    _bring_to_rest(laptop, jetson)
    expected = Expected.of(with_us.seen.all_ledgers)
    rows = {**expected.rows, **{text: {f"answer to {text}"} for text in beside.told}}
    expected = Expected(rows)
    wrong = [each for device in (laptop, jetson) for each in expected.wrong(_answers(device))]
    integrity = " ".join({device.integrity() for device in (laptop, jetson)})
    syncs = sum(beside.ended.values())
    return Report(mode, with_us.seen, alone.seen, expected, wrong, integrity, syncs, beside.git)


def _bring_to_rest(*devices: Device) -> None:
    """Syncing until both hold the same."""
    for _ in range(_ROUNDS_TO_REST):
        rans = [device.run("sync", code=None) for device in devices]
        for ran in rans:
            check_ending(ran)
        if all(ran.code in (0, 1) for ran in rans) and len({device.digest() for device in devices}) == 1:
            return
    raise AssertionError(f"after {_ROUNDS_TO_REST} rounds of syncing: {rans}")


def _answers(device: Device) -> dict[str, str]:
    return dict(device.sql("SELECT user_input, ai_response FROM memories"))
