"""Numbers from outside as the bytes of a state, checked: a mistake is told with what it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waifusync.core.learning.states import DTYPES, MOST_BYTES
from waifusync.errors import UsageError
from waifusync.values import NamedTuple

if TYPE_CHECKING:
    import numpy


class Numbers(NamedTuple):
    """The kind of number, and little-endian bytes."""

    dtype: str
    content: bytes

    @property
    def dimension(self) -> int:
        return len(self.content) // DTYPES[self.dtype]


def numbers_of(vector: object, path: str) -> Numbers:
    """Of an array, or of a list of numbers (float64). Raises UsageError with what is wrong and where."""
    array = _array(vector, path)
    if array.dtype.name not in DTYPES:
        hint = f"one of {', '.join(DTYPES)}: in numpy, .astype('float32')"
        raise UsageError(
            f"{path}: holds {array.dtype.name}, which is no kind of number for a state", hint=hint
        )
    if array.ndim != 1:
        raise UsageError(
            f"{path}: has {array.ndim} dimensions, and a state has one", hint="in numpy, .ravel()"
        )
    if array.nbytes > MOST_BYTES or not array.size:
        raise UsageError(f"{path}: a state has at least one number and at most {MOST_BYTES >> 20} MiB")
    _check_finite(array, path)
    return Numbers(array.dtype.name, array.astype(array.dtype.newbyteorder("<")).tobytes())


def _array(vector: object, path: str) -> numpy.ndarray[Any, Any]:  # Any: of whatever it holds
    import numpy

    try:
        found = numpy.asarray(vector)
    except (TypeError, ValueError):
        raise UsageError(f"{path}: expected an array or a list of numbers") from None
    # A list of whole numbers is meant as numbers; an array of them has a kind that its maker chose.
    is_listed = isinstance(vector, (list, tuple)) and found.dtype.kind in "iu"
    return found.astype(numpy.float64) if is_listed else found


def _check_finite(array: numpy.ndarray[Any, Any], path: str) -> None:  # Any: as above
    import numpy

    wrong = numpy.flatnonzero(~numpy.isfinite(array))
    if wrong.size:
        place = int(wrong[0])
        raise UsageError(f"{path}[{place}]: {float(array[place])!r} is not a finite number")
