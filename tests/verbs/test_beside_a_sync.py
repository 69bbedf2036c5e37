"""What a person's verbs add while a push is under way goes with the next, and breaks nothing."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

from tests.forked import INSTALLED
from tests.verbs.devices import Device


def test_remembering_beside_pushes_loses_nothing_and_counts_truly(
    pair: tuple[Device, Device], tmp_path: Path
) -> None:
    """T12: a loop of pushes and a loop of memories with embeddings, on one device at once."""
    laptop, jetson = pair
    script = f"for i in 1 2 3 4 5 6; do {INSTALLED} -C {laptop.directory} push --json || exit 1; done"
    pushes = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for number in range(8):
        laptop.ok("remember", f"turn {number}")
        laptop.say(f"vector {number}", embeddings=struct.pack("<4f", number, 1, 2, 3), model_used="m")
        laptop.ok("search", "turn")
    out, err = pushes.communicate(timeout=240)
    assert pushes.returncode == 0, out + err
    laptop.ok("push"), jetson.ok("pull")
    assert len(jetson.texts()) == 16
    assert jetson.digest() == laptop.digest()
    assert laptop.ok("push").out == "Nothing to push: the remote has everything.\n"
