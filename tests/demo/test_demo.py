"""scripts/demo through a real process: that it ends well, is what README.md shows, and can say no."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from scripts._demo.checking import Mind, faults
from tests.docs.documents import is_shown

ROOT = Path(__file__).parents[2]
GOOD = Mind("ab", 1, True, {"hello": ("hi", "laptop")}, {"hello": "is polite"})
EXPECTED = {"hello": "is polite"}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the demo prints for a person whose HOME is empty, called from somewhere else."""
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "HOME": str(home), "TMPDIR": str(home)}
    result = subprocess.run(
        [ROOT / "scripts" / "demo"], cwd=home, env=environment, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert not list(home.glob("waifusync-demo-*"))
    return result.stdout


def test_the_demo_ends_with_the_same_digest_on_both(shown: str) -> None:
    assert re.search(
        r"3 memories, 3 facts, 1 conflict to look at,\n   and the digest [0-9a-f]{32} on both", shown
    )


def test_the_readme_shows_what_the_demo_prints(shown: str) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    (block,) = re.findall(r"^```demo\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = [line or "…" for line in block.splitlines()]
    assert is_shown("…\n" + "\n".join(lines), shown.rstrip("\n"))


def test_a_wrong_option_is_told() -> None:
    result = subprocess.run([ROOT / "scripts" / "demo", "--wrong"], capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr == "error: --wrong is not an option of the demo\nhint: scripts/demo [--keep]\n"


def test_two_equal_minds_have_no_fault() -> None:
    assert faults(GOOD, GOOD, expected=EXPECTED) == []


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (replace(GOOD, digest="cd"), "the digests differ: ab and cd"),
        (replace(GOOD, conflicts=0), "the jetson counts 0 conflicts, not 1"),
        (replace(GOOD, pushed=False), "the jetson could not see that the remote has everything"),
        (replace(GOOD, memories={}), "the jetson lacks 'hello'"),
        (replace(GOOD, memories={**GOOD.memories, "bye": ("", "")}), "the jetson still has 'bye'"),
        (replace(GOOD, memories={"hello": ("?", "laptop")}), "the rows of memories differ"),
        (
            replace(GOOD, facts={"hello": "is rude"}),
            "the facts on the jetson are not all under their own memories",
        ),
    ],
)
def test_whatever_is_not_the_same_is_told(other: Mind, told: str) -> None:
    assert told in faults(GOOD, other, expected=EXPECTED)
