"""Starts `waifusync` by forking a Python that has imported it already: a tenth of what a new Python costs.

What is started is a process with arguments, environment, folder and descriptors of its own, and runs the
entry of the installed command. A `Starter` is itself a process with one thread, so that forking it is safe.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NoReturn

from tests.companions import INSTALLED, Ran

_ROOT = Path(__file__).parents[1]
_IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Starter:
    """Runs one command at a time; `close` ends it."""

    def __init__(self, around: str = "") -> None:
        """`around` names a context, as module:function, in which every command runs."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.starting", *([around] if around else [])],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, words: Sequence[str], *, where: Path, environment: Mapping[str, str], timeout: float = 120.0
    ) -> Ran:
        """`waifusync WORDS`; past the timeout it is killed, and the code is -9."""
        assert self._process.stdin is not None and self._process.stdout is not None
        asked = {"words": list(words), "where": str(where), "environment": dict(environment), "most": timeout}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return Ran(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def __enter__(self) -> Starter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _serve(around: Sequence[str]) -> None:
    """Answers each line of stdin, as long as there are any."""
    import waifusync

    for module in pkgutil.walk_packages(waifusync.__path__, "waifusync."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # a collection would copy what the forked processes share
    with contextlib.ExitStack() as stack:
        for name in around:
            module_name, _, function = name.partition(":")
            stack.enter_context(getattr(importlib.import_module(module_name), function)())
        for line in sys.stdin:
            print(json.dumps(_start(json.loads(line))), flush=True)


def _start(asked: Mapping[str, object]) -> dict[str, object]:
    with tempfile.TemporaryFile(dir=_IN_MEMORY) as out, tempfile.TemporaryFile(dir=_IN_MEMORY) as err:
        pid = os.fork()
        if pid == 0:
            _become(asked, out, err)
        code = _wait(pid, float(str(asked["most"])))
        return {"code": code, "out": _text(out), "err": _text(err)}


def _become(asked: Mapping[str, object], out: IO[bytes], err: IO[bytes]) -> NoReturn:
    """The forked process is the command from here on."""
    words, environment = asked["words"], asked["environment"]
    assert isinstance(words, list) and isinstance(environment, dict)
    with open(os.devnull, "rb") as nothing:
        for target, source in enumerate((nothing, out, err)):
            os.dup2(source.fileno(), target)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(asked["where"]))
    sys.argv = [str(INSTALLED), *words]
    from waifusync.cli.main import main

    code = 70
    try:
        code = main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        os._exit(code)


def _wait(pid: int, most: float) -> int:
    deadline = time.monotonic() + most
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline += most
        time.sleep(0.001)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


if __name__ == "__main__":
    _serve(sys.argv[1:])
