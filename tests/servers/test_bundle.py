"""A bundle on a memory stick: everything between devices that never meet a server, and what goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.companions import BOTH_LAYOUTS, INSTALLED, Device, World, clean_environment, push_tree
from waifusync.config import Layout
from waifusync.errors import WaifusyncError
from waifusync.repository.bundle import write_bundle
from waifusync.repository.git import Git
from waifusync.workflows.bundling import Bundled, pull_bundle, push_bundle
from waifusync.workflows.companion import Companion
from waifusync.workflows.init import init
from waifusync.workflows.join import join
from waifusync.workflows.syncing.letting_out import SecretsWait
from waifusync.workflows.syncing.outcome import Outcome
from waifusync.workflows.syncing.under_way import Wishes

TOKEN = "ghp_" + "0123456789abcdefghij0123456789abcdefgh"  # put together: nobody's


@pytest.fixture
def world(tmp_path: Path, layout: str) -> World:
    return World(tmp_path, layout)


def _alone(world: World, name: str) -> Device:
    """Without any remote."""
    init(world.folder / name, name, layout=Layout(world.layout))
    return Device(world, name, world.folder / name)


def _joined(world: World, stick: Path, name: str) -> Device:
    join(world.folder / name, name, url=str(stick))
    return Device(world, name, world.folder / name)


def _stick(world: World) -> Path:
    (world.folder / "stick").mkdir(exist_ok=True)
    return world.folder / "stick" / "mind.bundle"


def _carry(device: Device, stick: Path) -> Bundled:
    return push_bundle(Companion.find(device.directory), stick, Wishes("push"))


def _take(device: Device, stick: Path) -> Outcome:
    return pull_bundle(Companion.find(device.directory), stick)


def test_two_devices_that_never_meet_a_server_hold_the_same(tmp_path: Path) -> None:
    """T8, T9: as two people do it; then not one further commit, nor a byte of the file."""
    world = World(tmp_path)
    stick = _stick(world)
    world.run("init", "laptop", "--device", "laptop")
    laptop = Device(world, "laptop", tmp_path / "laptop")
    laptop.say("laptop 0")
    wrote = laptop.run("push", "--bundle", str(stick)).out
    assert wrote == f"Wrote {stick} with 2 new entries ({stick.stat().st_size:,} bytes).\n"
    world.run("join", str(stick), "jetson", "--device", "jetson")
    jetson = Device(world, "jetson", tmp_path / "jetson")
    jetson.say("jetson 0")
    jetson.run("push", "--bundle", str(stick))
    assert laptop.run("pull", str(stick)).out == "Took in 1 from jetson.\n"
    head, content = laptop.head(), stick.read_bytes()
    assert "has everything" in laptop.run("push", "--bundle", str(stick)).out
    told = jetson.run("push", "--bundle", str(stick), "--json").json
    assert told["bundle"] == {"file": str(stick), "bytes": len(content), "written": False}
    assert told["pushed"] is True and told["sent"] == 0
    again = laptop.run("pull", str(stick), "--json").json
    assert again["digest"] == told["digest"] and again["received"] == {}
    assert (laptop.head(), jetson.head(), stick.read_bytes()) == (head, head, content)
    assert os.listdir(stick.parent) == [stick.name]


@BOTH_LAYOUTS
def test_what_went_apart_comes_together_over_the_stick(world: World) -> None:
    """T8: and plain git reads the file."""
    stick = _stick(world)
    laptop = _alone(world, "laptop")
    laptop.say("laptop 0", "to be forgotten")
    _carry(laptop, stick)
    old = stick.read_bytes()
    jetson = _joined(world, stick, "jetson")
    jetson.say("jetson 0")
    laptop.run("forget", laptop.key_of("to be forgotten"))
    laptop.say("laptop 1")
    assert _carry(jetson, stick).outcome.sent == 1
    assert _carry(laptop, stick).outcome.received == {"jetson": 1}
    _take(jetson, stick)
    both = ["jetson 0", "laptop 0", "laptop 1"]
    assert jetson.said() == laptop.said() == both
    assert laptop.digest() == jetson.digest()
    assert "complete history" in world.git(laptop.directory, "bundle", "verify", str(stick))
    _take_old_twice(laptop, stick, old)
    assert laptop.said() == both and laptop.head() == jetson.head()
    _carry(laptop, stick)
    assert world.git(world.folder, "ls-remote", str(stick), "refs/heads/main").split()[0] == laptop.head()


def _take_old_twice(device: Device, stick: Path, old: bytes) -> None:
    """T4, T6: the stick from the drawer takes nothing back."""
    stick.write_bytes(old)
    for _ in range(2):
        outcome = _take(device, stick)
        assert (outcome.received, outcome.repaired) == ({}, [])


def test_what_comes_by_a_stick_says_nothing_about_the_remote(world: World) -> None:
    """T10: with a remote besides: neither is taken for the other, and a stick that is away is no failure."""
    laptop, jetson = world.pair()
    stick = _stick(world)
    jetson.say("by the stick")
    _carry(jetson, stick)
    noted = laptop.directory / ".git/waifusync/last_sync.json"
    before = json.loads(noted.read_text())
    _take(laptop, stick)
    with pytest.raises(WaifusyncError):
        _carry(laptop, stick.with_name("away") / "mind.bundle")
    assert json.loads(noted.read_text()) == before
    assert laptop.said() == ["by the stick"]
    laptop.sync()
    jetson.sync()
    assert world.remote_head() == laptop.head() == jetson.head()


def test_a_secret_is_kept_back_and_the_rest_is_on_the_stick(world: World) -> None:
    """T26: in no object of the bundle."""
    stick = _stick(world)
    laptop = _alone(world, "laptop")
    laptop.say("harmless")
    laptop.run("commit")
    laptop.say(f"my token is {TOKEN}")
    with pytest.raises(SecretsWait, match="looks like a secret"):
        _carry(laptop, stick)
    world.git(world.folder, "init", "-q", "reader")
    reader = Git(world.folder / "reader")
    reader.run("fetch", "-q", str(stick), "main", env={"GIT_ALLOW_PROTOCOL": "file"})
    listed = reader.run("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").stdout
    everything = reader.run("cat-file", "--batch", stdin=listed).stdout
    assert b"harmless" in everything and TOKEN.encode() not in everything


def _other_ref(content: bytes) -> bytes:
    sha = content.split(b"\n")[1].split()[0]
    return content.replace(sha, sha[1:] + sha[:1])


FAULTS: dict[str, tuple[Callable[[bytes], bytes], int, str]] = {
    "cut short": (lambda whole: whole[:-30], 5, "cut short or changed"),
    "half": (lambda whole: whole[: len(whole) // 2], 5, "cut short or changed"),
    "a byte changed": (lambda whole: whole[:-40] + b"?" + whole[-39:], 5, "cut short or changed"),
    "a byte more": (lambda whole: whole + b"x", 5, "cut short or changed"),
    "no pack": (lambda whole: whole[: whole.index(b"\n\n") + 2], 5, "cut short or changed"),
    "another commit": (_other_ref, 5, "lacks a part"),
    "another branch": (lambda whole: whole.replace(b"heads/main", b"heads/else"), 3, "no branch main"),
    "only its beginning": (lambda whole: whole[:20], 2, "is not a bundle"),
    "empty": (lambda whole: b"", 2, "is not a bundle"),
    "another file": (lambda whole: b"SQLite format 3\0" + whole, 2, "is not a bundle"),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Device, Path]:
    """A device that pulls what is wrong, and a good bundle with something that it lacks."""
    world = World(tmp_path_factory.mktemp("shared"))
    stick = _stick(world)
    laptop = _alone(world, "laptop")
    laptop.say("first")
    _carry(laptop, stick)
    jetson = _joined(world, stick, "jetson")
    jetson.say("on the stick")
    _carry(jetson, stick)
    return laptop, stick


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_bundle_is_named_and_neither_taken_in_nor_written_over(
    shared: tuple[Device, Path], tmp_path: Path, fault: str
) -> None:
    """T20, T25"""
    laptop, good = shared
    spoil, code, words = FAULTS[fault]
    stick = tmp_path / "mind.bundle"
    stick.write_bytes(spoil(good.read_bytes()))
    before = (laptop.head(), laptop.said(), stick.read_bytes())
    verbs: tuple[Callable[[Device, Path], object], ...] = (_take, _carry)
    for verb in verbs:
        with pytest.raises(WaifusyncError, match=words) as refused:
            verb(laptop, stick)
        assert refused.value.code == code
        assert str(stick) in refused.value.message and refused.value.hint
    assert (laptop.head(), laptop.said(), stick.read_bytes()) == before
    assert os.listdir(tmp_path) == [stick.name]


def test_what_is_no_bundle_of_this_companion_is_named(shared: tuple[Device, Path], tmp_path: Path) -> None:
    """T10: a folder, nothing at all, another companion's, and one that builds on what is not here."""
    laptop, good = shared
    folder = laptop.run("pull", str(tmp_path), code=2)
    assert "is no file" in folder.err and "git remote add" in folder.err
    away = laptop.run("pull", str(tmp_path / "mind.bundle"), code=4)
    assert "is not there" in away.err and "is the stick in its place?" in away.err
    with pytest.raises(WaifusyncError, match="usb is not there"):
        _carry(laptop, tmp_path / "usb" / "mind.bundle")
    wrong = laptop.run("pull", str(good), "--accept-rewritten", code=2)
    assert "--accept-rewritten" in wrong.err
    other = tmp_path / "other.bundle"
    init(tmp_path / "stranger", "stranger")
    push_bundle(Companion.find(tmp_path / "stranger"), other, Wishes("push"))
    before = other.read_bytes()
    verbs: tuple[Callable[[Device, Path], object], ...] = (_take, _carry)
    for verb in verbs:
        with pytest.raises(WaifusyncError, match=r"other\.bundle holds another history"):
            verb(laptop, other)
    assert other.read_bytes() == before


