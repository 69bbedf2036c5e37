"""Links through logs: whatever several devices tell, and in whichever order it arrives, all show the same."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.device import Device
from tests.simulation.world import World
from waifusync.core.learning.collections import LINKS
from waifusync.core.matching.links import groups, hashes, link_fields, link_key
from waifusync.memory.connection import transaction
from waifusync.memory.learned import Learning
from waifusync.memory.links import MAKE_INDEX, links_around, read_links

NAMES = ("llllllll", "jjjjjjjj", "pppppppp")
KEYS = st.lists(st.sampled_from("abcd"), min_size=2, max_size=2, unique=True)
SAID = st.sampled_from(["same", "review", "joined", "separated", "gone"])
TOLD = st.lists(st.tuples(st.sampled_from(NAMES), KEYS, SAID), min_size=1, max_size=8)
EXCHANGES = st.lists(st.permutations(NAMES), max_size=4)
TEXTS = dict.fromkeys("abcd", "1")


@contextmanager
def three(directory):
    world = World(Path(directory))
    devices = {name: Device(world, name) for name in NAMES}
    try:
        yield devices
    finally:
        for device in devices.values():
            device.stop()


def tell(device, pair, said):
    ours, theirs = ((key, "1") for key in pair)
    told = {said: hashes(ours, theirs)} if said in ("same", "review") else {"verdict": said}
    if said == "joined":
        told["same"] = hashes(ours, theirs)
    device.now += 1
    with device.memory() as memory, transaction(memory.connection):
        learning = Learning(memory.ledger, wall_milliseconds=device.now)
        if said == "gone":
            learning.delete(LINKS, link_key(*pair))
        else:
            learning.put(LINKS, link_key(*pair), link_fields(ours, theirs, **told))
        learning.close()


def check_around(connection):
    """What hangs together with one memory, through the indexes, is grouped as all is."""
    connection.execute(MAKE_INDEX)
    everything = groups(read_links(connection), TEXTS)
    for key in TEXTS:
        around = groups(links_around(connection, [key]), TEXTS)
        assert [each for each in around if key in each] == [each for each in everything if key in each]
        assert len(around) <= len(everything)


def exchange(ours, theirs):
    """One takes what the other has; what it has already is delivered again."""
    theirs.collect()
    ours.collect()
    ours.store.take_from(theirs.store)
    ours.apply()


@settings(max_examples=15, deadline=None)
@given(TOLD, EXCHANGES)
def test_three_devices_end_with_one_digest_and_the_same_groups(told, exchanges):
    with tempfile.TemporaryDirectory() as directory, three(directory) as devices:
        meetings = iter(exchanges)
        for name, pair, said in told:
            tell(devices[name], pair, said)
            for first, second, _ in [each for each in [next(meetings, None)] if each]:
                exchange(devices[first], devices[second])
        for _ in range(2):
            for ours in NAMES:
                for theirs in NAMES:
                    if ours != theirs:
                        exchange(devices[ours], devices[theirs])
        views = []
        for device in devices.values():
            with device.memory() as memory:
                views.append((memory.digest(), groups(read_links(memory.connection), TEXTS)))
                check_around(memory.connection)
        assert views[0] == views[1] == views[2]
