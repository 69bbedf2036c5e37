"""What this machine runs on: its battery, and the mode that its person chose. Files, and no process."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import NamedTuple

_JETSON_MODE = re.compile(r"<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=(\w+)")


class Power(NamedTuple):
    """`battery` from 0 to 1, None without one; `mode` is "" where the machine has none to choose."""

    battery: float | None = None
    is_charging: bool = False
    mode: str = ""


def power(root: Path = Path("/")) -> Power:
    """As Linux tells it below `root`; everything unknown elsewhere. Never raises."""
    return Power(*_battery(root), _jetson_mode(root) or _read(root / "sys/firmware/acpi/platform_profile"))


def _battery(root: Path) -> tuple[float | None, bool]:
    """The fullest battery that runs the machine: a mouse has one too, of scope Device."""
    found: list[tuple[float, bool]] = []
    for supply in sorted((root / "sys/class/power_supply").glob("*")):
        level = _read(supply / "capacity")
        is_machine = _read(supply / "type") == "Battery" and _read(supply / "scope") != "Device"
        if is_machine and level.isdecimal():
            found.append((min(int(level), 100) / 100, _read(supply / "status") in ("Charging", "Full")))
    return max(found) if found else (None, False)


def _jetson_mode(root: Path) -> str:
    number = _read(root / "var/lib/nvpmodel/status").rpartition(":")[2]
    names = dict(_JETSON_MODE.findall(_read(root / "etc/nvpmodel.conf")))
    return names.get(str(int(number)), "") if number.isdecimal() else ""


def _read(path: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        return path.read_text(encoding="utf-8").strip()
    return ""
