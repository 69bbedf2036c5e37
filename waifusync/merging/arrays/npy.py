"""One array of numpy's own format: mapped, not read, and its header not believed without proof.

numpy.load would take a pickle for an array, or a header's word for the size. What stands here as an array is
exactly as long as its file, of plain numbers, texts or times, and all of its numbers are finite.
"""

from __future__ import annotations

import ast
import mmap
from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Array = NDArray[Any]  # any dtype: it is the file that says which
    DType = numpy.dtype[Any]  # likewise

MAGIC = b"\x93NUMPY"
BLOCK_BYTES = 4 * 1024 * 1024
_LENGTH_BYTES = {(1, 0): 2, (2, 0): 4, (3, 0): 4}
_LONGEST_HEADER = 10_000  # numpy's own limit
_MOST_DIMENSIONS = 8
_PLAIN = "biufcSUmM"
_EXACT = {"f": 8, "c": 16}  # longer ones have bytes that mean nothing
_LAST_CHARACTER = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)


class MalformedArray(ValueError):
    """What a file holds is no array, or none that can be merged; says why."""


def map_array(file: BinaryIO, size: int) -> Array:
    """The array that these `size` bytes are, mapped for reading. Raises MalformedArray."""
    import numpy

    descr, is_fortran, shape = _header(file)
    dtype = _dtype(descr)
    offset = file.tell()
    expected = offset + prod(shape) * dtype.itemsize
    if expected != size:
        raise MalformedArray(f"its header speaks of {expected} bytes, and the file has {size}")
    if 0 in shape:
        if shape[0]:
            raise MalformedArray("its rows are empty")
        return numpy.empty(shape, dtype)
    content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    mapped: Array = numpy.ndarray(shape, dtype, content, offset, order="F" if is_fortran else "C")
    check_content(mapped)
    return mapped


def npy_header(dtype: DType, shape: tuple[int, ...]) -> bytes:
    """The bytes before an array in C order; the numbers begin at a multiple of 64."""
    from numpy.lib import format as numpy_format

    descr = numpy_format.dtype_to_descr(dtype)
    text = repr({"descr": descr, "fortran_order": False, "shape": shape})
    version, size = ((1, 0), 2) if text.isascii() and len(text) < 1 << 15 else ((3, 0), 4)
    encoded = text.encode()
    padding = -(len(MAGIC) + 2 + size + len(encoded) + 1) % 64
    header = encoded + b" " * padding + b"\n"
    return MAGIC + bytes(version) + len(header).to_bytes(size, "little") + header


def check_content(array: Array) -> None:
    """Raises MalformedArray for numbers that are not finite, and for texts that are none."""
    columns = [array[name] for name in array.dtype.names] if array.dtype.names else [array]
    for column in columns:
        if column.dtype.base.kind in "fcU":
            for start, stop in blocks(column):
                _check_block(column[start:stop] if column.ndim else column)


def blocks(array: Array) -> Iterator[tuple[int, int]]:
    """Spans of rows that are read at once, so that memory does not follow the file."""
    rows = len(array) if array.ndim else 1
    step = max(1, BLOCK_BYTES // max(1, row_bytes(array)))
    return ((start, min(start + step, rows)) for start in range(0, rows, step))


def row_bytes(array: Array) -> int:
    """How long one row is."""
    return int(prod(array.shape[1:]) * array.dtype.itemsize)


def _header(file: BinaryIO) -> tuple[object, bool, tuple[int, ...]]:
    start = file.read(len(MAGIC) + 2)
    size = _LENGTH_BYTES.get((*start[len(MAGIC) :],)) if start.startswith(MAGIC) else None
    if size is None:
        raise MalformedArray("it is not an array in version 1, 2 or 3 of numpy's format")
    length = int.from_bytes(file.read(size), "little")
    text = file.read(length) if length <= _LONGEST_HEADER else b""
    if not text or len(text) != length:
        raise MalformedArray(f"its header of {length} bytes is too long, or is cut off")
    return _parsed(text)


def _parsed(text: bytes) -> tuple[object, bool, tuple[int, ...]]:
    try:
        found = ast.literal_eval(text.decode())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        found = None
    if not isinstance(found, dict) or set(found) != {"descr", "fortran_order", "shape"}:
        raise MalformedArray("its header is not one of an array")
    shape = found["shape"]
    is_shape = isinstance(shape, tuple) and all(type(size) is int and size >= 0 for size in shape)
    if not is_shape or len(shape) > _MOST_DIMENSIONS or type(found["fortran_order"]) is not bool:
        raise MalformedArray("its header has an impossible shape")
    return found["descr"], found["fortran_order"], shape


def _dtype(descr: object) -> DType:
    from numpy.lib import format as numpy_format

    try:
        dtype: DType = numpy_format.descr_to_dtype(descr)  # type: ignore[arg-type]  # it looks for itself
    except (ValueError, SyntaxError, TypeError, KeyError, IndexError, OverflowError):
        raise MalformedArray("its header has an unknown type") from None
    if dtype.hasobject:
        raise MalformedArray("it holds Python objects (a pickle), which can run anything when read")
    for part in _parts(dtype):
        if (
            part.kind not in _PLAIN
            or not part.itemsize
            or part.itemsize > _EXACT.get(part.kind, part.itemsize)
        ):
            raise MalformedArray(f"it holds {part}, which cannot be compared")
    return dtype


def _parts(dtype: DType) -> list[DType]:
    if dtype.names is None:
        return [dtype]
    return [dtype[name].base for name in dtype.names] or [dtype]


def _check_block(block: Array) -> None:
    import numpy

    if block.dtype.kind in "fc":
        if not numpy.isfinite(block).all():
            raise MalformedArray("it holds NaN or infinity")
        return
    characters = (
        numpy.ascontiguousarray(block).reshape(-1).view(block.dtype.byteorder.replace("|", "=") + "u4")
    )
    first, last = _SURROGATES
    is_character = (characters <= _LAST_CHARACTER) & ~((characters >= first) & (characters <= last))
    if not is_character.all():
        raise MalformedArray("it holds text that is not Unicode")