def test_a_bundle_that_builds_on_what_is_not_here_is_told_from_a_damaged_one(
    shared: tuple[Device, Path], tmp_path: Path
) -> None:
    """T6: what git makes of a part of the history; with what it builds on, it is taken in."""
    laptop, good = shared
    jetson = Git(laptop.world.folder / "jetson")
    part = tmp_path / "part.bundle"
    jetson.run("bundle", "create", "-q", str(part), "main", "^main~1")
    stranger = Device(laptop.world, "stranger", init(tmp_path / "stranger", "stranger").companion.root)
    with pytest.raises(WaifusyncError, match=r"builds on 1 commit .* not have") as refused:
        _take(stranger, part)
    assert "waifusync push --bundle FILE" in refused.value.hint
    clone = Device(laptop.world, "tablet", tmp_path / "tablet")
    laptop.world.git(tmp_path, "clone", "-q", "-b", "main", str(good), "tablet")
    clone.git("reset", "-q", "--hard", "main~1")
    join(clone.directory, "tablet")
    assert "on the stick" not in clone.said()
    _take(clone, part)
    assert "on the stick" in clone.said()


def _one_name_twice(world: World) -> dict[str, bytes | tuple[str, str]]:
    """What only git's own look into objects finds: a folder with two files of one name."""
    blob = world.git(world.remote, "hash-object", "-w", "--stdin", stdin=b"note")
    raw = (b"100644 note\0" + bytes.fromhex(blob)) * 2
    tree = world.git(world.remote, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=raw)
    return {"notes": ("40000", tree)}


