"""What a remote may be: forced, unrelated, hostile, silent, or asked by two devices in one second."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL

import pytest

from tests.automation.watched import until
from tests.companions import (
    BOTH_LAYOUTS,
    INSTALLED,
    Device,
    World,
    assert_same,
    clean_environment,
    push_tree,
)
from waifusync.workflows.companion import Companion
from waifusync.workflows.syncing.exchange import exchange
from waifusync.workflows.syncing.under_way import Asked, Wishes

NORMAL_RACES, LONG_RACES = 6, 100


def _level(world: World) -> tuple[Device, Device]:
    laptop, jetson = world.pair()
    laptop.say("laptop 0")
    jetson.say("jetson 0")
    world.settle(laptop, jetson)
    return laptop, jetson


@BOTH_LAYOUTS
def test_a_remote_put_back_to_an_older_state_is_refused_and_brought_together(world: World) -> None:
    """T10: forced back: both are kept, nothing is pushed; accepted, nothing is lost."""
    laptop, jetson = world.scene(_level)
    world.git(world.remote, "update-ref", "refs/heads/main", "main~2")
    before = world.remote_head()
    laptop.say("after")
    for verb in ("sync", "pull", "push"):
        refused = laptop.run(verb, code=3)
        assert (
            "hint: " in refused.err and "--accept-rewritten" in refused.err and "--force" not in refused.err
        )
    assert world.remote_head() == before
    laptop.sync("--accept-rewritten")
    jetson.run("sync", "--accept-rewritten")
    world.settle(laptop, jetson)
    assert laptop.said() == jetson.said() == ["after", "jetson 0", "laptop 0"]
    assert_same(laptop, jetson)


def test_a_remote_of_another_companion_is_refused(world: World) -> None:
    """T10: unrelated histories: both refuse, both are kept, and init on a used remote names join."""
    laptop, _ = world.scene(_level)
    (world.folder / "elsewhere").mkdir()
    other = World(world.folder / "elsewhere")
    stranger = other.device("stranger")
    stranger.say("a stranger's")
    stranger.sync()
    stranger.git("remote", "set-url", "origin", str(world.remote))
    before = world.remote_head()
    refused = stranger.run("sync", code=3)
    assert "hint: " in refused.err
    assert world.remote_head() == before
    assert stranger.said() == ["a stranger's"] and laptop.said() == ["jetson 0", "laptop 0"]
    again = world.run(
        "init", str(world.folder / "new"), "--device", "new", "--remote", str(world.remote), code=3
    )
    assert "waifusync join" in again.err
    assert "another history" in _one_that_never_pushed(other, world.remote).run("sync", code=3).err
    assert world.remote_head() == before


def _one_that_never_pushed(world: World, remote: Path) -> Device:
    """Whose remote cannot be told by what it had before."""
    device = Device(world, "alone", world.folder / "alone")
    world.run("init", str(device.directory), "--device", "alone")
    device.git("remote", "add", "origin", str(remote))
    return device


@BOTH_LAYOUTS
def test_two_devices_that_push_in_the_same_second_both_succeed(world: World, is_long: bool) -> None:
    """T17: no lost write, and nobody is told of a race."""
    laptop, jetson = world.pair()
    for number in range(LONG_RACES if is_long else NORMAL_RACES):
        threads = []
        for device in (laptop, jetson):
            device.say(f"{device.name} {number}")
            threads.append(threading.Thread(target=device.run, args=("push",)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    world.settle(laptop, jetson)
    count = LONG_RACES if is_long else NORMAL_RACES
    assert laptop.said() == sorted(f"{name} {n}" for name in ("laptop", "jetson") for n in range(count))
    assert_same(laptop, jetson)


@contextmanager
def _black_hole() -> Iterator[str]:
    """Takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/companion.git"


