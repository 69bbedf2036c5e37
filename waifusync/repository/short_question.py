"""Where the remote is, asked with as little as can be loaded. What is not plain is left to remote.py."""

from __future__ import annotations

import os
import select
import time

from waifusync.repository.environment import STALL_CONFIG, config_arguments, scrubbed_environment

_MOST_BYTES = 4_096
_SIGKILL = 9  # the same everywhere; the module `signal` takes as long to load as all of this


def tip_at_once(directory: str, remote: str, ref: str, seconds: float) -> str | None:
    """The commit that the remote has at `ref`; None if it does not say so plainly, or not in time."""
    words = ["git", "-C", directory, *config_arguments(*STALL_CONFIG), "ls-remote", "-q", "--", remote, ref]
    try:
        answer = _answer(words, time.monotonic() + seconds)
    except (OSError, NotImplementedError):
        return None
    lines = (line.split("\t", 1) for line in answer.decode("utf-8", "replace").splitlines() if "\t" in line)
    return next((commit for commit, name in lines if name == ref), None)


def _answer(words: list[str], deadline: float) -> bytes:
    """Its whole stdout; nothing where it failed. It leads a session of its own, so it can ask nobody."""
    ours, its = os.pipe()
    try:
        files = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, its, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        environment = scrubbed_environment(os.environ)
        process = os.posix_spawnp(words[0], words, environment, file_actions=files, setsid=True)
        os.close(its)
        its = -1
        return _heard(process, ours, deadline)
    finally:
        os.close(ours)
        if its >= 0:
            os.close(its)


def _heard(process: int, pipe: int, deadline: float) -> bytes:
    """Until it ends; whatever interrupts us ends it, and what it started."""
    heard, is_over = b"", False
    try:
        poller = select.poll()
        poller.register(pipe, select.POLLIN)
        while len(heard) < _MOST_BYTES and poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
            piece = os.read(pipe, _MOST_BYTES)
            if not piece:
                is_over = True
                break
            heard += piece
    finally:
        if not is_over:
            os.killpg(process, _SIGKILL)
        _, status = os.waitpid(process, 0)
    return heard if is_over and status == 0 else b""
