"""What has to hold after a run that met its fate, and after one run more: what does not is said in words."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import closing

from tests.companions import Device, Ran
from tests.crashing.ground import MOMENTARY, Ground
from tests.crashing.verbs import Verb

_OF_THE_JETSON = "of the jetson, pushed"
# git's half-written objects, which it removes itself when they are two weeks old, and what `rebuild` keeps.
_KEPT = re.compile(r"^tmp_(obj|pack|idx|rev|mtimes)_\w+$|^replaced-")
# What of the work tree is written by waifusync alone.
_OURS = ("shared_memory", "device_contexts", "experiments", "waifusync.toml")
# Their answer is what went wrong.
_ANSWERING = ("run", "doctor")
_LEFT_LOCK = "left by one that died"
_LOUD = ("Traceback", "internal error")


def is_loud(ran: Ran) -> bool:
    """It ended in a way that nobody foresaw."""
    return ran.code == 70 or any(word in ran.err for word in _LOUD)


def refused_well(ran: Ran, verb: Verb) -> Iterator[str]:
    """Of a run whose disk refused something: an exit code and one error, or done. Two tell
    it as their answer, and what a hook runs as a warning, since the git command was done."""
    if is_loud(ran) or ran.code not in (0, 1, 2, 3, 4, 5):
        yield f"it ended with {ran.code}: {ran.err.strip()[-400:]}"
    elif ran.code > 1 and len(_errors(ran, verb)) != 1:
        yield f"it ended with {ran.code} and said {ran.err.strip()!r}"


def _errors(ran: Ran, verb: Verb) -> list[str]:
    beginnings = ("error: ", "warning: ") if verb.words.startswith("hooks run") else ("error: ",)
    told = [line for line in ran.err.splitlines() if line.startswith(beginnings)]
    return told or (ran.out.splitlines()[-1:] if verb.words.startswith(_ANSWERING) else [])


def sound(device: Device, texts: AbstractSet[str]) -> Iterator[str]:
    """The live database is sound and has these."""
    database = device.directory / ".git/waifusync/memory.db"
    if not database.exists():
        if texts:
            yield f"{device.name} has no database"
        return
    with closing(sqlite3.connect(database)) as connection:
        if (integrity := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            yield f"the database of {device.name}: {integrity}"
        said = connection.execute("SELECT user_input FROM memories") if texts else ()
        if missing := texts - {text for (text,) in said}:
            yield f"{device.name} lost {sorted(missing)}"


def at_once(ground: Ground, verb: Verb, ran: Ran) -> Iterator[str]:
    """After the run itself."""
    device = ground.device(verb.device)
    texts = _expected(ground, verb) if verb.where else set()
    yield from sound(device, {*texts, verb.adds} if ran.code == 0 and verb.adds else texts)


def in_the_end(ground: Ground, verb: Verb, again: Ran) -> Iterator[str]:
    """After the run itself, and the same words again."""
    if _LEFT_LOCK in again.err + again.out:  # told as that, and it is in the way until it is old enough
        ground.let_an_hour_pass()
        ground.device(verb.device).run("doctor", "--fix", "--offline", code=None)
        again = ground.run(verb)
    if again.code not in verb.again or is_loud(again):
        yield f"the next run ended with {again.code}: {again.err.strip()[-400:]}"
    device = ground.device(verb.device)
    if (device.directory / ".git/waifusync/device.json").exists():
        yield from _synced(ground, verb, device)
        yield from _tidy(ground, device)
    else:
        yield "there is no companion"


def _synced(ground: Ground, verb: Verb, device: Device) -> Iterator[str]:
    """The device and another are level, with everything that was told before."""
    devices = [device] if verb.words.startswith("init") else [device, _other(ground, device)]
    digests = set()
    for each in devices:
        synced = each.run("sync", "--json", code=None)
        if synced.code not in (0, 1) or is_loud(synced):
            yield f"sync of {each.name} ended with {synced.code}: {(synced.err + synced.out).strip()[-400:]}"
            return
        digests.add(synced.json["digest"])
    if len(digests) > 1:
        yield f"digests differ: {digests}"
    texts = {*_expected(ground, verb), _OF_THE_JETSON} if len(devices) > 1 else set()
    for each in devices:
        yield from sound(each, texts)
    verified = device.run("verify", code=None)
    if verified.code != 0:
        yield f"verify ended with {verified.code}: {(verified.err + verified.out).strip()[-400:]}"


def _other(ground: Ground, device: Device) -> Device:
    """One that has nothing of its own to push."""
    return ground.laptop if device.name == "jetson" else ground.jetson


def _expected(ground: Ground, verb: Verb) -> set[str]:
    """What the laptop had in a commit, or any device that a verb runs on, and the verb does not take."""
    held = set(ground.kept[verb.stage]) if verb.device == "laptop" else set()
    return held - {verb.takes}


def _strays(device: Device) -> list[str]:
    """Files that were to be there for a moment."""
    return [
        str(path.relative_to(device.directory))
        for path in device.directory.rglob("*")
        if MOMENTARY.search(path.name) and not _KEPT.match(path.name) and "aside" not in path.parts
    ]


def _tidy(ground: Ground, device: Device) -> Iterator[str]:
    """Nothing is left that `doctor --fix` does not find, and nothing of ours is other than committed."""
    if _strays(device) or _changed(device):
        ground.let_an_hour_pass()
        device.run("doctor", "--fix", "--offline", code=None)
    if left := _strays(device):
        yield f"left behind: {sorted(left)}"
    if changed := _changed(device):
        yield f"git status: {changed[:200]}"


def _changed(device: Device) -> str:
    return device.git("status", "--porcelain", "--", *_OURS)
