"""A real Ollama 0.9.3 with a tiny random model, where `scripts/real-ollama` has put one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PLACE = Path(os.environ.get("WAIFUSYNC_REAL_OLLAMA") or ROOT / ".real-ollama")
TEMPLATE = "{{ if .System }}<|system|>{{ .System }}{{ end }}<|user|>{{ .Prompt }}<|assistant|>{{ .Response }}"


class RealOllama:
    """One server with a home and models of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {
            **os.environ,
            "HOME": str(folder),
            "OLLAMA_HOST": f"127.0.0.1:{self.port}",
            "OLLAMA_MODELS": str(folder / "models"),
            "OLLAMA_NUM_PARALLEL": "1",
        }
        self.process = subprocess.Popen(
            [PLACE / "ollama", "serve"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                self.call("/api/version")
                return
            time.sleep(0.05)
        pytest.fail("the real Ollama did not start")

    def call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data), timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def add(self, name: str, file: str = "tiny.gguf") -> None:
        """A model made here out of a file."""
        content = (PLACE / file).read_bytes()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        request = urllib.request.Request(f"{self.url}/api/blobs/{digest}", content, method="POST")
        urllib.request.urlopen(request, timeout=60).close()
        body = {"model": name, "files": {"m.gguf": digest}, "template": TEMPLATE, "stream": False}
        self.call("/api/create", body)

    def quantize(self, name: str, source: str) -> None:
        self.call("/api/create", {"model": name, "from": source, "quantize": "q8_0", "stream": False})

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def real_ollama(folder: Path) -> Iterator[RealOllama]:
    """Skips, and says so, where there is none."""
    if not (PLACE / "ollama").exists():
        pytest.skip("no real Ollama here; to have one for the tests: scripts/real-ollama")
    folder.mkdir()
    server = RealOllama(folder)
    try:
        yield server
    finally:
        server.stop()
