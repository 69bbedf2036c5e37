"""One JSON request to a model's server, with time limits that hold and answers of bounded size.

Standard library only: the official client takes 240 ms to import, and this is on the way to the first word.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from http.client import (
    BadStatusLine,
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    IncompleteRead,
    RemoteDisconnected,
    UnknownProtocol,
)
from urllib.parse import urlsplit

from waifusync.errors import RefusedError, UnreachableError, UsageError, WaifusyncError
from waifusync.values import NamedTuple

Json = Mapping[str, object]
# The verbose description of a model lists its vocabulary: 256,000 tokens take about 20 MB.
_MOST_ANSWER_BYTES = 64 * 1024 * 1024
_MOST_LINE_BYTES = 8 * 1024 * 1024
_MOST_REASON_LETTERS = 300
_PORT = 11434


class ServerAway(UnreachableError):
    """Nobody listens there, or an answer did not come in time."""


class ServerFailed(RefusedError):
    """The server answered that it cannot. `facts["status"]` is HTTP's; 200 in the middle of a stream."""


class NotOllama(RefusedError):
    """What answered speaks another language: a proxy, a login page, another program on the port."""


class Endpoint(NamedTuple):
    """Where a server listens. `path` is what comes before /api, for servers behind a proxy."""

    host: str
    port: int = _PORT
    is_sealed: bool = False
    path: str = ""

    @staticmethod
    def of(text: str) -> Endpoint:
        """From a URL or, as OLLAMA_HOST has it, HOST, :PORT or HOST:PORT. Raises UsageError."""
        with_scheme = text if "://" in text else f"http://{text}"
        try:
            parts = urlsplit(with_scheme.strip())
            port = parts.port
        except ValueError:
            raise _no_address(text) from None
        if parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.query or parts.fragment:
            raise _no_address(text)
        host = parts.hostname or "127.0.0.1"
        host = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - where it listens is not where to ask
        default = 443 if parts.scheme == "https" else 80 if "://" in text else _PORT
        return Endpoint(host, port or default, parts.scheme == "https", parts.path.rstrip("/"))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.is_sealed else 'http'}://{host}:{self.port}{self.path}"


def _no_address(text: str) -> UsageError:
    shown = text.rpartition("@")[2]  # a password may stand before it
    return UsageError(f"{shown!r} is no address of a server", hint="write http://HOST:PORT")


class Limits(NamedTuple):
    """`connect`: until somebody listens; `first`: until the first byte, which may mean loading a model;
    `pause`: between two bytes; `whole`: until the last one, None for as long as it takes."""

    connect_seconds: float = 3.0
    first_seconds: float = 120.0
    pause_seconds: float = 30.0
    whole_seconds: float | None = None


DEFAULT = Limits()


def ask(
    endpoint: Endpoint, path: str, body: Json | None = None, limits: Limits = DEFAULT
) -> dict[str, object]:
    """The whole answer, a JSON object. Raises ServerAway, ServerFailed and NotOllama."""
    with _answer(endpoint, path, body, limits) as parts:
        return _object(endpoint, _joined(parts))


def stream(
    endpoint: Endpoint, path: str, body: Json, limits: Limits = DEFAULT
) -> Iterator[dict[str, object]]:
    """One object a line as they come, the last one with `done`; ServerAway when it breaks off before."""
    with _answer(endpoint, path, body, limits) as parts:
        for line in _lines(parts):
            found = _object(endpoint, line)
            if "error" in found:
                raise ServerFailed(_failed(endpoint, found["error"]), status=200)
            yield found
            if found.get("done") is True:
                return
    raise ServerAway(f"{endpoint} broke off in the middle of its answer")


def _joined(parts: Iterator[bytes]) -> bytes:
    found = bytearray()
    for part in parts:
        found += part
        if len(found) > _MOST_ANSWER_BYTES:
            raise NotOllama("the answer is larger than any that a model's server gives")
    return bytes(found)


