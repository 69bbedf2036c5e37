"""Battery and power mode, read from the files that Linux has."""

from __future__ import annotations

from pathlib import Path

from waifusync.sessions.power import Power, power


def _files(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_machine_without_any_of_it_says_nothing(tmp_path: Path) -> None:
    assert power(tmp_path) == Power()


def test_a_laptop_on_its_battery(tmp_path: Path) -> None:
    root = "sys/class/power_supply"
    files = {
        f"{root}/BAT0/type": "Battery\n",
        f"{root}/BAT0/capacity": "15\n",
        f"{root}/BAT0/status": "Discharging\n",
        f"{root}/hidpp_battery_0/type": "Battery\n",
        f"{root}/hidpp_battery_0/scope": "Device\n",
        f"{root}/hidpp_battery_0/capacity": "90\n",
        f"{root}/AC/type": "Mains\n",
        "sys/firmware/acpi/platform_profile": "low-power\n",
    }
    assert power(_files(tmp_path, files)) == Power(0.15, False, "low-power")


def test_a_jetson_says_its_mode_by_name(tmp_path: Path) -> None:
    conf = "# modes\n< POWER_MODEL ID=0 NAME=15W >\nCPU 1\n< POWER_MODEL ID=1 NAME=7W >\n"
    files = {"var/lib/nvpmodel/status": "pmode:0001", "etc/nvpmodel.conf": conf}
    assert power(_files(tmp_path, files)) == Power(None, False, "7W")


def test_files_that_make_no_sense_are_passed_over(tmp_path: Path) -> None:
    root = "sys/class/power_supply/BAT0"
    files = {f"{root}/type": "Battery", f"{root}/capacity": "full", "var/lib/nvpmodel/status": "pmode:x"}
    assert power(_files(tmp_path, files)) == Power()