def test_a_bundle_made_to_do_harm_is_refused_by_its_path(world: World) -> None:
    """T25: by what a fetch looks for, and by what we do; joining leaves nothing either."""
    laptop = world.device("laptop")
    stick, good = _stick(world), world.remote_head()
    link = world.git(world.remote, "hash-object", "-w", "--stdin", stdin=b"/etc")
    hostile: list[dict[str, bytes | tuple[str, str]]] = [
        {"notes": ("120000", link)},
        {".git/config": b"[core]\n"},
        {"shared_memory/memory.db-wal": b"wal"},
    ]
    before = (laptop.head(), sorted(laptop.directory.iterdir()))
    for tree in [*hostile, _one_name_twice(world)]:
        push_tree(world, tree)
        world.git(world.remote, "bundle", "create", "-q", str(stick), "main")
        with pytest.raises(WaifusyncError) as refused:
            _take(laptop, stick)
        assert refused.value.code == 5 and refused.value.hint
        with pytest.raises(WaifusyncError):
            join(world.folder / "new", "new", url=str(stick))
        assert not (world.folder / "new").exists()
        world.git(world.remote, "update-ref", "refs/heads/main", good)
    assert (laptop.head(), sorted(laptop.directory.iterdir())) == before


def test_a_stick_without_room_keeps_the_bundle_that_it_had(world: World) -> None:
    """T14: nothing is left beside it, nor of a run that was killed, and the next run is whole."""
    stick = _stick(world)
    laptop = _alone(world, "laptop")
    laptop.say("first")
    _carry(laptop, stick)
    before = stick.read_bytes()
    (laptop.directory / "song").write_bytes(os.urandom(2_000_000))
    laptop.git("add", "song")
    laptop.git("commit", "-qm", "a song")
    laptop.run("commit")
    done = subprocess.run(
        ["sh", "-c", 'trap "" XFSZ; ulimit -f 2000; exec "$0" push --bundle "$1"', INSTALLED, stick],
        cwd=laptop.directory,
        env=clean_environment(world.home),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3 and "could not be written" in done.stderr, done
    assert "is still in it" in done.stderr
    assert stick.read_bytes() == before and os.listdir(stick.parent) == [stick.name]
    stick.with_name(f".{stick.name}.{laptop.state['id']}").write_bytes(b"left by a run that was killed")
    assert _carry(laptop, stick).size > 2_000_000
    assert os.listdir(stick.parent) == [stick.name]


def test_a_bundle_that_another_device_wrote_meanwhile_is_not_written_over(
    shared: tuple[Device, Path], tmp_path: Path
) -> None:
    """T17: as in a folder that two machines share; a link to it stays a link."""
    laptop, good = shared
    git, real, stick = Git(laptop.directory), tmp_path / "real", tmp_path / "mind.bundle"
    real.write_bytes(good.read_bytes())
    assert write_bundle(git, real, laptop.head(), branch="main", before=None, beside="x") is None
    assert real.read_bytes() == good.read_bytes() and os.listdir(tmp_path) == ["real"]
    stick.symlink_to(real)
    laptop.say("by a link")
    assert _carry(laptop, stick).is_written
    assert stick.is_symlink() and real.stat().st_size > good.stat().st_size


def test_a_device_whose_history_is_cut_off_reads_bundles_and_writes_none(world: World) -> None:
    """T6: a bundle from there would lack what others need."""
    laptop = world.device("laptop")
    laptop.say("one")
    laptop.sync()
    clone, stick = world.folder / "tablet", _stick(world)
    world.git(world.folder, "clone", "-q", "--depth", "1", world.remote.as_uri(), str(clone))
    join(clone, "tablet")
    tablet = Device(world, "tablet", clone)
    with pytest.raises(WaifusyncError, match="history is cut off") as refused:
        _carry(tablet, stick)
    assert "waifusync retention off" in refused.value.hint and not stick.exists()
    laptop.say("two")
    _carry(laptop, stick)
    _take(tablet, stick)
    assert tablet.said() == ["one", "two"]
    tablet.run("retention", "off")
    assert _carry(tablet, stick).is_written


def test_a_join_that_was_killed_after_the_bundle_was_read_goes_on(
    shared: tuple[Device, Path], tmp_path: Path
) -> None:
    """T20"""
    laptop, good = shared
    laptop.world.git(tmp_path, "clone", "-q", str(good), "again")
    laptop.world.git(tmp_path / "again", "remote", "remove", "origin")
    settled = join(tmp_path / "again", "again", url=str(good))
    assert settled.outcome.received and settled.companion.git.run("remote").text == ""
