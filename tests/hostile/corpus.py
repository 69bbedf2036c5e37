"""All cases, by family; and those of them that a run of all tests has the time for."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from tests.hostile import addresses, entries, files, histories, logs, sizes, trees
from tests.hostile.cases import Case, Shared

_SEED = 7
_OF_A_FAMILY = 4
# Making the remote takes longer than meeting it.
_COSTLY = (
    "mebibyte",
    "gibibyte",
    "million",
    "without end",
    "line feeds",
    "what hosts take",
    "thousand devices",
)


# What was once found in this way.
_FOUND = (
    "trees: letters backwards",
    "trees: an object that is nowhere",
    "histories: a branch that is a tag",
    "sizes: a file that says it is larger",
    "sizes: folders of folders of folders",
    "sizes: folders five thousand deep",
    "sizes: settings of a hundred kibibytes",
    "sizes: a line of keys",
    "settings: a key of terminal commands",
    "settings: lists nested too deeply",
)


def alone() -> list[Case]:
    """Each needs a remote of its own."""
    return [case for module in (trees, histories, sizes, logs, files, addresses) for case in module.cases()]


def together() -> dict[str, list[Shared]]:
    """Those that are met in one pull, by what they are about."""
    return {"logs": list(logs.shared()), "entries": list(entries.shared()), "files": list(files.shared())}


def sample(cases: Sequence[Case]) -> list[Case]:
    """Some of every family, the same in each run."""
    families: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if not any(word in case.name for word in _COSTLY):
            families[case.family].append(case)
    chance = random.Random(_SEED)
    some = [case for each in families.values() for case in chance.sample(each, min(_OF_A_FAMILY, len(each)))]
    return [*(case for case in cases if case.title in _FOUND and case not in some), *some]
