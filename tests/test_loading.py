"""What a command loads: what it calls, and not what another would. docs/architecture.md has the rule."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.companions import Device, World, clean_environment

_PROGRAM = """
import ast, sys
called = set()
def note(frame, event, argument):
    if event == "call" and frame.f_code.co_name != "<module>":
        called.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))
sys.setprofile(note)
from waifusync.cli.main import main
code = main(sys.argv[1:])
sys.setprofile(None)
def functions(file):
    found = ast.walk(ast.parse(open(file).read()))
    return {(file, (each.decorator_list or [each])[0].lineno) for each in found
            if isinstance(each, ast.FunctionDef)}
for name, module in sorted(sys.modules.items()):
    if name.startswith("waifusync"):
        print("called" if functions(module.__file__) & called else "idle", name, file=sys.stderr)
    elif name in ("dataclasses", "inspect", "hashlib", "secrets", "random", "logging", "tempfile", "shutil"):
        print("heavy", name, file=sys.stderr)
sys.exit(code)
"""
# Loaded without being called: what is stated there is needed by what is. They are small, and load nothing.
_STATED = {
    "waifusync.cli.shared_options",
    "waifusync.config.choices",
    "waifusync.core.ask_settings",
    "waifusync.core.embed_settings",
    "waifusync.core.learning.collections",
    "waifusync.core.learning.personality_settings",
    "waifusync.core.places",
    "waifusync.core.segments",
    "waifusync.core.sql_text",
    "waifusync.core.values",
    "waifusync.core.versions",
    "waifusync.errors",
    "waifusync.log.source",
    "waifusync.memory.states",
    "waifusync.memory.terms",
    "waifusync.repository.layout",
    "waifusync.workflows.syncing.outcome",
}


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Device:
    """One that has pushed all it has."""
    laptop = World(tmp_path_factory.mktemp("loading")).device("laptop")
    laptop.say("said before")
    laptop.run("push")
    return laptop


@pytest.mark.parametrize("command", ["push", "pull", "commit"])
def test_with_nothing_to_do_a_sync_loads_what_it_calls_and_little_else(device: Device, command: str) -> None:
    loaded = _loaded(device, command)
    packages = {name for name in loaded["idle"] if _is_package(name)}
    assert loaded["idle"] - packages <= _STATED
    assert not loaded["heavy"]


def _loaded(device: Device, *words: str) -> dict[str, set[str]]:
    """Modules by what became of them: called, idle, or heavy ones of the standard library."""
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *words],
        cwd=device.directory,
        env=clean_environment(device.world.home),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, set[str]] = {"called": set(), "idle": set(), "heavy": set()}
    for line in ran.stderr.splitlines():
        kind, name = line.split()
        found[kind].add(name)
    assert "waifusync.workflows.syncing.exchange" in found["called"]
    return found


def _is_package(name: str) -> bool:
    root = Path(__file__).parent.parent
    return root.joinpath(*name.split("."), "__init__.py").exists()
