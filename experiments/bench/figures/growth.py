"""What .git grows by, against the bytes that were said: each sync, after `git gc`, over many small syncs."""

from __future__ import annotations

from experiments.bench.data import memories
from experiments.bench.figure import Measured
from experiments.bench.ground import Device, Setting, World, object_bytes

_SMALL = 20
_POINTS = 25


def measure(setting: Setting) -> Measured:
    measured = Measured()
    for words, dimensions in (("no vectors", 0), ("384 dimensions", 384)):
        _measure_each(setting, measured, words, dimensions)
    _measure_many(setting, measured)
    return measured


def _measure_each(setting: Setting, measured: Measured, words: str, dimensions: int) -> None:
    laptop = setting.laptop(setting.scale.rows, dimensions)
    laptop.git("gc", "--quiet", "--prune=now")
    begun = object_bytes(laptop.directory / ".git")
    grown, raw = [], []
    for number in range(setting.scale.rounds):
        setting.tick(f"{words}, {number + 1} of {setting.scale.rounds}")
        before = object_bytes(laptop.directory / ".git")
        fresh = memories(setting.scale.new, seed=3000 + number, dimensions=dimensions)
        raw.append(float(laptop.write(fresh)))
        laptop.push()
        grown.append(float(object_bytes(laptop.directory / ".git") - before))
    laptop.git("gc", "--quiet", "--prune=now")
    measured.values[f"a sync, {words}"] = grown
    measured.values[f"its raw bytes, {words}"] = raw
    measured.values[f"after gc, {words}"] = [float(object_bytes(laptop.directory / ".git") - begun)]
    measured.values[f"raw bytes of all, {words}"] = [sum(raw)]


def _measure_many(setting: Setting, measured: Measured) -> None:
    laptop = World(setting.folder() / "world").begin("laptop")
    laptop.push()
    begun, raw, syncs = object_bytes(laptop.directory / ".git"), 0, setting.scale.syncs
    every = max(1, syncs // _POINTS)
    kept: list[tuple[float, float]] = []
    said: list[tuple[float, float]] = []
    for number in range(1, syncs + 1):
        raw += laptop.write(memories(_SMALL, seed=4000 + number))
        _sync(laptop)
        if number % every == 0:
            setting.tick(f"sync {number} of {syncs}")
            kept.append((number, object_bytes(laptop.directory / ".git") - begun))
            said.append((number, raw))
    measured.values["many syncs of 20 rows"] = [kept[-1][1]]
    measured.values["raw bytes of those"] = [said[-1][1]]
    measured.series = {"waifusync": kept, "raw bytes": said}
    measured.notes.append(
        f"many: {syncs:,} syncs, each of {_SMALL} memories; no `git gc` of ours between them"
    )


def _sync(laptop: Device) -> None:
    laptop.run("push")
