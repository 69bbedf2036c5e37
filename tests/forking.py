"""The process that waits beside tests: it has read all of waifusync, called nothing, and forks when told.

    python forking.py LINE PROGRAM [AROUND]

AROUND names a context, as module:function, in which every command runs. LINE is a socket's number. A request
is its length (with it come the files that the command reads and writes, and the one where its end is told),
then JSON. Told are the process's number and how it ended, a line each.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import threading
from typing import NoReturn

import waifusync


def _read_modules() -> None:
    for module in pkgutil.walk_packages(waifusync.__path__, "waifusync."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # else the first collection of each process copies all of it


def _context(around: str) -> contextlib.AbstractContextManager[object]:
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    module, _, function = around.partition(":")
    found: contextlib.AbstractContextManager[object] = getattr(importlib.import_module(module), function)()
    return found


def _serve(line: socket.socket, program: str) -> None:
    """Until the line is closed."""
    running: dict[int, int] = {}
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([line, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _tell_ends(running)
        if line in ready and not _start(line, running, program):
            return


def _tell_ends(running: dict[int, int]) -> None:
    while running:
        number, status = os.waitpid(-1, os.WNOHANG)
        if not number:
            return
        told = running.pop(number)
        _tell(told, status)
        os.close(told)


def _tell(file: int, fact: int) -> None:
    os.write(file, f"{fact}\n".encode())


def _start(line: socket.socket, running: dict[int, int], program: str) -> bool:
    length, files, _, _ = socket.recv_fds(line, 8, 4)
    if not length:
        return False
    request = json.loads(_exactly(line, int.from_bytes(length, "big")))
    *streams, told = files
    number = os.fork()
    if number == 0:
        _become(program, request, streams)
    for file in streams:
        os.close(file)
    running[number] = told
    _tell(told, number)
    return True


def _exactly(line: socket.socket, length: int) -> bytes:
    came = bytearray()
    while len(came) < length:
        came += line.recv(length - len(came))
    return bytes(came)


def _become(program: str, request: dict[str, object], streams: list[int]) -> NoReturn:
    """The command, as if Python had just started it."""
    from waifusync.cli.main import main

    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, file in enumerate(streams):
        os.dup2(file, number)
    for file in [int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2]:
        with contextlib.suppress(OSError):  # the one that listed them
            os.close(file)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(str(request["where"]))
    sys.argv[:] = [program, *request["words"]]
    sys.path[0] = os.path.dirname(program)
    _end(main())


def _end(code: int) -> NoReturn:
    """What Python does last, but for taking apart all modules: that would be half of a command's time."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _, number, command, *around = sys.argv
    _read_modules()
    with contextlib.ExitStack() as stack:
        for each in around:
            stack.enter_context(_context(each))
        _serve(socket.socket(fileno=int(number)), command)
