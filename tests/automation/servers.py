"""Real servers on the loopback: an sshd with keys of its own, and git's http-backend behind TLS of our own.

Nothing of the machine's is used: keys, certificates and configuration lie in the folder that is given.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SSHD = shutil.which("sshd", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"]))
NO_SSHD = "sshd, ssh-agent or ssh-keygen is not installed (Debian: openssh-server)"
NO_TLS = "openssl is not installed, to make a certificate with"
HAS_SSH = bool(SSHD and shutil.which("ssh-agent") and shutil.which("ssh-keygen"))
_PATIENCE_SECONDS = 20


def _run(*words: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Sshd:
    """`config` is for the client, which ssh would otherwise look for in the real home folder."""

    port: int
    config: Path
    key: Path

    def url(self, path: Path) -> str:
        return f"ssh://127.0.0.1:{self.port}{path}"


@contextlib.contextmanager
def running_sshd(folder: Path) -> Iterator[Sshd]:
    """For one key, without passwords."""
    folder.mkdir(mode=0o700)
    for name in ("host", "key"):
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name)
    port = _free_port()
    _write(folder / "authorized_keys", (folder / "key.pub").read_text())
    host = " ".join((folder / "host.pub").read_text().split()[:2])
    _write(folder / "known_hosts", f"[127.0.0.1]:{port} {host}\n")
    _write(folder / "sshd_config", _sshd_config(folder, port))
    _write(folder / "client", _client_config(folder))
    log = (folder / "log").open("wb")
    with contextlib.suppress(PermissionError):  # where it lets go of root's rights, when root starts it
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    words = [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")]
    server = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait_for(port, server, folder / "log")
        yield Sshd(port, folder / "client", folder / "key")
    finally:
        server.terminate()
        server.wait()
        log.close()


def _sshd_config(folder: Path, port: int) -> str:
    return f"""Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized_keys
PidFile {folder}/pid
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
"""


def _client_config(folder: Path) -> str:
    return f"""Host *
UserKnownHostsFile {folder}/known_hosts
GlobalKnownHostsFile /dev/null
IdentityFile {folder}/none
StrictHostKeyChecking yes
"""


@contextlib.contextmanager
def running_agent(folder: Path, key: Path) -> Iterator[Path]:
    """An ssh agent that holds the key; gives its socket."""
    address = folder / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(address)], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not address.exists():
            assert time.monotonic() < deadline, "the agent did not start"
            time.sleep(0.02)
        _run("ssh-add", "-q", key, SSH_AUTH_SOCK=str(address))
        yield address
    finally:
        agent.terminate()
        agent.wait()


@dataclass(frozen=True)
class Authority:
    """A self-made authority, and a certificate of its making for the loopback."""

    certificate: Path
    server: Path


def authority(folder: Path) -> Authority:
    folder.mkdir()
    _run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ours",
         "-keyout", folder / "ca.key", "-out", folder / "ca.pem")  # fmt: skip
    _run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
         "-keyout", folder / "server.key", "-out", folder / "server.csr")  # fmt: skip
    _write(folder / "names", "subjectAltName=IP:127.0.0.1\n")
    _run("openssl", "x509", "-req", "-days", "2", "-in", folder / "server.csr", "-CA", folder / "ca.pem",
         "-CAkey", folder / "ca.key", "-CAcreateserial", "-extfile", folder / "names",
         "-out", folder / "server.crt")  # fmt: skip
    _write(folder / "server.pem", (folder / "server.key").read_text() + (folder / "server.crt").read_text())
    return Authority(folder / "ca.pem", folder / "server.pem")


@contextlib.contextmanager
def running_https(
    root: Path, given: Authority, *, user: str, password: str, refusal: int = 401
) -> Iterator[str]:
    """git's own http-backend over the repositories in `root`, for one user; gives the address.

    `refusal` is what a wrong password is answered with; hosts say 403 to a token that does not suffice.
    """
    expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    class Handler(_Backend):
        project_root, authorization, refused_with = root, expected, refusal

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(given.server)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Backend(BaseHTTPRequestHandler):
    """RFC 3875: the request as an environment and on stdin, the answer on stdout."""

    project_root: Path
    authorization: str
    refused_with: int

    def do_GET(self) -> None:
        with contextlib.suppress(OSError):  # who asked may be gone
            self._answer()

    def do_POST(self) -> None:
        with contextlib.suppress(OSError):
            self._answer()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

    def _answer(self) -> None:
        given = self.headers.get("Authorization")
        if given != self.authorization:
            self.send_response(self.refused_with if given else 401)
            self.send_header("WWW-Authenticate", 'Basic realm="companions"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self._body()
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=self._environment(len(body)), capture_output=True
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n") if line]
        status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
        self.send_response(status)
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _environment(self, length: int) -> dict[str, str]:
        path, _, query = self.path.partition("?")
        return {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.project_root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "ada",
            "REMOTE_ADDR": "127.0.0.1",
        }


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
