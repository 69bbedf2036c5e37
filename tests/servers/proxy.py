"""A line to a server that can be made bad: cut, silent, or answered by somebody else. It passes TCP on."""

from __future__ import annotations

import contextlib
import enum
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

_PIECE = 16384
# Below this go the greetings, what is asked for and what is answered; above it, what is sent.
LONG = 40_000
_PORTAL = b"<!DOCTYPE html><title>Hotel</title><form>Room number</form>"


class Line(enum.Enum):
    """How the line is, for connections made from now on."""

    GOOD = "good"
    CUT_COMING = "cut while much comes from the server"
    CUT_GOING = "cut while much goes to the server"
    LOST_ANSWER = "cut when all has gone, before the server's answer comes back"
    SILENT_COMING = "silent from the middle of what comes"
    SILENT_GOING = "silent from the middle of what goes"
    PAUSE = "silent for a moment in the middle"
    PORTAL = "answered by the page of a hotel"
    REDIRECT = "sent to the page of a hotel"
    REFUSED = "nobody takes the call"


_COMING = (Line.CUT_COMING, Line.SILENT_COMING)
_GOING = (Line.CUT_GOING, Line.SILENT_GOING)
_SILENT = (Line.SILENT_COMING, Line.SILENT_GOING)


class Proxy:
    """Listens on `port`; `line` may be changed at any time, `spoiled` tells that it did what it is for."""

    def __init__(self, target: int, certificate: Path | None = None) -> None:
        self.line = Line.GOOD
        self.spoiled = threading.Event()
        self.going = 0
        self.coming = 0
        self._target = target
        self._tls = _context(certificate) if certificate else None
        self._released = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def become(self, line: Line) -> None:
        """From here on; what was counted so far counts no more."""
        self._released.set()
        self._released = threading.Event()
        self.line, self.going, self.coming = line, 0, 0
        self.spoiled.clear()

    def close(self) -> None:
        self._released.set()
        _end(self._server)  # wakes the one who listens
        self._server.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(client, self.line), daemon=True).start()

    def _serve(self, client: socket.socket, line: Line) -> None:
        with client, contextlib.suppress(OSError):
            if line in (Line.PORTAL, Line.REDIRECT):
                self._answer_as_a_hotel(client, line)
            elif line is Line.REFUSED:
                self.spoiled.set()
            else:
                self._connect(client, line)

    def _answer_as_a_hotel(self, client: socket.socket, line: Line) -> None:
        self.spoiled.set()
        if self._tls is not None:
            client = self._tls.wrap_socket(client, server_side=True)
        asked = client.recv(_PIECE)
        if line is Line.REDIRECT and b"/login" not in asked:
            where = f"Location: https://127.0.0.1:{self.port}/login\r\n".encode()
            client.sendall(b"HTTP/1.1 302 Found\r\n" + where + b"Content-Length: 0\r\n\r\n")
        else:
            head = f"Content-Type: text/html\r\nContent-Length: {len(_PORTAL)}\r\n\r\n".encode()
            client.sendall(b"HTTP/1.1 200 OK\r\n" + head + _PORTAL)

    def _connect(self, client: socket.socket, line: Line) -> None:
        with socket.create_connection(("127.0.0.1", self._target)) as server:
            back = threading.Thread(target=self._pass, args=(server, client, line), daemon=True)
            back.start()
            self._pass(client, server, line, is_going=True)
            back.join()

    def _pass(
        self, source: socket.socket, target: socket.socket, line: Line, *, is_going: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                if self._spoils(line, len(piece), is_going=is_going):
                    self.spoiled.set()
                    if line in _SILENT:
                        self._released.wait()
                    elif line is Line.PAUSE:
                        self._released.wait(0.5)
                        line = Line.GOOD
                        target.sendall(piece)
                        continue
                    _end(source)
                    break
                target.sendall(piece)
        _end(target) if line is not Line.GOOD and self.spoiled.is_set() else _finish(target)

    def _spoils(self, line: Line, size: int, *, is_going: bool) -> bool:
        if is_going:
            self.going += size
            return line in (*_GOING, Line.PAUSE) and self.going > LONG
        self.coming += size
        if line is Line.LOST_ANSWER:
            return self.going > LONG
        return line in _COMING and self.coming > LONG


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _finish(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@contextlib.contextmanager
def line_to(port: int, certificate: Path | None = None) -> Iterator[Proxy]:
    """A good one, until somebody makes it bad; with a certificate the hotel has one that is trusted."""
    proxy = Proxy(port, certificate)
    try:
        yield proxy
    finally:
        proxy.close()
