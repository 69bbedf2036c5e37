"""What this machine runs on: its battery, and the mode that its person chose. Files, and no process."""

from __future__ import annotations

import contextlib
from pathlib import Path

from waifusync.patterns import pattern
from waifusync.values import NamedTuple

_LOW_PERCENT = 20
_JETSON_MODE = pattern(r"<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=(\w+)")


class Power(NamedTuple):
    """`battery` from 0 to 1, None without one; `mode` is "" where the machine has none to choose."""

    battery: float | None = None
    is_charging: bool = False
    mode: str = ""


class _Supply(NamedTuple):
    """One of /sys/class/power_supply: a battery of this machine, or what charges it."""

    is_battery: bool
    status: str
    level: int | None
    is_online: bool


def power(root: Path = Path("/")) -> Power:
    """As Linux tells it below `root`; everything unknown elsewhere. Never raises."""
    batteries = [each for each in _supplies(root) if each.is_battery and each.level is not None]
    levels = [((each.level or 0) / 100, each.status in ("Charging", "Full")) for each in batteries]
    level, is_charging = max(levels) if levels else (None, False)
    mode = _jetson_mode(root) or _read(root / "sys/firmware/acpi/platform_profile")
    return Power(level, is_charging, mode)


def is_power_low(root: Path = Path("/")) -> bool:
    """False where nothing tells, while something charges, and as long as any of its batteries has enough."""
    supplies = _supplies(root)
    batteries = [each for each in supplies if each.is_battery]
    is_plugged = any(each.is_online for each in supplies if not each.is_battery)
    return bool(batteries) and not is_plugged and all(map(_is_low, batteries))


def _is_low(battery: _Supply) -> bool:
    return battery.status == "Discharging" and battery.level is not None and battery.level < _LOW_PERCENT


def _supplies(root: Path) -> list[_Supply]:
    """Without those of scope Device: a mouse has a battery, too."""
    folders = sorted((root / "sys/class/power_supply").glob("*"))
    return [_supply(each) for each in folders if _read(each / "scope") != "Device"]


def _supply(folder: Path) -> _Supply:
    level = _read(folder / "capacity")
    return _Supply(
        _read(folder / "type") == "Battery",
        _read(folder / "status"),
        min(int(level), 100) if level.isdecimal() else None,
        _read(folder / "online") == "1",
    )


def _jetson_mode(root: Path) -> str:
    number = _read(root / "var/lib/nvpmodel/status").rpartition(":")[2]
    names = dict(_JETSON_MODE.findall(_read(root / "etc/nvpmodel.conf")))
    return names.get(str(int(number)), "") if number.isdecimal() else ""


def _read(path: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        return path.read_text(encoding="utf-8").strip()
    return ""
