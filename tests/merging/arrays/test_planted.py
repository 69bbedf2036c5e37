"""The new file beside the old one is a new one, whatever lies there under its name."""

from __future__ import annotations

import os
from pathlib import Path

from waifusync.merging.replacing import replacing


def test_a_link_planted_under_the_new_files_name_is_not_written_through(tmp_path: Path) -> None:
    """T25: nothing outside is touched."""
    victim, out = tmp_path / "victim", tmp_path / "vectors.npy"
    victim.write_bytes(b"mine")
    out.with_name(f".{out.name}.{os.getpid()}.new").symlink_to(victim)
    with replacing(out) as file:
        file.write(b"new")
    assert (victim.read_bytes(), out.read_bytes(), out.is_symlink()) == (b"mine", b"new", False)
