"""One .npy file with one row of numbers: read without believing its header, written at once or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waifusync.core.learning.states import MOST_BYTES
from waifusync.errors import RefusedError, UsageError
from waifusync.merging.arrays.npy import MalformedArray, map_array
from waifusync.merging.replacing import replacing

if TYPE_CHECKING:
    import numpy

_LONGEST_HEADER = 1 << 16


def read_vector(path: Path) -> numpy.ndarray[Any, Any]:  # Any: of whatever the file holds
    """What the file holds, mapped. Raises UsageError for what is no array."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MOST_BYTES + _LONGEST_HEADER:
                raise UsageError(f"{path}: a state has at most {MOST_BYTES >> 20} MiB")
            return map_array(file, size)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except MalformedArray as error:
        raise UsageError(
            f"{path}: {error}", hint="a state is one row of finite numbers, as numpy.save writes it"
        ) from None


def write_vector(path: Path, values: numpy.ndarray[Any, Any]) -> None:  # Any: as above
    """In the place of what is there. Raises RefusedError."""
    import numpy

    try:
        with replacing(path) as file:
            numpy.save(file, values, allow_pickle=False)
    except OSError as error:
        raise RefusedError(f"{path}: {error.strerror}") from None
