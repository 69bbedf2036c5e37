"""A person at a device: `session` and `chat` through the installed command, with something typed."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from tests.companions import INSTALLED, Device, Ran, clean_environment
from tests.forked import run_installed


def typed(device: Device, text: str, *words: str, code: int | None = 0, **environment: str) -> Ran:
    """`waifusync WORDS` with this on standard input."""
    ours = clean_environment(device.world.home, **device.environment, **environment)
    done = run_installed(words, where=device.directory, environment=ours, typed=text)
    ran = Ran(done.returncode, done.stdout, done.stderr)
    assert code is None or ran.code == code, f"waifusync {' '.join(words)}: {ran}"
    return ran


def chat(device: Device, url: str, *lines: str, options: tuple[str, ...] = (), code: int | None = 0) -> Ran:
    """A chat in which these lines are typed."""
    return typed(
        device, "".join(f"{line}\n" for line in lines), "chat", "--endpoint", url, *options, code=code
    )


def chatting(device: Device, url: str, *options: str) -> subprocess.Popen[bytes]:
    """A chat that goes on until it is stopped."""
    return subprocess.Popen(
        [INSTALLED, "chat", "--endpoint", url, *options],
        cwd=device.directory,
        env=clean_environment(device.world.home, **device.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )


def say_into(process: subprocess.Popen[bytes], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n".encode())


def read_until(process: subprocess.Popen[bytes], words: bytes) -> bytes:
    """What it printed, up to these words."""
    assert process.stdout is not None
    found = b""
    while words not in found:
        part = os.read(process.stdout.fileno(), 4096)
        assert part, found
        found += part
    return found


def transcript(device: Device, session: str) -> list[tuple[str, str]]:
    """Who said what, up to the end of a session."""
    told = device.run("session", "show", session, "--json").json
    return [(each["role"], each["content"]) for each in told["messages"]]


def ends(device: Device) -> list[dict[str, Any]]:
    """The ends of all conversations, the newest first."""
    return [json.loads(line) for line in device.run("session", "list", "--json", code=None).out.splitlines()]


def saved(device: Device, session: str, *messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = json.dumps({"messages": list(messages), **more})
    return typed(device, given, "session", "save", session, "--json").json


def exchange(question: str, answer: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"role": "user", "content": question}, {"role": "assistant", "content": answer}
