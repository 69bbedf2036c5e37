"""The bench as a person starts it, on some hundred rows and without the programs of others."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.bench.figures import FIGURES
from experiments.bench.ground import environment as environment_of
from experiments.bench.timing import run

_ROOT = Path(__file__).parents[2]


def _bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "experiments.bench", *words]
    return subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_a_run_checks_its_results_judges_its_limits_and_writes_a_report(tmp_path: Path) -> None:
    chosen = ("--only", "driver", "--only", "tracking-bulk")
    done = _bench(
        "--smoke", "--no-peers", *chosen, "--out", str(tmp_path / "out"), "--scratch", str(tmp_path)
    )
    assert done.returncode in (0, 1), done.stderr
    told = json.loads((tmp_path / "out/report.json").read_text())
    assert list(told["figures"]) == ["driver", "tracking-bulk"]
    driver = told["figures"]["driver"]
    assert set(driver["costs"]) == {"waifusync merge-file", "VACUUM INTO"}
    assert driver["missing"].keys() == {"session extension", "sqldiff into sqlite3"}
    assert [each["verdict"] for each in driver["limits"]][1:] == ["not measured"] * 2
    assert done.stdout == (tmp_path / "out/report.md").read_text()
    assert [each.name for each in tmp_path.iterdir()] == ["out"], "the scratch folder is left"


def test_what_is_measured_may_keep_its_compiled_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where whoever runs the bench does not keep them, each start took 60 ms longer."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    command = [sys.executable, "-c", "import sys; print(sys.flags.dont_write_bytecode)"]
    for environment in (None, environment_of(_ROOT)):
        assert run(command, where=_ROOT, environment=environment).out == "0\n"


def test_an_unknown_figure_is_named_as_such() -> None:
    done = _bench("--only", "nonsense")
    assert done.returncode == 2
    assert "nonsense" in done.stderr and "push" in done.stderr


def test_the_list_names_every_figure() -> None:
    assert [line.split()[0] for line in _bench("--list").stdout.splitlines()] == [
        each.name for each in FIGURES
    ]