def _lines(parts: Iterator[bytes]) -> Iterator[bytes]:
    begun = b""
    for part in parts:
        *whole, begun = (begun + part).split(b"\n")
        yield from (line for line in whole if line.strip())
        if len(begun) > _MOST_LINE_BYTES:
            raise NotOllama("a line of the answer is larger than any that a model's server gives")
    if begun.strip():
        yield begun


@contextlib.contextmanager
def _answer(endpoint: Endpoint, path: str, body: Json | None, limits: Limits) -> Iterator[Iterator[bytes]]:
    end = None if limits.whole_seconds is None else time.monotonic() + limits.whole_seconds
    connection = _connection(endpoint, _left(limits.connect_seconds, end))
    try:
        connection.connect()
        connection.sock.settimeout(_left(limits.first_seconds, end))
        text = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Connection": "close"}
        connection.request("GET" if text is None else "POST", endpoint.path + path, text, headers)
        answer = connection.getresponse()
        if answer.status != HTTPStatus.OK:
            raise _refusal(endpoint, answer)
        yield _parts(connection, answer, limits, end)
    except TimeoutError as error:
        raise ServerAway(f"{endpoint} did not answer in time") from error
    except (OSError, HTTPException) as error:
        raise _explained(endpoint, error) from error
    finally:
        connection.close()


def _connection(endpoint: Endpoint, timeout_seconds: float) -> HTTPConnection:
    if not endpoint.is_sealed:
        return HTTPConnection(endpoint.host, endpoint.port, timeout=timeout_seconds)
    from http.client import (
        HTTPSConnection,
    )  # ssl takes a while to import, and most servers are on this machine

    return HTTPSConnection(endpoint.host, endpoint.port, timeout=timeout_seconds)


def _left(seconds: float, end: float | None) -> float:
    left = seconds if end is None else min(seconds, end - time.monotonic())
    if left <= 0:
        raise TimeoutError
    return left


def _parts(
    connection: HTTPConnection, answer: HTTPResponse, limits: Limits, end: float | None
) -> Iterator[bytes]:
    sock = connection.sock
    while True:
        if sock is not None:  # http.client lets go of it when the whole answer is in its hands
            sock.settimeout(_left(limits.pause_seconds, end))
        part = answer.read1(1 << 16)
        if not part:
            return
        yield part


def _explained(endpoint: Endpoint, error: OSError | HTTPException) -> WaifusyncError:
    if isinstance(error, BadStatusLine | UnknownProtocol) and not isinstance(error, RemoteDisconnected):
        return NotOllama(f"what answers at {endpoint} is no model's server")
    if isinstance(error, IncompleteRead):
        return ServerAway(f"{endpoint} broke off in the middle of its answer")
    if isinstance(error, ConnectionRefusedError):
        return ServerAway(f"nobody listens at {endpoint}", hint="start it there: ollama serve")
    reason = getattr(error, "strerror", None) or type(error).__name__
    return ServerAway(f"{endpoint} cannot be reached: {reason}")


def _refusal(endpoint: Endpoint, answer: HTTPResponse) -> WaifusyncError:
    """With the server's own words, which Ollama gives as {"error": …}."""
    try:
        told = json.loads(answer.read(_MOST_LINE_BYTES))
        reason = told["error"]
    except (ValueError, LookupError, TypeError, RecursionError):
        if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return NotOllama(f"what answers at {endpoint} is no model's server (HTTP {answer.status})")
        reason = f"HTTP {answer.status}"
    return ServerFailed(_failed(endpoint, reason), status=answer.status)


def _failed(endpoint: Endpoint, reason: object) -> str:
    letters = "".join(each if each.isprintable() else " " for each in str(reason))
    return f"{endpoint} failed: {letters[:_MOST_REASON_LETTERS]}"


def _object(endpoint: Endpoint, text: bytes) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotOllama(f"what answers at {endpoint} is no model's server")
    return found
