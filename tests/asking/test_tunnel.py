"""--via ssh, through a real sshd of the test's own on the loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking.conftest import EASY, Both
from tests.sessions.fake_ollama import wait_until
from waifusync.errors import UnreachableError, UsageError
from waifusync.sessions.http import Endpoint
from waifusync.sessions.tunnel import check_destination, tunnel

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
USER = pwd.getpwuid(os.getuid()).pw_name


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def is_open(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The destination, and an environment in which ssh has a key and knows the host."""
    if not Path(SSHD).exists() or not shutil.which("ssh-keygen"):
        pytest.skip("there is no sshd here to try tunnels with")
    folder = tmp_path_factory.mktemp("sshd")
    for name in ("host", "user"):
        key = str(folder / name)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    port = free_port()
    (folder / "authorized_keys").write_bytes((folder / "user.pub").read_bytes())
    host_key = " ".join((folder / "host.pub").read_text().split()[:2])
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n")
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\nUsePAM no\nPasswordAuthentication no\n"
    )
    (folder / "ssh").write_text(
        f"#!/bin/sh\nexec /usr/bin/ssh -F none -o IdentityFile={folder}/user -o IdentitiesOnly=yes"
        f' -o UserKnownHostsFile={folder}/known_hosts "$@"\n'
    )
    (folder / "ssh").chmod(0o755)
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "config")], stdout=log, stderr=log)
    try:
        wait_until(lambda: b"listening" in (folder / "log").read_bytes() or process.poll() is not None)
        if process.poll() is not None:
            pytest.skip(f"sshd does not start here: {(folder / 'log').read_text()[-200:]}")
        yield f"{USER}@127.0.0.1:{port}", {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    finally:
        process.terminate()
        process.wait()


def test_a_question_goes_through_ssh_and_the_tunnel_is_gone_afterwards(
    sshd: tuple[str, dict[str, str]], both: Both
) -> None:
    destination, environment = sshd
    near_port = 0
    with tunnel(destination, Endpoint.of(both.small.url), environment=environment, seconds=20) as near:
        near_port = near.port
        with socket.create_connection((near.host, near.port), timeout=5):
            assert is_open(near_port)
    wait_until(lambda: not is_open(near_port), 2)
    assert not is_open(near_port)


def test_a_tunnel_does_not_outlive_a_waifusync_that_was_killed(
    sshd: tuple[str, dict[str, str]], both: Both
) -> None:
    """T20"""
    destination, environment = sshd
    program = (
        "import os, time; from waifusync.sessions.http import Endpoint\n"
        "from waifusync.sessions.tunnel import tunnel\n"
        f"far = Endpoint.of({both.small.url!r})\n"
        f"way = tunnel({destination!r}, far, environment=os.environ, seconds=20)\n"
        "with way as near:\n"
        "    print(near.port, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert is_open(port)
        process.kill()
    wait_until(lambda: not is_open(port))


def test_ask_reaches_another_devices_loopback_through_ssh(
    sshd: tuple[str, dict[str, str]], both: Both
) -> None:
    destination, environment = sshd
    file = both.laptop.directory / "waifusync.toml"
    chosen = file.read_text()
    both.jetson.run("device", "endpoint", "--ssh", destination)
    both.jetson.run("push")
    both.laptop.run("pull")
    file.write_text(
        chosen.replace('["127.0.0.0/8"]', "[]").replace("connect_seconds = 2", "connect_seconds = 20")
    )
    try:
        refused = both.laptop.run("ask", EASY, "--device", "jetson", code=4)
        assert "its server listens on that device only" in refused.err
        path = environment["PATH"]
        ran = both.laptop.run("ask", EASY, "--device", "jetson", "--via", "ssh", "--json", PATH=path)
    finally:
        file.write_text(chosen)
    assert ran.json["answers"][0]["device"] == "jetson"
    assert both.answers() == [("jetson", "small", "yes indeed")]


def test_an_ssh_that_gets_nowhere_is_away_with_its_own_words(sshd: tuple[str, dict[str, str]]) -> None:
    """T18: nobody is asked for a password."""
    _, environment = sshd
    far = Endpoint("127.0.0.1", 1)
    with (
        pytest.raises(UnreachableError, match="refused"),
        tunnel(f"{USER}@127.0.0.1:{free_port()}", far, environment=environment, seconds=10),
    ):
        pass


@pytest.mark.parametrize(
    "text",
    ["-oProxyCommand=x", "a b", "", "host:0", "host:99999", "u@-host", "host;id", "$(id)", "a@b@c", "h\n"],
)
def test_what_ssh_could_take_for_something_else_is_refused(text: str) -> None:
    """T25"""
    with pytest.raises(UsageError):
        check_destination(text)


@pytest.mark.parametrize("text", ["jetson", "ada@jetson.local", "ada@192.168.1.7:2222", "my_board"])
def test_a_destination_is_a_host_perhaps_with_a_user_and_a_port(text: str) -> None:
    assert check_destination(text) == text
