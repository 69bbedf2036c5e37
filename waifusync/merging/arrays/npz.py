"""Several arrays in one zip file: unpacked into files without names, which are mapped and left by no crash.

A zip file says itself how much it will unpack to. What is much more than its own size is refused before that,
and so is whatever numpy would not have written.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from waifusync.merging.arrays.npy import BLOCK_BYTES, MalformedArray, map_array, npy_header

if TYPE_CHECKING:
    from waifusync.merging.arrays.npy import Array, DType

MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_MOST_MEMBERS = 1000
_MOST_RATIO = 100
_ALWAYS_ALLOWED_BYTES = 64 * 1024 * 1024
_SUFFIX = ".npy"
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FILE_MODE = 0o100644 << 16


def map_arrays(path: Path, folder: Path | None) -> tuple[dict[str, Array], bool]:
    """Arrays by name, and whether they were compressed; unpacked in `folder`. Raises MalformedArray."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members, path.stat().st_size)
            arrays = {_name(each): _unpacked(archive, each, folder) for each in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise MalformedArray(f"it is a damaged zip file ({error})") from None
    return arrays, any(each.compress_type != zipfile.ZIP_STORED for each in members)


class ArrayWriter:
    """A zip file of arrays whose bytes follow from the arrays alone."""

    def __init__(self, file: BinaryIO, *, compressed: bool) -> None:
        self._archive = zipfile.ZipFile(file, "w")
        self._method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED

    def add(self, name: str, dtype: DType, shape: tuple[int, ...], content: Iterator[bytes]) -> None:
        """One array, as blocks of its bytes."""
        info = zipfile.ZipInfo(name + _SUFFIX)  # of the year 1980, whenever it is made
        info.compress_type, info.external_attr, info.create_system = self._method, _FILE_MODE, 3
        with self._archive.open(info, "w", force_zip64=True) as member:
            member.write(npy_header(dtype, shape))
            for block in content:
                member.write(block)

    def close(self) -> None:
        self._archive.close()


def _check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    if len(members) > _MOST_MEMBERS or len({each.filename for each in members}) < len(members):
        raise MalformedArray(f"it has more than {_MOST_MEMBERS} arrays, or two of one name")
    for each in members:
        stem = each.filename.removesuffix(_SUFFIX)
        is_plain = stem and stem != each.filename and not set(stem) & set("/\\:\0") and stem[0] != "."
        if not is_plain or each.orig_filename != each.filename:
            raise MalformedArray(f"it has a member called {each.filename!r}, which is no array's name")
        if each.flag_bits & _ENCRYPTED or each.compress_type not in _METHODS:
            raise MalformedArray(f"its member {each.filename!r} is encrypted, or packed in an unusual way")
    unpacked = sum(each.file_size for each in members)
    if unpacked > max(_ALWAYS_ALLOWED_BYTES, size * _MOST_RATIO):
        raise MalformedArray(f"its {size} bytes would unpack to {unpacked}")


def _name(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(_SUFFIX)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path | None) -> Array:
    with tempfile.TemporaryFile(dir=folder) as file:
        with archive.open(member) as packed:
            shutil.copyfileobj(packed, file, BLOCK_BYTES)
        size = file.tell()
        file.seek(0)
        try:
            return map_array(file, size)
        except MalformedArray as error:
            raise MalformedArray(f"in {member.filename!r}, {error}") from None
