"""What is not right gets `error:` and `hint:`, the right exit code, and changes nothing."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.companions import INSTALLED, Ran, World, clean_environment

# Words that, pasted by a person or an agent, would cost memories.
DESTRUCTIVE = re.compile(r"--force|-f\b|reset --hard|push \+|rm -r|clean -|checkout --|prune|--mirror|delete")


def _told(ran: Ran) -> None:
    """One error, one hint, no traceback, and nothing that destroys."""
    assert ran.err.count("error: ") == 1 and "hint: " in ran.err, ran
    assert "Traceback" not in ran.err
    assert not DESTRUCTIVE.search(ran.err), ran.err


def test_outside_of_a_repository(world: World) -> None:
    """T30: not a repository, and a repository without a companion."""
    plain = world.folder / "plain"
    plain.mkdir()
    for verb in ("sync", "push", "pull", "commit", "path"):
        _told(world.run(verb, where=plain, code=2))
    world.git(plain, "init", "-q")
    _told(world.run("sync", where=plain, code=2))
    _told(world.run("join", "--device", "x", where=plain, code=3))


@pytest.mark.parametrize("content", [b"not a database at all " * 300, os.urandom(8192)])
def test_a_file_that_is_no_database(world: World, content: bytes) -> None:
    """T20: as the live database of a program, or as what is to be adopted; encrypted looks like noise."""
    laptop, _ = world.pair()
    file = world.folder / "chat.db"
    file.write_bytes(content)
    for option in ("--live", "--adopt"):
        ran = world.run(
            "init", str(world.folder / option.strip("-")), "--device", "x", option, str(file), code=5
        )
        _told(ran)
    live = laptop.directory / ".git/waifusync/memory.db"
    for ending in ("", "-wal", "-shm"):
        live.with_name(live.name + ending).unlink(missing_ok=True)
    live.write_bytes(content)
    before = world.remote_head()
    _told(laptop.run("sync", code=5))
    assert live.read_bytes() == content
    assert file.read_bytes() == content
    assert world.remote_head() == before


def test_a_malformed_configuration_names_key_and_line(world: World) -> None:
    """T6: a misspelt `exclude` would send what was to stay at home."""
    laptop, _ = world.pair()
    config = laptop.directory / "waifusync.toml"
    text = config.read_text()
    config.write_text(text + "\n[surprises]\nexclud = 3\n")
    laptop.say("one")
    before = world.remote_head()
    ran = laptop.run("sync", code=2)
    _told(ran)
    line = next(n for n, each in enumerate(config.read_text().splitlines(), 1) if "surprises" in each)
    assert "surprises" in ran.err and re.search(rf"line {line}\b|:{line}\b", ran.err), ran.err
    assert world.remote_head() == before
    config.write_text(text)
    laptop.sync()


class _Locked(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="companions"')
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def _server_that_wants_a_password() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Locked)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://ada:secret-of-ada@127.0.0.1:{server.server_port}/companion.git"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_remote_that_wants_a_password_is_not_asked_for_one(world: World) -> None:
    """T18: T28: no prompt, no secret on the screen; committed here, exit 4."""
    laptop, _ = world.pair()
    with _server_that_wants_a_password() as url:
        laptop.git("remote", "set-url", "origin", url)
        laptop.say("one")
        ran = laptop.run("sync", code=4)
    _told(ran)
    assert "secret-of-ada" not in ran.err + ran.out
    laptop.git("remote", "set-url", "origin", str(world.remote))
    laptop.sync()


def test_a_read_only_folder_is_told(world: World) -> None:
    """T20: where the system refuses to write, so do we, in words; root is never refused."""
    laptop, _ = world.pair()
    laptop.say("one")
    before = world.remote_head()
    state = laptop.directory / ".git"
    if os.getuid() == 0:
        pytest.skip("root may write everywhere")
    for folder in (state, *state.rglob("*/")):
        folder.chmod(0o555)
    try:
        _told(laptop.run("sync", code=3))
    finally:
        for folder in (state, *state.rglob("*/")):
            folder.chmod(0o755)
    assert world.remote_head() == before
    laptop.sync()


@pytest.mark.parametrize("blocks", [0, 1, 8, 64])
def test_a_disk_that_is_full_in_the_middle_of_a_sync(world: World, blocks: int) -> None:
    """T14: no file may grow beyond a size: refused in words or done; with room again, nothing is lost."""
    laptop, jetson = world.pair()
    laptop.say(*(f"memory {number} " + "x" * 2000 for number in range(60)))
    done = subprocess.run(
        ["sh", "-c", f'trap "" XFSZ; ulimit -f {blocks}; exec "$0" sync', str(INSTALLED)],
        cwd=laptop.directory,
        env=clean_environment(world.home),
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode in (0, 3, 4, 5), done
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert "error: " in done.stderr, done
    laptop.sync()
    jetson.sync()
    assert len(jetson.said()) == 60
    assert jetson.said() == laptop.said()
    assert laptop.integrity() == "ok"
    laptop.git("fsck", "--strict")


def test_no_hint_in_the_program_hands_out_what_destroys() -> None:
    """T30: every hint that is written anywhere in the package is free of force, reset --hard and deletion."""
    package = Path(__file__).parents[2] / "waifusync"
    hints = [
        (file, hint)
        for file in package.rglob("*.py")
        for hint in re.findall(r'hint=\(?f?((?:\s*f?"[^"]*")+)', file.read_text(encoding="utf-8"))
    ]
    assert len(hints) > 40
    assert not [(file, hint) for file, hint in hints if DESTRUCTIVE.search(hint) and "--accept-" not in hint]


def test_what_is_missing_says_so_in_json_too(world: World) -> None:
    """T30: {error, hint, code} on stdout, and nothing else."""
    ran = world.run("sync", "--json", where=world.folder, code=2)
    assert set(ran.json) == {"error", "hint", "code"} and ran.json["code"] == 2
