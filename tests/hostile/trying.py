"""Trying a case: what the command did, beside what it was allowed to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.hostile.cases import Case, Fate, Shared
from tests.hostile.companion import SECONDS, Ran, Surroundings

# A warning for each of many, and the time of all of them together.
_OF_ONE_CASE = ("lines beside the hint", "too slow")


class Tried(NamedTuple):
    """`faults` is empty where all was as it should be."""

    title: str
    ran: Ran
    faults: list[str]


# Which commands show what came; between them they read everything.
_READERS: Sequence[tuple[str, ...]] = (
    ("status",), ("log",), ("log", "--json"), ("conflicts",), ("search", "good"), ("search", "red", "--json"),
    ("skills", "list"), ("skills", "show", "juggling"), ("knowledge", "list"), ("personality", "show"),
    ("personality", "history"), ("state", "list"), ("experience", "list"), ("dedupe", "--dry-run"),
    ("verify", "--json"), ("device", "list"), ("route",), ("session", "list"), ("handoff",),
    ("pickup",), ("doctor",), ("sync",),
)  # fmt: skip
_TRIES = 3


def try_case(case: Case, around: Surroundings) -> Tried:
    """One that seems slow is tried again: whatever else runs on the machine only ever adds to it."""
    tried = _try_once(case, around)
    for _ in range(_TRIES - 1):
        if not tried.faults or tried.ran.seconds < SECONDS:
            break
        tried = _try_once(case, around)
    return tried


def read_everything(around: Surroundings, readers: Sequence[tuple[str, ...]] = _READERS) -> list[Tried]:
    """What every command shows of what was taken in, which is never a terminal's command nor a bug."""
    found = []
    for words in readers:
        ran = around.run(*words)
        faults = [fault for fault in ran.faults if fault not in _OF_ONE_CASE]
        canary = ["something of the attacker's was run"] if around.canary.exists() else []
        found.append(Tried(" ".join(words), ran, [*faults, *canary]))
    return found


def _try_once(case: Case, around: Surroundings) -> Tried:
    """Makes the remote hostile, lets the companion meet it, and looks at everything afterwards."""
    around.restore()
    case.make(around.remote)
    before = (around.outside(), around.inside(), around.settings(), around.rows())
    ran = around.run(*case.words)
    after = (around.outside(), around.inside(), around.settings(), around.rows())
    return Tried(case.title, ran, [*ran.faults, *_against(case, ran), *_written(case, around, before, after)])


def _against(case: Case, ran: Ran) -> list[str]:
    if case.fate is Fate.REFUSED:
        is_told = len(ran.errors) == 1 and ran.code in (2, 3, 4, 5)
        return [] if is_told else [f"not refused in one line: exit {ran.code}"]
    if case.fate is Fate.ASIDE:
        return [] if ran.warnings and ran.code == 5 else [f"not told in a warning: exit {ran.code}"]
    if case.fate is Fate.MENDED:
        return [] if "repaired: " in ran.err and ran.code in (0, 1) else [f"not put right: exit {ran.code}"]
    return [] if ran.code in (0, 1) else [f"not taken as data: exit {ran.code}"]


def try_shared(shared: Sequence[Shared], around: Surroundings) -> Tried:
    """All in one pull: each is named in a warning or is silent, the good lines before it are there."""
    around.restore()
    around.remote.push({path: content for each in shared for path, content in each.files.items()})
    before = (around.outside(), around.rows())
    ran = around.run("pull")
    faults = [fault for fault in ran.faults if fault not in _OF_ONE_CASE]
    rows = {text for _, text in around.rows()}
    for each in shared:
        told = [line for line in ran.warnings if each.named and each.named in line]
        faults += [f"{each.title}: told {len(told)} times"] if len(told) != bool(each.named) else []
        is_there = not each.kept or each.kept in rows
        faults += [] if is_there else [f"{each.title}: the good memory that came with it is not there"]
    kept = set(before[1]) <= set(around.rows())
    faults += (
        [] if kept and around.outside() == before[0] else ["rows are gone, or something was written outside"]
    )
    return Tried(f"{len(shared)} cases at once", ran, faults)


def _written(
    case: Case, around: Surroundings, before: tuple[object, ...], after: tuple[object, ...]
) -> list[str]:
    """A refusal changes nothing; whatever is taken in, stays within the companion and deletes nothing."""
    names = ("written outside", "written inside", "git's settings changed", "rows changed")
    held = names if case.fate is Fate.REFUSED else names[:1]
    changed = [
        name for name, old, new in zip(names, before, after, strict=True) if name in held and old != new
    ]
    told = [
        f"{name}: {_differences(old, new)}" for name, old, new in zip(names, before, after) if name in changed
    ]
    return [*told, *(["something of the attacker's was run"] if around.canary.exists() else [])]


def _differences(old: object, new: object) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))[:4]
    return [repr(new)[:200]]