def test_a_remote_that_never_answers_costs_no_more_than_its_time(world: World) -> None:
    """T28: local commands do not notice it; sync commits, gives up in its time, and says so (exit 4)."""
    laptop, _ = world.scene(_level)
    config = laptop.directory / "waifusync.toml"
    config.write_text(
        config.read_text().replace("remote_timeout_seconds = 120", "remote_timeout_seconds = 2")
    )
    with _black_hole() as url:
        laptop.git("remote", "set-url", "origin", url)
        laptop.say("in the dark")
        assert "ommitted 1 change" in laptop.run("commit", timeout=20).out
        begun = time.monotonic()
        ran = laptop.run("sync", code=4, timeout=30)
        assert time.monotonic() - begun < 20
        assert "hint: " in ran.err and "ushed" not in ran.out
    laptop.git("remote", "set-url", "origin", str(world.remote))
    config.write_text(
        config.read_text().replace("remote_timeout_seconds = 2", "remote_timeout_seconds = 120")
    )
    laptop.sync()
    assert world.device("tablet").said() == ["in the dark", "jetson 0", "laptop 0"]


# ssh for a remote that says where it is, and then stops in the middle of what it sends.
_STOPS = """#!/bin/sh
for word; do last=$word; done
echo >>"$0.asked"
[ "$(wc -l <"$0.asked")" -lt 2 ] || { touch "$0.stopped"; exec sleep 60; }
exec sh -c "$last"
"""


