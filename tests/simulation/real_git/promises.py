"""What must hold when every device has synced: the promises of the simulation, and those to whoever typed."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Sequence
from random import Random

from tests.companions import Ran
from tests.simulation.promises import check_against_pure_fold, check_equal
from tests.simulation.real_git.device import SAFE, Device
from tests.simulation.real_git.place import Place
from tests.simulation.real_git.verbs import reconnect
from tests.simulation.view import View
from tests.simulation.world import BrokenPromise, Line, Store
from waifusync.log.reading import LogFault, read_all
from waifusync.log.source import DictSource
from waifusync.repository.git import Git
from waifusync.repository.objects import ObjectReader
from waifusync.workflows.syncing.git_source import memory_paths
from waifusync.workflows.syncing.taking_in import sources_of

_ROUNDS = 6
_CURE = re.compile(r"waifusync ((?:sync|commit|push|pull|rebuild)(?: --[a-z-]+)*)")
_TOKEN = re.compile(r"v\d+")


def check_at_rest(world: Place, devices: Sequence[Device], chance: Random) -> None:
    """Raises BrokenPromise."""
    _bring_together(world, devices, chance)
    views = {device.name: View(device) for device in devices}  # type: ignore[arg-type]
    check_equal(views)
    views[devices[0].name].check_itself()
    fresh = _Fresh(devices[0])
    check_against_pure_fold(fresh, views[devices[0].name])  # type: ignore[arg-type]
    _check_acknowledged(world, fresh.store)
    _check_deletions(world, views)
    _check_nothing_else(world, views)


def _bring_together(world: Place, devices: Sequence[Device], chance: Random) -> None:
    """Everybody syncs in turn until all hold the same, and once more at times: that must move nothing.

    What lost a conflict is in no digest: the same is held where nobody pushed after the first of them, too.
    """
    for device in devices:
        reconnect(device, chance)
    held: dict[str, str] = {}
    for device in itertools.chain(*[devices] * _ROUNDS):
        held[device.name] = f"{_sync(device)} at {world.remote_head()}"
        if len(held) == len(devices) and len(set(held.values())) == 1:
            break
    else:
        raise BrokenPromise(f"after {_ROUNDS} rounds of syncing: {held}")
    if chance.random() < 0.2:
        _check_quiet(world, devices)


def _check_quiet(world: Place, devices: Sequence[Device]) -> None:
    """A round moves nothing; one may go before it, which only says that a device joined, or was repaired."""
    before = world.remote_head()
    for _ in range(2):
        for device in devices:
            _sync(device)
        after = world.remote_head()
        if after == before:
            return
        before = after
    raise BrokenPromise("a second round of syncing without edits moved the remote")


def _sync(device: Device) -> str:
    """The digest; or what was said, where somebody has to look first, and the cure named is taken."""
    ran = device.do("sync", "--json")
    if ran.code == 3:
        _cure(device, ran)
    return str(ran.json["digest"]) if ran.code in SAFE else f"{device.name}: {ran}"


def _cure(device: Device, ran: Ran) -> None:
    """What the hint says to run works."""
    named = _CURE.search(ran.json["hint"])
    if named is None:
        raise BrokenPromise(f"{device.name}: refused, and no way on is named: {ran}")
    cured = device.do(*shlex.split(named[1]))
    if cured.code not in {*SAFE, 5}:
        raise BrokenPromise(f"{device.name}: {named[0]} does not help: {cured}")


class _Fresh:
    """A device that has everything, as the simulation asks for it: what is on the remote."""

    def __init__(self, device: Device) -> None:
        self.id, self.program, self.choices = device.id, device.program, device.choices
        self.store = Store()
        git, faults = Git(device.world.remote), list[LogFault]()
        git.state_directory.mkdir(exist_ok=True)  # for a snapshot while it is unpacked
        with ObjectReader(git) as reader:
            paths = memory_paths(git, device.world.remote_head())
            source = DictSource({path: reader.read(sha) or b"" for path, sha in paths.items()})
        for line in read_all(source, faults=faults):
            self.store.logs.setdefault(line.entry.device, []).append(Line(line.entry, line.chain))
        self.sources = sources_of(source)
        if faults:
            raise BrokenPromise(f"what is on the remote cannot be read: {faults}")


def _check_acknowledged(world: Place, store: Store) -> None:
    """All that a command called safe is in some line, whatever became of the database or the branch since."""
    lines = [line for log in store.logs.values() for line in log]
    said = {value for line in lines for value in (line.entry.fields or {}).values() if isinstance(value, str)}
    lost = world.told.written - said
    if lost:
        raise BrokenPromise(f"acknowledged, and in no line: {sorted(lost)[:5]}")
    kept = world.told.deleted - {line.entry.key for line in lines if line.entry.fields is None}
    if kept:
        raise BrokenPromise(f"deleted, and no line says so: {sorted(kept)[:5]}")


def _check_deletions(world: Place, views: dict[str, View]) -> None:
    gone = world.told.deleted - world.told.revived
    for name, view in views.items():
        back = {key for rows in view.visible.values() for key in rows if key in gone}
        if back:
            raise BrokenPromise(f"{name}: deleted, and there again: {sorted(back)[:5]}")


def _check_nothing_else(world: Place, views: dict[str, View]) -> None:
    """A value stands where some program put it, and in no other table or column."""
    for name, view in views.items():
        for table, rows in view.visible.items():
            for row in rows.values():
                for column, value in row.items():
                    if isinstance(value, str) and _TOKEN.fullmatch(value):
                        _check_issued(world, name, value, (table, column))


def _check_issued(world: Place, name: str, value: str, where: tuple[str, str]) -> None:
    if world.told.issued.get(value) != where:
        raise BrokenPromise(f"{name}: {value} in {where}, and it was {world.told.issued.get(value)}")
