"""Whether the machine runs on a battery that is nearly empty, as Linux tells it in files."""

from __future__ import annotations

from pathlib import Path

POWER_SUPPLY = Path("/sys/class/power_supply")
_LOW_PERCENT = 20


def is_power_low(root: Path = POWER_SUPPLY) -> bool:
    """False where nothing tells, while something charges, and as long as any of its batteries has enough."""
    supplies = [_facts(each) for each in _folders(root)]
    batteries = [each for each in supplies if each.get("type") == "Battery" and each.get("scope") != "Device"]
    is_plugged = any(each.get("type") != "Battery" and each.get("online") == "1" for each in supplies)
    return bool(batteries) and not is_plugged and all(map(_is_low, batteries))


def _is_low(battery: dict[str, str]) -> bool:
    capacity = battery.get("capacity", "")
    return battery.get("status") == "Discharging" and capacity.isdecimal() and int(capacity) < _LOW_PERCENT


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(root.iterdir())
    except OSError:
        return []


def _facts(folder: Path) -> dict[str, str]:
    """`scope` is "Device" for a mouse's or a keyboard's own battery."""
    found = {}
    for name in ("type", "scope", "status", "capacity", "online"):
        try:
            found[name] = (folder / name).read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            continue
    return found
