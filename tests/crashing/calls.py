"""The system calls that change something on a disk: their numbers, and which file each one names.

Numbers are the kernel's, for ever, one table for each processor. What is not in the table is never stopped.
"""

from __future__ import annotations

import enum
import os
import platform
from typing import NamedTuple


class Kind(enum.Enum):
    """What of it a failing disk may refuse, and what of it a power cut may lose."""

    OPEN = "open"  # stopped only where it makes, empties or writes
    DATA = "data"  # lost until the file is synced
    SYNC = "sync"
    NAME = "name"  # names and directories: journalled in their order


class Call(NamedTuple):
    """`file` is the position of a descriptor or, where `folder` is given too, of a path below that folder."""

    name: str
    x86_64: int | None
    aarch64: int | None
    kind: Kind
    file: int
    folder: int | None = None
    is_path: bool = False
    flags: int | None = None

    @property
    def number(self) -> int | None:
        return self.aarch64 if platform.machine() == "aarch64" else self.x86_64


_D, _N, _S = Kind.DATA, Kind.NAME, Kind.SYNC
AT_FDCWD = -100
CALLS = (
    Call("write", 1, 64, _D, 0),
    Call("pwrite64", 18, 68, _D, 0),
    Call("writev", 20, 66, _D, 0),
    Call("pwritev", 296, 70, _D, 0),
    Call("sendfile", 40, 71, _D, 0),
    Call("copy_file_range", 326, 285, _D, 2),
    Call("fallocate", 285, 47, _D, 0),
    Call("ftruncate", 77, 46, _D, 0),
    Call("truncate", 76, 45, _D, 0, is_path=True),
    Call("fsync", 74, 82, _S, 0),
    Call("fdatasync", 75, 83, _S, 0),
    Call("open", 2, None, Kind.OPEN, 0, is_path=True, flags=1),
    Call("creat", 85, None, Kind.OPEN, 0, is_path=True),
    Call("openat", 257, 56, Kind.OPEN, 1, 0, is_path=True, flags=2),
    Call("rename", 82, None, _N, 1, is_path=True),
    Call("renameat", 264, 38, _N, 3, 2, is_path=True),
    Call("renameat2", 316, 276, _N, 3, 2, is_path=True),
    Call("unlink", 87, None, _N, 0, is_path=True),
    Call("unlinkat", 263, 35, _N, 1, 0, is_path=True),
    Call("rmdir", 84, None, _N, 0, is_path=True),
    Call("mkdir", 83, None, _N, 0, is_path=True),
    Call("mkdirat", 258, 34, _N, 1, 0, is_path=True),
    Call("link", 86, None, _N, 1, is_path=True),
    Call("linkat", 265, 37, _N, 3, 2, is_path=True),
    Call("symlink", 88, None, _N, 1, is_path=True),
    Call("symlinkat", 266, 36, _N, 2, 1, is_path=True),
    Call("chmod", 90, None, _N, 0, is_path=True),
    Call("fchmod", 91, 52, _N, 0),
    Call("fchmodat", 268, 53, _N, 1, 0, is_path=True),
)
BY_NUMBER = {call.number: call for call in CALLS if call.number is not None}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
