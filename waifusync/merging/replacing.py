"""Putting a new file in the place of an old one: whole, on the disk, and only at the very end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(out: Path) -> Iterator[BinaryIO]:
    """A file beside `out`: it takes its place when the block ends well, and goes when it does not."""
    beside = out.with_name(f".{out.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)  # what lies there under this name, a link perhaps, is not written through
    try:
        with beside.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if out.exists():
            shutil.copymode(out, beside)
        beside.replace(out)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(out.parent)


def _sync_folder(folder: Path) -> None:
    """So that the new name outlives a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
