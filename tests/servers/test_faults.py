"""T28, T5: every server that people have, and what goes wrong with servers: named, and nothing is lost.

A table of servers and faults; a cell that cannot be says why. In each, a sync goes wrong, is told in one
error with a hint, and the next one is whole. All cells are tried with WAIFUSYNC_LONG_TESTS=1; else each fault
with one server, and each server with some fault.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.automation.servers import HAS_SSH
from tests.companions import Device, World, clean_environment
from tests.servers.proxy import LONG, Line
from tests.servers.serving import SERVERS, Server
from waifusync.errors import ExitCode, WaifusyncError
from waifusync.workflows.companion import Companion
from waifusync.workflows.syncing.exchange import exchange
from waifusync.workflows.syncing.outcome import Outcome
from waifusync.workflows.syncing.under_way import Wishes

WORDS = "no memories on Sundays"
_GONE = "the remote could not be reached"
Spoil = Callable[[World, Server], contextlib.AbstractContextManager[None]]


@dataclass(frozen=True)
class Fault:
    """`much` travels meanwhile: "coming", "going" or nothing. `words` are in the error."""

    spoil: Spoil
    words: str
    code: ExitCode = ExitCode.UNREACHABLE
    much: str = ""


def _line(line: Line) -> Spoil:
    @contextlib.contextmanager
    def spoil(world: World, server: Server) -> Iterator[None]:
        assert server.line is not None
        server.line.become(line)
        yield
        assert server.line.spoiled.is_set(), "the line was never as bad as that"
        server.line.become(Line.GOOD)

    return spoil


def _hook(*lines: str) -> Spoil:
    @contextlib.contextmanager
    def spoil(world: World, server: Server) -> Iterator[None]:
        hook = world.remote / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("\n".join(("#!/bin/sh", "cat >/dev/null", *lines, "exit 1\n")))
        hook.chmod(0o755)
        yield
        hook.unlink()

    return spoil


@contextlib.contextmanager
def _small(world: World, server: Server) -> Iterator[None]:
    world.git(world.remote, "config", "receive.maxInputSize", "50k")
    yield
    world.git(world.remote, "config", "--unset", "receive.maxInputSize")


@contextlib.contextmanager
def _away(world: World, server: Server) -> Iterator[None]:
    aside = world.remote.with_name("aside")
    world.remote.rename(aside)
    yield
    aside.rename(world.remote)


@contextlib.contextmanager
def _expired(world: World, server: Server) -> Iterator[None]:
    assert server.expire is not None
    renew = server.expire()
    yield
    renew()


# As the hosts that people use say them.
_PROTECTED = ("echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2",)
_LARGE = ("echo 'error: File x is 123.00 MB; this exceeds the file size limit of 100.00 MB' >&2",)
_REFUSED = ExitCode.REFUSED

FAULTS: dict[str, Fault] = {
    "cut while fetching": Fault(_line(Line.CUT_COMING), _GONE, much="coming"),
    "cut while pushing": Fault(_line(Line.CUT_GOING), _GONE, much="going"),
    "answer lost": Fault(_line(Line.LOST_ANSWER), _GONE, much="going"),
    "hung up": Fault(_line(Line.REFUSED), _GONE),
    "repository away": Fault(_away, _GONE),
    "login page": Fault(_line(Line.PORTAL), "something else answered in the remote's place"),
    "sent to a login page": Fault(_line(Line.REDIRECT), "something else answered in the remote's place"),
    "credentials expired": Fault(_expired, "did not accept our credentials"),
    "hook": Fault(_hook(f"echo '{WORDS}' >&2"), f"a hook on the server declined it: {WORDS}", _REFUSED),
    "protected branch": Fault(_hook(*_PROTECTED), "the branch is protected on the server", _REFUSED),
    "100 MB limit": Fault(_hook(*_LARGE), "a file is larger than the server allows", _REFUSED),
    "push too large": Fault(_small, "larger than the server takes at once", _REFUSED, much="going"),
}
_NO_LINE = "nothing lies between"
_NO_WEB = "it speaks no HTTP: a login page is a line that hangs up"
_ON_LINE = ("cut while fetching", "cut while pushing", "answer lost", "hung up", "login page")
NOT_THERE: dict[tuple[str, str], str] = {
    **{("path", fault): _NO_LINE for fault in (*_ON_LINE, "sent to a login page")},
    ("path", "credentials expired"): "it asks for none",
    ("daemon", "credentials expired"): "it asks for none",
    ("daemon", "push too large"): "it hangs up on what it has not read, and its reason may be lost with that",
    ("ssh", "login page"): _NO_WEB,
    ("ssh", "sent to a login page"): _NO_WEB,
}
# The same server but for how it asks who is there: what lies below that is tried once.
SAME = {("token", fault): "as with a password" for fault in FAULTS if fault != "credentials expired"}
CELLS = [cell for cell in itertools.product(SERVERS, FAULTS) if cell not in NOT_THERE | SAME]
IS_LONG = os.environ.get("WAIFUSYNC_LONG_TESTS", "") not in ("", "0")


def _some_cells() -> Iterator[tuple[str, str]]:
    """Each fault once, with the next server in turn that can have it."""
    turns = list(SERVERS)
    for fault in FAULTS:
        server = next(each for each in turns if (each, fault) in CELLS)
        turns.remove(server)
        turns.append(server)
        yield server, fault


TRIED = CELLS if IS_LONG else list(_some_cells())


def test_the_table_has_no_cell_that_is_neither_tried_nor_explained() -> None:
    """A new server or a new fault is tried with all there are, or says why not."""
    assert set(CELLS) | set(NOT_THERE) | set(SAME) == set(itertools.product(SERVERS, FAULTS))
    assert not set(NOT_THERE) & set(SAME) and all(NOT_THERE.values())
    assert {server for server, _ in TRIED} == set(SERVERS)
    assert {fault for _, fault in TRIED} == set(FAULTS)


@dataclass(frozen=True)
class Place:
    """A laptop that uses the server, and a jetson that reaches the same repository by its path."""

    server: Server
    world: World
    laptop: Device
    jetson: Device


@pytest.fixture(scope="module", autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing of whoever runs the tests, for what runs in this process."""
    with pytest.MonkeyPatch.context() as patch:
        clean = clean_environment(tmp_path_factory.mktemp("home"))
        for name in set(os.environ) - set(clean) | {"GIT_SSL_CAINFO", "SSH_AUTH_SOCK"}:
            patch.delenv(name, raising=False)
        for name in ("HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
            patch.setenv(name, clean[name])
        yield


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Place]]:
    """Each server, started when it is first asked for, behind one companion for all."""
    world = World(tmp_path_factory.mktemp("servers"))
    laptop, jetson = world.pair()
    with contextlib.ExitStack() as running:
        started: dict[str, Server] = {}

        def start(name: str) -> Place:
            _skip_where_missing(name)
            if name not in started:
                started[name] = running.enter_context(SERVERS[name](world, world.folder / f"of-{name}"))
            started[name].use(laptop)
            return Place(started[name], world, laptop, jetson)

        yield start


