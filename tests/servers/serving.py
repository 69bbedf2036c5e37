"""One bare repository behind every server that people have, each over a line that can be made bad."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.automation.servers import Authority, authority, running_https, running_sshd
from tests.companions import Device, World
from tests.servers.proxy import Proxy, line_to

PASSWORD, TOKEN = "correct horse", "ghp_0123456789"


@dataclass(frozen=True)
class Server:
    """`use` has a device talk to it. `expire` makes the device's key or password worthless, and gives what
    makes it good again. `line` is None where nothing lies between."""

    name: str
    use: Callable[[Device], None]
    line: Proxy | None = None
    expire: Callable[[], Callable[[], None]] | None = None


@contextlib.contextmanager
def by_path(world: World, folder: Path) -> Iterator[Server]:
    yield Server("path", lambda device: _point(device, str(world.remote)))


@contextlib.contextmanager
def by_ssh(world: World, folder: Path) -> Iterator[Server]:
    with running_sshd(folder) as sshd, line_to(sshd.port) as line:
        known = f"HostKeyAlias=[127.0.0.1]:{sshd.port}"
        command = f"ssh -F '{sshd.config}' -i '{sshd.key}' -o '{known}'"
        keys = folder / "authorized_keys"

        def use(device: Device) -> None:
            _point(device, f"ssh://127.0.0.1:{line.port}{world.remote}")
            device.git("config", "core.sshCommand", command)

        yield Server("ssh", use, line, lambda: _without(keys))


@contextlib.contextmanager
def by_password(world: World, folder: Path) -> Iterator[Server]:
    yield from _by_https(world, folder, "password", PASSWORD, refusal=401)


@contextlib.contextmanager
def by_token(world: World, folder: Path) -> Iterator[Server]:
    yield from _by_https(world, folder, "token", TOKEN, refusal=403)


def _by_https(world: World, folder: Path, name: str, secret: str, *, refusal: int) -> Iterator[Server]:
    world.git(world.remote, "config", "http.receivepack", "true")
    ours = _authority(world)
    folder.mkdir()
    given = folder / "given"
    given.write_text(secret)
    helper = (
        f"!f() {{ test \"$1\" = get && printf 'username=ada\\npassword=%s\\n' \"$(cat '{given}')\"; }}; f"
    )
    with (
        running_https(world.folder, ours, user="ada", password=secret, refusal=refusal) as address,
        line_to(int(address.rpartition(":")[2]), ours.server) as line,
    ):

        def use(device: Device) -> None:
            _point(device, f"https://127.0.0.1:{line.port}/{world.remote.name}")
            device.git("config", "http.sslCAInfo", str(ours.certificate))
            device.git("config", "credential.helper", helper)

        yield Server(name, use, line, lambda: _without(given))


@contextlib.contextmanager
def by_daemon(world: World, folder: Path) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    words = ["--export-all", "--enable=receive-pack", f"--base-path={world.folder}", "--reuseaddr"]
    daemon = subprocess.Popen(
        ["git", "daemon", *words, "--listen=127.0.0.1", f"--port={port}"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(port)
        with line_to(port) as line:
            address = f"git://127.0.0.1:{line.port}/{world.remote.name}"
            yield Server("daemon", lambda device: _point(device, address), line)
    finally:
        daemon.terminate()
        daemon.wait()


SERVERS: dict[str, Callable[[World, Path], contextlib.AbstractContextManager[Server]]] = {
    "path": by_path,
    "ssh": by_ssh,
    "password": by_password,
    "token": by_token,
    "daemon": by_daemon,
}


def _authority(world: World) -> Authority:
    """One for all servers of a world: making keys takes longer than all that is done with them."""
    folder = world.folder / "authority"
    return Authority(folder / "ca.pem", folder / "server.pem") if folder.exists() else authority(folder)


def _point(device: Device, url: str) -> None:
    device.git("remote", "set-url", "origin", url)


def _without(file: Path) -> Callable[[], None]:
    content = file.read_text()
    file.write_text("not any more")

    def put_back() -> None:
        file.write_text(content)

    return put_back


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert time.monotonic() < deadline, "git daemon did not start"
        time.sleep(0.02)
