"""What this machine is: board, GPU, driver, memory. From files, and from NVIDIA's tool where it is."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from waifusync.patterns import pattern
from waifusync.sessions.power import power
from waifusync.values import NamedTuple

_RELEASE = pattern(r"# R(\d+) \(release\), REVISION: ([\d.]+)")
_SMI = ("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits")
_SMI_SECONDS = 5.0
_LONGEST = 120
# Which JetPack has which release of L4T; see developer.nvidia.com/embedded/jetpack-archive.
_JETPACKS = {"35": "5", "36": "6", "38": "7"}


class Machine(NamedTuple):
    """ "" and 0 for what nobody tells. `memory` and `gpu_memory` in bytes; a board shares one memory."""

    board: str = ""
    system: str = ""
    processors: int = 0
    memory: int = 0
    gpu: str = ""
    gpu_memory: int = 0
    driver: str = ""
    power_mode: str = ""

    @property
    def memory_for_models(self) -> int:
        """What a model can be loaded into."""
        return self.gpu_memory or self.memory


def machine(environment: Mapping[str, str], root: Path = Path("/")) -> Machine:
    """Never raises. `environment` is that of the one process."""
    gpu, gpu_memory, driver = _nvidia(environment)
    jetson = _RELEASE.search(_read(root / "etc/nv_tegra_release"))
    if jetson:
        gpu, gpu_memory = gpu or "NVIDIA Tegra (shares the memory)", 0
        driver = f"JetPack {_JETPACKS.get(jetson[1], '?')} (L4T {jetson[1]}.{jetson[2]})"
    return Machine(
        board=_board(root),
        system=_system(root),
        processors=os.cpu_count() or 0,
        memory=_memory(root),
        gpu=gpu,
        gpu_memory=gpu_memory,
        driver=driver,
        power_mode=power(root).mode,
    )


def _board(root: Path) -> str:
    tree = _read(root / "sys/firmware/devicetree/base/model") or _read(root / "proc/device-tree/model")
    return tree or _read(root / "sys/class/dmi/id/product_name")


def _system(root: Path) -> str:
    match = re.search(r'^PRETTY_NAME="?([^"\n]*)', _read(root / "etc/os-release", most=4096), re.MULTILINE)
    return _plain(match[1]) if match else os.uname().sysname


def _memory(root: Path) -> int:
    match = re.search(r"^MemTotal:\s+(\d+) kB", _read(root / "proc/meminfo", most=4096), re.MULTILINE)
    if match:
        return int(match[1]) * 1024
    with contextlib.suppress(ValueError, OSError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 0


def _nvidia(environment: Mapping[str, str]) -> tuple[str, int, str]:
    """The first card's name, memory and driver."""
    try:
        done = subprocess.run(
            _SMI, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SMI_SECONDS, env=dict(environment)
        )
    except (OSError, subprocess.TimeoutExpired):
        return "", 0, ""
    parts = [each.strip() for each in done.stdout.decode("utf-8", "replace").split("\n")[0].split(",")]
    if done.returncode != 0 or len(parts) != 3:
        return "", 0, ""
    memory = int(parts[1]) * 1024 * 1024 if parts[1].isdecimal() else 0
    return _plain(parts[0]), memory, f"driver {_plain(parts[2])}"


def _read(path: Path, *, most: int = 256) -> str:
    with contextlib.suppress(OSError):
        with path.open("rb") as file:
            text = file.read(most).decode("utf-8", "replace").rstrip("\0\n ")
        return text if most > 256 else _plain(text)
    return ""


def _plain(text: str) -> str:
    """One line of letters: some firmware says strange things."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_LONGEST]
