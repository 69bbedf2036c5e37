"""Batteries, networks and sleep, as the system's files and clocks tell of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from waifusync.automation.watch.surroundings import Surroundings, seconds_asleep
from waifusync.sessions.power import is_power_low

EMPTY = {"type": "Battery", "status": "Discharging", "capacity": "12"}


def supplies(root: Path, **folders: dict[str, str]) -> Path:
    for name, files in folders.items():
        folder = root / "sys/class/power_supply" / name
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(f"{text}\n")
    return root


def test_a_battery_that_is_nearly_empty_is_low(tmp_path: Path) -> None:
    assert is_power_low(supplies(tmp_path, BAT0=EMPTY))


@pytest.mark.parametrize(
    "folders",
    [
        {},
        {"BAT0": EMPTY | {"capacity": "20"}},
        {"BAT0": EMPTY | {"status": "Charging"}},
        {"BAT0": EMPTY | {"capacity": ""}},
        {"BAT0": EMPTY, "AC": {"type": "Mains", "online": "1"}},
        {"BAT0": EMPTY, "usb": {"type": "USB", "online": "1"}},
        {"BAT0": EMPTY, "BAT1": EMPTY | {"capacity": "90"}},
        {"mouse": EMPTY | {"scope": "Device"}},
        {"AC": {"type": "Mains", "online": "0"}},
    ],
)
def test_anything_else_is_not(tmp_path: Path, folders: dict[str, dict[str, str]]) -> None:
    """A charger, enough left, a mouse's battery, nothing known."""
    assert not is_power_low(supplies(tmp_path, **folders))


def test_a_machine_without_such_files_is_not_low(tmp_path: Path) -> None:
    assert not is_power_low(tmp_path / "none")


def test_a_mouse_says_nothing_about_the_machine(tmp_path: Path) -> None:
    mouse = {"type": "Battery", "scope": "Device", "status": "Discharging", "capacity": "90"}
    assert is_power_low(supplies(tmp_path, BAT0=EMPTY, AC={"type": "Mains", "online": "0"}, mouse=mouse))


def test_another_route_or_address_is_noticed_once(tmp_path: Path) -> None:
    (tmp_path / "route").write_text("wlan0 0 192.168.1.1\n")
    around = Surroundings(tmp_path, asleep=lambda: 0.0)
    assert not around.have_changed()
    (tmp_path / "route").write_text("wlan0 0 10.0.0.1\n")
    assert around.have_changed()
    assert not around.have_changed()
    (tmp_path / "if_inet6").write_text("fe80 wlan0\n")
    assert around.have_changed()


def test_waking_from_sleep_is_noticed_and_time_that_merely_passes_is_not(tmp_path: Path) -> None:
    """T7: told by two clocks of which one counts sleep; no wall clock plays a part."""
    slept = [3.0, 3.0, 3.4, 7203.4, 7203.4]
    around = Surroundings(tmp_path, asleep=lambda: slept.pop(0))
    assert [around.have_changed() for _ in range(4)] == [False, False, True, False]


def test_the_systems_own_clocks_agree_while_it_is_awake() -> None:
    first = seconds_asleep()
    assert abs(seconds_asleep() - first) < 0.5
