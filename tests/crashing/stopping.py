"""A process, and all below it, that stops before every call in the table and waits for an answer.

By seccomp's user notifications: the kernel stops the caller and tells us, whatever it is written in, also git
and what the C library writes by itself. Who waits can change nothing, so all die at one moment.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

from tests.crashing.calls import BY_NUMBER, WRITING, Call

_SECCOMP = 277 if platform.machine() == "aarch64" else 317
_PR_SET_NO_NEW_PRIVS, _SET_MODE_FILTER, _NEW_LISTENER = 38, 1, 1 << 3
_LOAD, _EQUAL, _ANY_BIT, _ANSWER = 0x20, 0x15, 0x45, 0x06
_FIRST_ARGUMENT = 16
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_RECEIVE, _SEND, _CONTINUE = 0xC0502100, 0xC0182101, 1
_NOTICE, _REPLY = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")


class Stop(NamedTuple):
    """A call that somebody is about to make, and may not yet."""

    ticket: int
    pid: int
    call: Call
    arguments: tuple[int, ...]


def why_not() -> str | None:
    """Why nothing can be stopped here, or None."""
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"):
        return "only Linux on x86-64 and aarch64 can stop a process at its calls"
    try:
        listener, pid = start(lambda: 0)
    except OSError as error:
        return f"the kernel lets nobody be stopped at a call: {error.strerror}"
    os.waitpid(pid, 0)
    os.close(listener)
    return None


def start(main: Callable[[], int]) -> tuple[int, int]:
    """A child that runs `main` and stops at every call; the listener, and its process id."""
    here, there = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        _child(there, main)
    there.close()
    with here:
        answer, descriptors, _, _ = socket.recv_fds(here, 16, 1)
    if not descriptors:
        os.waitpid(pid, 0)
        raise OSError(int(answer or b"0"), os.strerror(int(answer or b"0")))
    return descriptors[0], pid


def _child(there: socket.socket, main: Callable[[], int]) -> None:
    """Never returns."""
    status = 97
    try:
        listener = _install()
        if listener < 0:
            there.sendall(b"%d" % ctypes.get_errno())
        else:
            socket.send_fds(there, [b"0"], [listener])
            os.close(listener)
            there.close()
            status = main()
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _install() -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    steps = _filter()
    code = ctypes.create_string_buffer(b"".join(steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    return int(libc.syscall(_SECCOMP, _SET_MODE_FILTER, _NEW_LISTENER, program))


def _filter() -> list[bytes]:
    """Instructions: opening counts by its flags, everything else in the table by its number."""
    step = struct.Struct("=HBBI").pack
    steps = [step(_LOAD, 0, 0, 0)]
    for number, call in BY_NUMBER.items():
        if call.flags is None:
            steps += [step(_EQUAL, 0, 1, number), step(_ANSWER, 0, 0, _NOTIFY)]
        else:
            steps += [step(_EQUAL, 0, 4, number), step(_LOAD, 0, 0, _FIRST_ARGUMENT + 8 * call.flags)]
            steps += [
                step(_ANY_BIT, 0, 1, WRITING),
                *(step(_ANSWER, 0, 0, each) for each in (_NOTIFY, _ALLOW)),
            ]
    return [*steps, step(_ANSWER, 0, 0, _ALLOW)]


def stops(listener: int, *, seconds: float) -> Iterator[Stop]:
    """Each stopped call, until everybody has ended; TimeoutError after `seconds`."""
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    notice = bytearray(_NOTICE.size)
    while True:
        events = poller.poll(seconds * 1000)
        if not events:
            raise TimeoutError(f"nothing ended and nothing changed for {seconds:g} s")
        if not events[0][1] & select.POLLIN:
            return
        notice[:] = bytes(_NOTICE.size)
        try:
            fcntl.ioctl(listener, _RECEIVE, notice)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):  # it was killed meanwhile
                continue
            raise
        ticket, pid, _, number, _, _, *arguments = _NOTICE.unpack(notice)
        yield Stop(ticket, pid, BY_NUMBER[number], tuple(arguments))


def let_go(listener: int, stop: Stop) -> None:
    _reply(listener, stop, 0, _CONTINUE)


def refuse(listener: int, stop: Stop, number: int) -> None:
    """The call fails with this errno and was never made."""
    _reply(listener, stop, -number, 0)


def _reply(listener: int, stop: Stop, error: int, flags: int) -> None:
    with suppress(FileNotFoundError):  # the caller was killed meanwhile
        fcntl.ioctl(listener, _SEND, _REPLY.pack(stop.ticket, 0, error, flags))


def kill_all(pids: set[int]) -> None:
    """These and everybody below them: none of them gets further than its next stopped call."""
    for pid in {below for each in pids for below in (each, *descendants(each))}:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> Iterator[int]:
    """Every process below this one."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = [int(word) for word in file.read().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from descendants(child)
