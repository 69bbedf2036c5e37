"""What a schedule writes for systemd and for cron: any path survives, and others' lines stay as they are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.automation.scheduled import exec_start
from waifusync.automation.schedule import crontab, units
from waifusync.automation.schedule.rhythm import Cron, Every
from waifusync.automation.schedule.units import Job

PRINTABLE = st.text(
    st.characters(blacklist_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Zs", "Co", "Cn")), min_size=1
)
LINES = st.lists(
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\n")), max_size=6
)
NAME = "waifusync-companion-0a1b2c3d"


def _job(directory: str = "/home/ada/companion", program: str = "/usr/bin/waifusync") -> Job:
    return Job(directory, (program,), Every(900), "5m")


@given(folder=PRINTABLE)
def test_systemd_starts_the_program_with_the_very_path(folder: str) -> None:
    words = exec_start(units.service(_job(f"/home/ada/{folder}")))
    assert words == ["/usr/bin/waifusync", "-C", f"/home/ada/{folder}", "run", "--limit", "5m"]
    assert units.directory_of(units.service(_job(f"/home/ada/{folder}"))) == f"/home/ada/{folder}"


@given(folder=PRINTABLE)
def test_cron_starts_the_program_with_the_very_path(folder: str) -> None:
    """cron takes a backslash before `%` away, and then asks a shell."""
    lines = crontab.block(_job(f"/home/ada/{folder}", "printf"), name=NAME, logger=None).splitlines()
    assert len(lines) == 3
    shell = lines[1].split(maxsplit=5)[5].replace("\\%", "%")
    assert "%" not in lines[1].replace("\\%", "")
    command = shell.replace("printf -C", "printf '%s|' -C", 1).removesuffix(">/dev/null 2>&1")
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True, timeout=20)
    assert done.stdout == f"-C|/home/ada/{folder}|run|--limit|5m|--if-due|--delay|30s|"


@given(before=LINES, after=LINES)
def test_others_lines_in_the_crontab_are_kept_to_the_byte(before: list[str], after: list[str]) -> None:
    ours = crontab.block(_job(), name=NAME, logger="/usr/bin/logger")
    first, last = "".join(f"{each}\n" for each in before), "".join(f"{each}\n" for each in after)
    assert crontab.with_block(first, NAME, ours) == first + ours
    assert crontab.with_block(first + ours + last, NAME, ours) == first + ours + last
    assert crontab.without_block(first + ours + last, NAME) == first + last
    other = crontab.block(_job(), name=f"{NAME}0", logger=None)
    assert crontab.without_block(first + other + ours, NAME) == first + other


@pytest.mark.parametrize("end", ["", f"# end {NAME}\n"], ids=["no end", "an end far below"])
def test_a_block_that_somebody_cut_in_two_is_left_alone(end: str) -> None:
    ours = crontab.block(_job(), name=NAME, logger=None)
    text = "".join(line for line in ours.splitlines(keepends=True) if not line.startswith("# end"))
    text += "0 4 * * * backup\n" * 5 + end
    with pytest.raises(crontab.CrontabRefused):
        crontab.without_block(text, NAME)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize(
    "rhythm", [Every(900), Every(420), Cron("30 7,19 1 * 1-5"), Cron("0 4 L * *")], ids=str
)
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path, rhythm: Every | Cron) -> None:
    program = tmp_path / "a program" / "100% waifusync"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    job = Job('/home/ada/my "companion" $HOME \\ 5%', (str(program),), rhythm, "5m")
    for name, text in zip(units.file_names(NAME), (units.service(job), units.timer(job)), strict=True):
        (tmp_path / name).write_text(text)
    for name in units.file_names(NAME):
        command = ["systemd-analyze", "verify", "--user", "--man=no", str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=_runtime(tmp_path))
        assert done.returncode == 0, done.stderr
        assert NAME not in done.stderr


def _runtime(folder: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