def _skip_where_missing(name: str) -> None:
    if name == "ssh" and not HAS_SSH:
        pytest.skip("sshd, ssh-agent or ssh-keygen is not installed (Debian: openssh-server)")
    if name in ("password", "token") and not shutil.which("openssl"):
        pytest.skip("openssl is not installed, to make a certificate with")


def _sync(device: Device) -> Outcome:
    return exchange(Companion.find(device.directory), Wishes("sync", ask_remote=True, push=True))


def _much() -> str:
    return secrets.token_hex(LONG * 3 // 2)


CLONES = {"shallow": ("--depth", "1"), "without files": ("--filter=blob:none",)}


@pytest.mark.parametrize("kind", CLONES)
def test_a_clone_that_holds_less_than_all_takes_part_all_the_same(
    places: Callable[[str], Place], tmp_path: Path, kind: str
) -> None:
    """T6: what it lacks is no deletion."""
    place = places("path")
    _sync(place.laptop)
    before = place.laptop.said()
    place.world.git(place.world.remote, "config", "uploadpack.allowFilter", "true")
    name, clone = kind.replace(" ", "-"), tmp_path / "clone"
    place.world.git(tmp_path, "clone", "-q", *CLONES[kind], place.world.remote.as_uri(), str(clone))
    place.world.run("join", "--device", name, where=clone)
    device = Device(place.world, name, clone)
    device.say(f"from the clone: {kind}")
    place.laptop.say(f"meanwhile: {kind}")
    for each in (place.laptop, device, place.laptop):
        _sync(each)
    both = sorted([*before, f"from the clone: {kind}", f"meanwhile: {kind}"])
    assert device.said() == place.laptop.said() == both


@pytest.mark.parametrize(("name", "fault"), TRIED)
def test_a_fault_is_named_and_costs_nothing(places: Callable[[str], Place], name: str, fault: str) -> None:
    place, tried = places(name), FAULTS[fault]
    if tried.much == "coming":
        place.jetson.say(_much())
        _sync(place.jetson)
    place.laptop.say(f"{name}: {fault}" + (_much() if tried.much == "going" else ""))
    before = place.world.remote_head()
    with tried.spoil(place.world, place.server), pytest.raises(WaifusyncError) as failed:
        _sync(place.laptop)
    error = failed.value
    assert (error.code, tried.words in error.message) == (tried.code, True), error.message
    assert error.hint and "force" not in error.hint and "\n" not in error.message
    assert fault == "answer lost" or place.world.remote_head() == before
    done = _sync(place.laptop)
    assert done.pushed and done.repaired == done.untrusted == []
    assert place.world.remote_head() == place.laptop.head()
    assert any(text.startswith(f"{name}: {fault}") for text in place.laptop.said())


def test_all_that_went_wrong_left_both_devices_level(places: Callable[[str], Place]) -> None:
    """Nothing of any cell is lacking on the other device, and nothing came twice."""
    place = places("path")
    _sync(place.laptop)
    _sync(place.jetson)
    _sync(place.laptop)
    assert place.jetson.said() == place.laptop.said()
    assert len(set(place.laptop.said())) == len(place.laptop.said())


@pytest.mark.skipif(not HAS_SSH, reason="sshd is not installed")
def test_a_line_that_falls_silent_is_given_up_in_time_and_one_that_pauses_is_waited_for(
    places: Callable[[str], Place],
) -> None:
    """T28: over ssh, which has no time limit of its own, and through the installed command."""
    place = places("ssh")
    assert place.server.line is not None
    place.laptop.say(_much())
    place.server.line.become(Line.PAUSE)
    assert _sync(place.laptop).pushed and place.server.line.spoiled.is_set()
    place.laptop.say(_much())
    config = place.laptop.directory / "waifusync.toml"
    text = config.read_text()
    config.write_text(text.replace("remote_timeout_seconds = 120", "remote_timeout_seconds = 1"))
    place.server.line.become(Line.SILENT_GOING)
    begun = time.monotonic()
    silent = place.laptop.run("sync", code=4, timeout=60)
    assert "took longer than" in silent.err and "hint: everything is safe here" in silent.err
    assert time.monotonic() - begun < 45
    place.server.line.become(Line.GOOD)
    config.write_text(text)
    assert _sync(place.laptop).pushed