def test_a_remote_that_stops_in_the_middle_of_what_it_sends_keeps_nobody_from_committing(
    world: World,
) -> None:
    """T28: what it has is fetched before the lock is taken."""
    laptop, jetson = world.scene(_level)
    jetson.say("to be fetched")
    jetson.sync()
    ssh = world.folder / "stops"
    ssh.write_text(_STOPS)
    ssh.chmod(0o755)
    laptop.git("config", "core.sshCommand", str(ssh))
    laptop.git("config", "ssh.variant", "ssh")  # else git first asks the command what it is
    laptop.git("remote", "set-url", "origin", f"ssh://example.org{world.remote}")
    laptop.say("meanwhile")
    fetching = subprocess.Popen(
        [INSTALLED, "sync"],
        cwd=laptop.directory,
        env=clean_environment(world.home),
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        until(ssh.with_name("stops.stopped").exists)
        assert "ommitted 1 change" in laptop.run("commit", timeout=25).out
    finally:
        fetching.terminate()
        fetching.wait()
    laptop.git("config", "--unset", "core.sshCommand")
    laptop.git("remote", "set-url", "origin", str(world.remote))
    world.settle(laptop, jetson)
    assert_same(laptop, jetson)


def _hostile(world: World, device: Device) -> dict[str, dict[str, bytes | tuple[str, str]]]:
    outside = str(world.folder / "outside")
    link = world.git(world.remote, "hash-object", "-w", "--stdin", stdin=outside.encode())
    log = f"shared_memory/log/{device.folder}"
    return {
        "shared_memory/log": {"shared_memory/log": ("120000", link)},
        "notes": {"notes": ("120000", link)},
        "shared_memory/memory.db": {"shared_memory/memory.db": b"SQLite format 3\0"},
        "shared_memory/memory.db-wal": {"shared_memory/memory.db-wal": b"wal"},
        "shared_memory/memory.db-journal": {"shared_memory/memory.db-journal": b"journal"},
        "extra": {"extra": ("160000", "a" * 40)},
        ".gitmodules": {".gitmodules": b'[submodule "x"]\n\tpath = x\n\turl = ../x\n'},
        "..": {"../../outside": b"out"},
        ".git": {".git/hooks/post-checkout": b"#!/bin/sh\n"},
        "Shared_Memory": {"Shared_Memory/log/x": b"case"},
        "evil.sh": {f"{log}/0000/evil.sh": b"#!/bin/sh\n"},
        "con": {"con": b"a name of another system's"},
    }


NAMES = [
    "shared_memory/log",
    "notes",
    "shared_memory/memory.db",
    "shared_memory/memory.db-wal",
    "shared_memory/memory.db-journal",
    "extra",
    ".gitmodules",
    "..",
    ".git",
    "Shared_Memory",
    "con",
    "evil.sh",
]


@BOTH_LAYOUTS
def test_a_hostile_tree_is_refused_by_its_path_and_touches_nothing(world: World) -> None:
    """T25: links, databases, submodules, traversal, foreign names: refused, nothing changed."""
    laptop, jetson = world.scene(_level)
    good = world.remote_head()
    head, files = laptop.head(), _files(laptop.directory)
    hostile = _hostile(world, jetson)
    # In the layout `database` a file there is git's own; what may be in it is in tests/layouts.
    for name in NAMES if world.layout == "log" else set(NAMES) - {"shared_memory/memory.db"}:
        push_tree(world, hostile[name])
        refused = laptop.run("pull", code=None)
        assert refused.code in (3, 5), (name, refused)
        assert "error: " in refused.err, refused
        assert laptop.head() == head and _files(laptop.directory) == files
        assert not (world.folder / "outside").exists()
        world.git(world.remote, "update-ref", "refs/heads/main", good)
    laptop.sync()
    assert laptop.said() == ["jetson 0", "laptop 0"]


def _files(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*") if ".git" not in path.relative_to(folder).parts}


def _log(*entries: dict[str, object], previous: str = "") -> bytes:
    """Lines that are chained as docs/formats.md says, whatever they hold."""
    lines = []
    for entry in entries:
        body = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        chain = hashlib.sha256((previous + body).encode()).hexdigest()[:16]
        lines.append(f'{body[:-1]},"h":"{chain}"}}\n')
        previous = chain
    return "".join(lines).encode()


def _entry(number: int, collection: str, key: str, fields: dict[str, object]) -> dict[str, object]:
    return {"n": number, "t": f"{0x019A00000000 + number:012x}0000", "c": collection, "k": key, "f": fields}


EVIL = "eviltwin"
BAD_LOGS = {
    "torn": _log(_entry(1, "memories", f"{EVIL}-1", {"user_input": "half"}))[:-20],
    "no json": b"this is no line of a log\n",
    "wrong hash": _log(_entry(1, "memories", f"{EVIL}-1", {"user_input": "x"})).replace(b'"x"', b'"y"'),
    "NaN": _log(_entry(1, "memories", f"{EVIL}-1", {"user_input": float("nan")})),
    "deep": b'{"n":1,"f":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
    "huge": b'{"n":1,"x":"' + b"x" * 40_000_000 + b'"}\n',
    "conflict": b"<<<<<<< HEAD\n=======\n>>>>>>> main\n",
}


@pytest.mark.parametrize("name", BAD_LOGS)
def test_a_log_line_that_does_not_parse_is_named_and_the_rest_goes_on(world: World, name: str) -> None:
    """T25: which file, which line, exit 5; the other devices' memories come and go all the same."""
    laptop, jetson = world.scene(_level)
    path = f"shared_memory/log/twin-{EVIL}/0000/0000000001-0000000001.jsonl"
    push_tree(world, {path: BAD_LOGS[name]})
    laptop.say("laptop 1")
    ran = laptop.run("sync", code=5)
    assert path in ran.err
    if name != "huge":
        assert "line 1" in ran.err
    jetson.say("jetson 1")
    jetson.run("sync", code=None)
    laptop.run("sync", code=None)
    jetson.run("sync", code=None)
    assert laptop.said() == jetson.said() == ["jetson 0", "jetson 1", "laptop 0", "laptop 1"]


def test_sql_in_names_and_types_from_the_remote_is_never_executed(world: World) -> None:
    """T24: a table whose description is an attack: told, or made harmlessly; the rest goes on."""
    laptop, jetson = world.scene(_level)
    name = 'x"; DROP TABLE memories; --'
    evil_type = "TEXT); DROP TABLE memories; --"
    column = {
        "default": "(load_extension('x'))",
        "name": 'c"; --',
        "not_null": False,
        "primary": 0,
        "type": "",
    }
    bad = {**column, "name": "c", "type": evil_type}
    table = {
        "foreign_keys": [], "generated": [], "is_autoincrement": False, "is_strict": False,
        "is_without_rowid": False, "order": ['c"; --'], "uniques": [],
    }  # fmt: skip
    lines = _log(
        _entry(
            1,
            "waifusync:tables",
            f"table:{name}",
            {"table": json.dumps(table), 'column:c"; --': json.dumps(column)},
        ),
        _entry(
            2, "waifusync:tables", "table:worse", {"table": json.dumps(table), "column:c": json.dumps(bad)}
        ),
        _entry(
            3,
            "waifusync:tables",
            "table:sqlite_master",
            {"table": json.dumps(table), "column:c": json.dumps(column)},
        ),
        _entry(
            4,
            "waifusync:tables",
            "table:waifusync_meta",
            {"table": json.dumps(table), "column:c": json.dumps(column)},
        ),
        _entry(5, "memories", f"{EVIL}-5", {"user_input": "'); DROP TABLE memories; --"}),
    )
    push_tree(world, {f"shared_memory/log/twin-{EVIL}/0000/0000000001-0000000005.jsonl": lines})
    for device in (laptop, jetson):
        assert device.run("sync", code=None).code in (0, 1, 5)
        assert device.said() == ["'); DROP TABLE memories; --", "jetson 0", "laptop 0"]
        assert device.integrity() == "ok"
    assert_same(laptop, jetson)


def test_a_vector_file_that_lies_is_told_and_the_text_is_kept(world: World) -> None:
    """T25: T15: NaN, a wrong header, a wrong length: the row comes without it, and exit tells."""
    laptop, jetson = world.scene(_level)
    group = f"shared_memory/vectors/twin-{EVIL}/minilm-4/0000000000-0000000000.npy"
    row = {
        "user_input": "with a vector",
        "embeddings": {"v": ["minilm-4", 0, "0" * 16]},
        "model_used": "minilm",
    }
    path = f"shared_memory/log/twin-{EVIL}/0000/0000000001-0000000001.jsonl"
    push_tree(
        world,
        {
            group: b"\x93NUMPY\x01\x00\xff\xff" + b"{" * 100,
            path: _log(_entry(1, "memories", f"{EVIL}-1", row)),
        },
    )
    ran = laptop.run("sync", code=None)
    assert ran.code in (0, 5), ran
    assert "with a vector" in laptop.said()
    jetson.run("sync", code=None)
    assert_same(laptop, jetson)


@BOTH_LAYOUTS
def test_autocrlf_and_names_in_another_form_change_no_byte(world: World) -> None:
    """T29: core.autocrlf=true, decomposed names, case: contents and names survive."""
    laptop = world.device("laptop")
    (world.home / "gitconfig").open("a").write(
        "[core]\n\tautocrlf = true\n\teol = crlf\n\tprecomposeunicode = true\n"
    )
    jetson = world.device("jetson")
    texts = ["unix\nlines\n", "dos\r\nlines\r\n", "cafe\u0301", "caf\u00e9", "Upper", "upper"]
    laptop.say(*texts)
    laptop.sql('CREATE TABLE "cafe\u0301" (id INTEGER PRIMARY KEY, "Ta\u0308g" TEXT)')
    laptop.sql('INSERT INTO "cafe\u0301" VALUES (1, ?)', ("x\r\ny",))
    world.settle(laptop, jetson)
    assert jetson.said() == laptop.said() == sorted(texts)
    assert jetson.sql('SELECT "Ta\u0308g" FROM "cafe\u0301"') == [("x\r\ny",)]
    assert_same(laptop, jetson)
    for device in (laptop, jetson):
        device.git("checkout", "-q", "--", ".")
        device.git("add", "-A")
        assert device.git("status", "--porcelain") == ""
    before = world.remote_head()
    world.settle(laptop, jetson)
    assert world.remote_head() == before


def test_what_the_remote_said_before_another_process_here_pushed_is_no_rewritten_history(
    world: World,
) -> None:
    """T10, T17: asked before the lock was taken, and answered by the time that somebody else had it."""
    laptop = world.device("laptop")
    before = world.remote_head()
    laptop.say("pushed by another process meanwhile")
    laptop.run("push")
    companion = Companion.find(laptop.directory)
    outcome = exchange(companion, Wishes("sync", ask_remote=True, push=True), asked=Asked(before))
    assert outcome.untrusted == [] and laptop.said() == ["pushed by another process meanwhile"]
    assert world.remote_head() == laptop.head() != before
