"""Histories on paper: devices around one remote, and everything that a careless world does to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from tests.simulation.paper.device import Device, Record, State, Tree

_START = 1_500_000_000_000
CLOCKS = (0, 60_000, _START, 4_070_908_800_000)
_FIELDS = ("content", "importance", "mood")


@dataclass(slots=True)
class World:
    """The remote, each text that was written with those that its writer knew of the record, and backups."""

    chance: Random
    devices: list[Device]
    remote: Tree = field(default_factory=dict)
    born: int = 0
    written: dict[str, frozenset[object]] = field(default_factory=dict)
    cards: list[Device] = field(default_factory=list)
    databases: list[tuple[Device, State]] = field(default_factory=list)
    older_remotes: list[Tree] = field(default_factory=list)
    apart: set[int] = field(default_factory=set)
    clocks: tuple[int, ...] = CLOCKS

    def text(self) -> str:
        """A value that nobody wrote before."""
        return f"v{len(self.written) + 1}"


def run(seed: int, *, clocks: tuple[int, ...] = CLOCKS) -> World:
    """The history of a seed, always the same, until everybody has everything. Raises BrokenPromise."""
    chance = Random(seed)
    count = chance.randint(2, 5)
    devices = [Device(chr(97 + each) * 8, _START) for each in range(count)]
    world = World(chance, devices, born=count, clocks=clocks)
    names, weights = list(EVENTS), [weight for weight, _ in EVENTS.values()]
    for name in chance.choices(names, weights, k=chance.randint(20, 60)):
        device = chance.choice(world.devices)
        # Drawn whatever the clock says, so that a history is the same under other clocks.
        device.now += chance.randrange(5_000)
        EVENTS[name][1](world, device)
    settle(world)
    return world


def settle(world: World) -> None:
    """Everybody is reached again, and syncs until all have all."""
    world.apart.clear()
    for _ in range(3):
        for device in world.devices:
            sync(world, device)


def _record(world: World, device: Device, *, alive: bool = True) -> Record | None:
    known = sorted(each for each in device.state.entries if device.state.folded(each).alive == alive)
    return world.chance.choice(known) if known else None


def _say(world: World, device: Device, record: Record | None, names: list[str]) -> None:
    text = world.text()
    collection, key = record or (world.chance.choice(("memories", "waifusync:newer")), None)
    known = device.state.entries.get((collection, key or ""), {}).values()
    world.written[text] = frozenset(value for entry in known for value in (entry.fields or {}).values())
    device.write(collection, key, dict.fromkeys(names, text))


def insert(world: World, device: Device) -> None:
    _say(world, device, None, list(_FIELDS[:2]))


def edit(world: World, device: Device) -> None:
    """Also of a field that this version does not know."""
    if record := _record(world, device):
        _say(world, device, record, [world.chance.choice((*_FIELDS, "unknown"))])


def delete(world: World, device: Device) -> None:
    if record := _record(world, device):
        device.write(*record, None)


def restore(world: World, device: Device) -> None:
    if record := _record(world, device, alive=False):
        _say(world, device, record, list(_FIELDS[:2]))


def bulk(world: World, device: Device) -> None:
    for _ in range(world.chance.randint(5, 40)):
        insert(world, device)


def many_commits(world: World, device: Device) -> None:
    """So many small files that they are packed into larger ones."""
    for _ in range(20):
        insert(world, device)
        device.commit()


def commit(world: World, device: Device) -> None:
    device.commit()


def commit_cut_short(world: World, device: Device) -> None:
    """Killed between git and the outbox: what is in the log waits in the outbox all the same."""
    waiting = dict(device.state.outbox)
    device.commit()
    device.state.outbox |= waiting


def sync(world: World, device: Device) -> None:
    """Takes in, commits, pushes; where somebody pushed in between, all of it again."""
    if world.devices.index(device) in world.apart:
        return
    for _ in range(2):
        device.accept(world.remote)
        device.commit()
    _push(world, device)


def sync_cut_short(world: World, device: Device) -> None:
    """The live database has what came, and no ref leads there; the next sync brings it again."""
    if world.devices.index(device) not in world.apart:
        device.accept_half(world.remote)


def deliver_again(world: World, device: Device) -> None:
    device.accept(world.remote, again=True)


def race(world: World, device: Device) -> None:
    """Two push in the same second: the one that lost takes in what won, and pushes then."""
    other = world.chance.choice(world.devices)
    for each in (device, other):
        if world.devices.index(each) not in world.apart:
            each.accept(world.remote)
            each.commit()
    for each in (device, other):
        sync(world, each)


def _push(world: World, device: Device) -> None:
    world.older_remotes = [*world.older_remotes[-3:], dict(world.remote)]
    world.remote = dict(device.held)
    device.branch = dict(device.held)


def part(world: World, device: Device) -> None:
    world.apart ^= {world.devices.index(device)}


def clock(world: World, device: Device) -> None:
    device.now = world.chance.choice(world.clocks)


def back_up_card(world: World, device: Device) -> None:
    world.cards.append(copied(device))


def copied(device: Device) -> Device:
    return replace(device, state=device.state.copy(), held=dict(device.held), taking=dict(device.taking))


def clone_card(world: World, device: Device) -> None:
    """A second machine with the first one's identity; both go on.

    One clone in a world: of three with one identity, two tell anew what neither had sent.
    """
    if world.cards and len(world.devices) == world.born:
        card = world.chance.choice(world.cards)
        world.devices.append(replace(copied(card), names=10))


def back_up_database(world: World, device: Device) -> None:
    world.databases.append((device, device.state.copy()))


def restore_database(world: World, device: Device) -> None:
    """An older live database is put back; what was in no log yet is lost with the newer file."""
    for owner, state in world.databases:
        if owner is device and device.id in {*state.heads, device.id} and state.heads.get(device.id):
            device.commit()
            device.state = state.copy()
            device.accept(device.held)
            return


def force_remote(world: World, device: Device) -> None:
    """Somebody pushes an older state over the newer one: devices hold what it lacks.

    Not beside a cloned card: a log that one machine pushed under its name, that was then taken away, and that
    the other machine writes anew, is a log that diverged for whoever has read the first, and is refused.
    """
    if world.older_remotes and len(world.devices) == world.born:
        world.remote = dict(world.chance.choice(world.older_remotes))


def merge_with_ours(world: World, device: Device) -> None:
    """`git merge -s ours` and a push: the remote's files give way to ours. Not beside a clone either."""
    if len(world.devices) == world.born:
        world.remote = dict(device.branch)


EVENTS: dict[str, tuple[int, Callable[[World, Device], None]]] = {
    "insert": (18, insert),
    "edit": (26, edit),
    "delete": (8, delete),
    "restore": (4, restore),
    "bulk": (1, bulk),
    "many_commits": (1, many_commits),
    "commit": (8, commit),
    "commit_cut_short": (2, commit_cut_short),
    "sync": (24, sync),
    "sync_cut_short": (3, sync_cut_short),
    "deliver_again": (2, deliver_again),
    "race": (3, race),
    "part": (3, part),
    "clock": (4, clock),
    "back_up_card": (2, back_up_card),
    "clone_card": (2, clone_card),
    "back_up_database": (2, back_up_database),
    "restore_database": (2, restore_database),
    "force_remote": (2, force_remote),
    "merge_with_ours": (2, merge_with_ours),
}
