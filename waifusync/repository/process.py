"""One child process with a deadline: it ends in time, or its whole process group is ended.

The child leads a session of its own, so nothing below it can open /dev/tty and ask. Input and errors go
through unlinked files, not pipes: no deadlock between two pipes, and an ssh master that stays behind with
our stderr open does not keep us waiting.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO

from waifusync.values import NamedTuple

_CHUNK = 1 << 18
_MAX_STDERR = 1 << 16
_GRACE_SECONDS = 2.0


class TookTooLong(Exception):
    """The deadline passed; the process group is gone."""


class TooMuchOutput(Exception):
    """More than the caller is willing to hold in memory; the process group is gone."""


class Limits(NamedTuple):
    """When to give up: `seconds` of wall clock in all, and `output_bytes` on stdout (None: no limit)."""

    seconds: float
    output_bytes: int | None = None


class Finished(NamedTuple):
    """What a process left behind. `stderr` is capped at 64 KiB."""

    stdout: bytes
    stderr: bytes
    status: int


_being_started = 0


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Around the making of a process that the caller will end."""
    global _being_started
    _being_started += 1
    try:
        yield
    finally:
        _being_started -= 1


def is_starting() -> bool:
    """Whether a signal that would interrupt has to wait: of a process half made nobody knows, to end it."""
    return _being_started > 0


def run_process(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    stdin: bytes | IO[bytes] | None,
    limits: Limits,
    on_stderr: Callable[[bytes], None] | None = None,
    stdout: IO[bytes] | None = None,
) -> Finished:
    """Run to the end. Raises TookTooLong, TooMuchOutput, FileNotFoundError; an interrupt ends the group.

    Files are read and written from where they stand, and go through no memory of ours.
    """
    with _scratch_file() as errors, _scratch_file() as scratch:
        given = scratch if stdin is None or isinstance(stdin, bytes) else stdin
        if isinstance(stdin, bytes):
            given.write(stdin)
            given.seek(0)
        with starting():
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL if stdin is None else given,
                stdout=subprocess.PIPE if stdout is None else stdout,
                stderr=errors if on_stderr is None else subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        try:
            answer, heard = _collect(process, limits, on_stderr)
        except BaseException:
            end_group(process)
            raise
        finally:
            _close(process)
        stderr = heard if on_stderr is not None else os.pread(errors.fileno(), _MAX_STDERR, 0)
        return Finished(answer, stderr, process.returncode)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the group to end (git removes its lock files then), and make it end two seconds later."""
    _signal_group(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # macOS answers EPERM for a group of zombies
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _collect(
    process: subprocess.Popen[bytes], limits: Limits, on_stderr: Callable[[bytes], None] | None
) -> tuple[bytes, bytes]:
    deadline = time.monotonic() + limits.seconds
    out, err = bytearray(), bytearray()
    open_pipes = {pipe.fileno(): pipe for pipe in (process.stdout, process.stderr) if pipe is not None}
    poller = select.poll()
    for descriptor in open_pipes:
        poller.register(descriptor, select.POLLIN | select.POLLHUP)
    while open_pipes:
        for descriptor, _ in _ready(poller, deadline):
            chunk = os.read(descriptor, _CHUNK)
            if not chunk:
                poller.unregister(descriptor)
                del open_pipes[descriptor]
            elif open_pipes[descriptor] is process.stdout:
                out += chunk
                _check_size(out, limits)
            elif on_stderr is not None:
                err = (err + chunk)[-_MAX_STDERR:]
                on_stderr(chunk)
    try:
        process.wait(max(0.001, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TookTooLong from None
    return bytes(out), bytes(err)


def _ready(poller: select.poll, deadline: float) -> list[tuple[int, int]]:
    left = deadline - time.monotonic()
    events = poller.poll(left * 1000) if left > 0 else []
    if not events:
        raise TookTooLong
    return events


def _check_size(out: bytearray, limits: Limits) -> None:
    if limits.output_bytes is not None and len(out) > limits.output_bytes:
        raise TooMuchOutput


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _scratch_file() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("waifusync"), "w+b", buffering=0)
    import tempfile  # 5 ms, and only where there is no memfd

    return tempfile.TemporaryFile(buffering=0)
