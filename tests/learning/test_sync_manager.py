"""A SyncManager keeps the states of its devices together, whoever of them is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy
import pytest

from tests.companions import World
from waifusync import CompanionDevice, ProgramDevice, SyncManager
from waifusync.core.learning.states import BLOCK_BYTES, StateDelta, delta
from waifusync.errors import UntrustedError, UsageError
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.looking_at_states import all_merged
from waifusync.workflows.learning.states import put_state


class Counted(ProgramDevice):
    """Counts what it is asked and sent; `away` makes it fail, `gate` makes it wait."""

    def __init__(self, name: str) -> None:
        super().__init__(name, clock=lambda: 1000)
        self.reads = 0
        self.taken: list[StateDelta] = []
        self.away: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def read_state(self):
        self.reads += 1
        self.gate.wait(60)
        if self.away:
            raise self.away
        return super().read_state()

    def take(self, deltas: Sequence[StateDelta]) -> None:
        super().take(deltas)
        self.taken += deltas


def soon(claim: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not claim():
        assert time.monotonic() < deadline, "it did not come to it"
        time.sleep(0.005)


def shown(device: ProgramDevice, name: str = "mood") -> list[float] | None:
    merged = device.merged(name)
    return merged and merged.values.tolist()


def test_every_device_shows_the_mean_of_all_and_keeps_its_own_word() -> None:
    devices = [Counted(f"d{number}") for number in range(3)]
    manager = SyncManager()
    for number, device in enumerate(devices):
        manager.register(device)
        device.put("mood", [float(number), 0.0])
    for _ in range(5):  # and goes on doing so: what was merged is nobody's word
        for device in devices:
            manager.sync_state(device)
    assert [shown(device) for device in devices] == [[1.0, 0.0]] * 3
    assert manager.merged("mood").values.tolist() == [1.0, 0.0]
    assert [len(device.taken) for device in devices] == [2, 2, 2]
    assert manager.devices == {device.name: device for device in devices}
    assert {len(states) for states in manager.state_cache.values()} == {3}
    everything = [state for states in manager.state_cache.values() for state in states]
    assert manager.merge_states(everything)["mood"] == manager.merged("mood")
    assert len(manager.resolve_conflicts(everything)["mood"]) == 3


def test_only_the_blocks_that_changed_are_sent() -> None:
    laptop, jetson, manager = Counted("laptop"), Counted("jetson"), SyncManager()
    vector = numpy.zeros(10 * BLOCK_BYTES // 4, "f4")
    laptop.put("mood", vector)
    assert manager.sync_state(laptop).received == 1
    assert manager.sync_state(jetson).blocks == 10
    vector[5 * BLOCK_BYTES // 4] = 1
    laptop.put("mood", vector)
    manager.sync_state(laptop)
    synced = manager.sync_state(jetson)
    assert (synced.sent, synced.blocks) == (1, 1)
    assert (jetson.merged("mood").values == vector).all()
    assert manager.sync_state(jetson) == manager.sync_state(laptop).__class__("jetson")


def test_a_device_that_lost_what_it_read_out_is_sent_whole_words() -> None:
    laptop, manager = Counted("laptop"), SyncManager()
    vector = numpy.zeros(3 * BLOCK_BYTES // 4, "f4")

    class Forgetful(Counted):
        def take(self, deltas):
            if any(len(each.blocks) < 3 for each in deltas):
                raise UntrustedError("lost")
            super().take(deltas)

    jetson = Forgetful("jetson")
    for value in (1, 2):
        vector[0] = value
        laptop.put("mood", vector)
        manager.sync_state(laptop)
        assert not manager.sync_state(jetson).away
    assert (jetson.merged("mood").values == vector).all()
    assert [len(each.blocks) for each in jetson.taken] == [3, 3]


def test_who_is_away_keeps_its_word_and_gets_what_it_missed_when_it_is_back() -> None:
    laptop, jetson, manager = Counted("laptop"), Counted("jetson"), SyncManager()
    laptop.put("mood", [0.0])
    jetson.put("mood", [1.0])
    for device in (laptop, jetson, laptop):
        manager.sync_state(device)
    jetson.away = TimeoutError("no route")
    laptop.put("mood", [3.0])
    assert not manager.sync_state(laptop).away
    assert manager.sync_state(jetson).away == "TimeoutError: no route"
    assert manager.away == {"jetson": "TimeoutError: no route"}
    assert shown(laptop) == [2.0] and shown(jetson) == [0.5]
    jetson.away = None
    assert manager.sync_state(jetson).sent == 1
    assert manager.away == {}
    assert shown(jetson) == [2.0]


def test_the_loop_keeps_all_together_while_one_fails_and_one_hangs() -> None:
    """T28"""
    laptop, jetson, gone, stuck = (Counted(name) for name in ("laptop", "jetson", "gone", "stuck"))
    gone.away = OSError("gone")
    stuck.gate.clear()
    with SyncManager(0.01) as manager:
        for device in (stuck, gone, laptop, jetson):
            manager.register(device)
        for value in (1.0, 2.0):
            laptop.put("mood", [value])
            jetson.put("mood", [value])
            soon(lambda: shown(laptop) == shown(jetson) == [value])  # noqa: B023 - done with before the next
        soon(lambda: gone.reads > 1)
        assert stuck.reads == 1
        assert manager.sync_state(stuck).away == "an exchange with it is under way"
        soon(lambda: manager.away.get("stuck", "").startswith("no answer for"))
        stuck.gate.set()
        soon(lambda: shown(stuck) == [2.0])
        soon(lambda: manager.away == {"gone": "OSError: gone"})


def test_no_device_is_asked_again_before_the_interval_is_over_nor_after_the_stop() -> None:
    asked: list[float] = []
    go_on = threading.Semaphore(0)

    def wait(seconds: float) -> bool:
        asked.append(seconds)
        go_on.acquire()
        return len(asked) > 2

    device, manager = Counted("laptop"), SyncManager(7.5, wait=wait)
    manager.register(device)
    manager.start()
    manager.start()
    soon(lambda: asked == [7.5])
    assert device.reads == 1
    go_on.release()
    soon(lambda: asked == [7.5, 7.5])
    assert device.reads == 2
    threading.Timer(0.05, lambda: go_on.release(9)).start()
    manager.stop()
    assert device.reads == 2
    assert not any(thread.name == "states of laptop" for thread in threading.enumerate())


def test_a_stop_does_not_wait_for_a_device_that_hangs() -> None:
    stuck = Counted("stuck")
    stuck.gate.clear()
    manager = SyncManager(60)
    manager.register(stuck)
    manager.start()
    soon(lambda: stuck.reads == 1)
    before = time.monotonic()
    manager.stop(timeout_seconds=0.05)
    assert time.monotonic() - before < 10
    stuck.gate.set()


@pytest.mark.parametrize("interval", [0, -1, float("nan"), float("inf")])
def test_an_interval_that_is_none_is_refused(interval: float) -> None:
    with pytest.raises(UsageError, match="sync_interval"):
        SyncManager(interval)


def test_two_devices_with_one_name_are_refused() -> None:
    manager, device = SyncManager(), Counted("laptop")
    manager.register(device)
    manager.register(device)
    with pytest.raises(UsageError, match="another device"):
        manager.register(Counted("laptop"))


def test_a_program_puts_no_word_that_is_none() -> None:
    device = ProgramDevice("laptop")
    for name, vector, confidence in (("mood", [float("nan")], 1.0), ("", [1.0], 1.0), ("mood", [1.0], 0.0)):
        with pytest.raises(UsageError):
            device.put(name, vector, confidence=confidence)
    assert device.read_state() == []


def test_a_companions_folder_gives_and_takes_words_and_writes_them_down_now_and_then(tmp_path) -> None:
    """What a program says every few seconds is no entry every few seconds (T14)."""
    companion = Companion.find(World(tmp_path).device("laptop").directory)
    put_state(companion, "mood", [0.0])
    now = [0.0]
    program, manager = ProgramDevice("program"), SyncManager()

    def stored() -> list[float]:
        (merged,) = all_merged(companion)
        return merged.values.tolist()

    with CompanionDevice(companion.root, clock=lambda: now[0]) as folder:
        for value in (1.0, 2.0, 3.0):
            program.put("mood", [value])
            for device in (folder, program, folder):
                assert not manager.sync_state(device).away
            assert shown(program) == [value / 2]
            assert stored() == [0.5]  # the first is written down at once
            now[0] += 200
        now[0] += 1
        manager.sync_state(folder)
        assert stored() == [1.5]
        program.put("mood", [8.0])
        put_state(companion, "mood", [4.0])
        for device in (program, folder, program):
            manager.sync_state(device)
        assert shown(program) == [6.0]
        assert stored() == [3.5]
    assert stored() == [6.0]
    with CompanionDevice(companion.root, clock=lambda: now[0]) as folder:
        for value in (10.0, 12.0):  # the second waits
            program.put("mood", [value])
            folder.read_state()
            folder.take([delta(None, each) for each in program.read_state() if each.head.source == "program"])
        put_state(companion, "mood", [0.0])
        assert sorted(each.values.tolist() for each in folder.read_state()) == [[0.0], [12.0]]
    assert stored() == [6.0]
    with companion.memory() as memory:
        entries = memory.ledger.head(companion.state.id).number
    manager.sync_state(folder)
    folder.close()
    with companion.memory() as memory:
        assert memory.ledger.head(companion.state.id).number == entries
