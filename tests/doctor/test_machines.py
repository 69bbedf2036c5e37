"""What doctor says of machines that this one is not; on a machine without the fault it is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.companions import Device
from tests.doctor.machines import MACHINES, Machine
from waifusync.cli.doctor import lines
from waifusync.workflows.doctoring.checks import CHECKS
from waifusync.workflows.doctoring.examining import Asked, Report, examine
from waifusync.workflows.doctoring.patient import System
from waifusync.workflows.doctoring.showing import to_json

NEW = System(sqlite=(3, 51, 3), python=(3, 12, 0), free_bytes=lambda path: 10**12)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name.replace(" ", "_"))
def test_a_machine_is_told_of_and_a_better_one_is_not(
    machine: Machine, laptop: Device, tmp_path: Path
) -> None:
    report = _examined(laptop, machine.system(tmp_path / "root", laptop.directory))
    text = "\n".join(lines(report))
    assert f"{'note' if machine.code == 0 else 'wrong'}: " in text and machine.says in text
    key, told = ("note", "notes") if machine.code == 0 else ("finding", "findings")
    data = to_json(report)[told]
    assert isinstance(data, list)
    assert [each for each in data if each["check"] == machine.check and machine.says in each[key]]
    assert report.exit_code == machine.code
    assert machine.says not in "\n".join(lines(_examined(laptop, NEW)))


def _examined(laptop: Device, system: System) -> Report:
    return examine(Asked(laptop.directory, is_offline=True, system=system), CHECKS)


def test_a_new_jetson_has_all_that_is_needed(laptop: Device, tmp_path: Path) -> None:
    [new] = [each for each in MACHINES if each.name == "Jetson"]
    report = _examined(laptop, new.system(tmp_path / "root", laptop.directory))
    assert any("Jetson Linux 36.3.0 (JetPack 6) has what" in line for line in lines(report))
