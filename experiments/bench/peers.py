"""What stands beside waifusync: programs of others, at pinned versions. What cannot be had is reported."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

PYTHON_PEERS = {
    "doltlite": "0.51.3",
    "apsw": "3.54.1.0",
    "pycrdt": "0.14.13",
    "loro": "1.17.1",
    "faiss-cpu": "1.15.1",
    "hnswlib": "0.8.0",
    "usearch": "2.26.6",
    "datasketch": "2.0.0",
    "rapidfuzz": "3.14.6",
    "sqlite-vec": "0.1.9",
}
# Debian's package, by the program that it holds.
DEBIAN_PEERS = {"sqldiff": "sqlite3-tools", "sqlite3": "sqlite3"}


@dataclass(frozen=True, slots=True)
class Peers:
    """Where each program is, and why some are not here."""

    programs: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def lacks(self, name: str) -> str | None:
        """Why it cannot take part; None when it can."""
        if name in self.versions or name in self.programs:
            return None
        return self.reasons.get(name, "not asked for")


def install(folder: Path) -> Peers:
    """Into the Python that runs this, and below the folder; what is there already is left alone."""
    print("Looking after the programs of others, which takes some minutes the first time…", file=sys.stderr)
    peers = Peers()
    for name, version in PYTHON_PEERS.items():
        if reason := _install_python(name, version):
            peers.reasons[name] = reason
        else:
            peers.versions[name] = version
    for program, package in DEBIAN_PEERS.items():
        found = shutil.which(program) or _unpack(folder, program, package)
        if found:
            peers.programs[program] = found
            peers.versions[program] = _version(found)
        else:
            peers.reasons[program] = f"Debian's {package} could not be had here"
    return peers


def _install_python(name: str, version: str) -> str | None:
    try:
        if importlib.metadata.version(name) == version:
            return None
    except importlib.metadata.PackageNotFoundError:
        pass
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    done = subprocess.run([*command, f"{name}=={version}"], capture_output=True, text=True, check=False)
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return (errors or ["pip failed"])[-1] if done.returncode else None


def _unpack(folder: Path, program: str, package: str) -> str | None:
    """Out of Debian's package, without installing it: that needs no rights."""
    place = folder.resolve() / "debian" / package
    wanted = place / "usr" / "bin" / program
    if not wanted.exists() and shutil.which("apt-get") and shutil.which("dpkg"):
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "-q", package], cwd=place, capture_output=True, check=False)
        for file in place.glob("*.deb"):
            subprocess.run(["dpkg", "-x", file, place], capture_output=True, check=False)
    return str(wanted) if wanted.exists() else None


def _version(program: str) -> str:
    """What it says of itself; sqldiff says nothing."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return (done.stdout.split() or ["of Debian"])[0]


def to_json(peers: Peers) -> str:
    return json.dumps({"versions": peers.versions, "missing": peers.reasons})
