"""Vector files are numpy's; a header that lies is refused; a vector that changed is not handed out."""

from __future__ import annotations

import io
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.log.making import LAPTOP, push_vectors
from waifusync.core.vectors import group_name, is_vector, vector_digest
from waifusync.log.source import DictSource, vector_path
from waifusync.log.vectors import MalformedArray, VectorReader, npy_bytes, parse_npy_header

floats = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.integers(0, 20), st.integers(1, 50), st.randoms(use_true_random=False))
def test_numpy_reads_what_is_written_and_the_other_way_round(rows: int, dimension: int, chance) -> None:  # type: ignore[no-untyped-def]  # random.Random
    matrix = np.array([[chance.uniform(-1, 1) for _ in range(dimension)] for _ in range(rows)], "<f4")
    matrix = matrix.reshape(rows, dimension)
    written = npy_bytes([row.tobytes() for row in matrix], dimension)
    assert np.array_equal(np.load(io.BytesIO(written), allow_pickle=False), matrix)
    saved = io.BytesIO()
    np.save(saved, matrix)
    for data in (written, saved.getvalue()):
        assert parse_npy_header(data)[:2] == (rows, dimension)
        assert parse_npy_header(data)[2] % 64 == 0
        assert data[parse_npy_header(data)[2] :] == matrix.tobytes()


GOOD = npy_bytes([bytes(16)] * 3, 4)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD[:-1],
        GOOD + b"\0",
        GOOD[:9],
        GOOD[:60],
        GOOD.replace(b"(3, 4)", b"(9, 4)"),
        GOOD.replace(b"(3, 4)", b"(4,)  "),
        GOOD.replace(b"<f4", b"<f8"),
        GOOD.replace(b"<f4", b"|O "),
        GOOD.replace(b"False", b"True "),
        GOOD.replace(b"\x01\x00", b"\x02\x00", 1),
        GOOD.replace(b"(3, 4), }" + b" " * 20, b"(9999999999, 9999999999), }  "),
        GOOD.replace(b"(3, 4)", b"(3, 0)"),
        GOOD[:8] + b"\xff\xff" + GOOD[10:],
    ],
)
def test_a_header_that_lies_is_refused(data: bytes) -> None:
    """T25"""
    with pytest.raises(MalformedArray):
        parse_npy_header(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_matrix_or_refused(data: bytes) -> None:
    """T25"""
    with pytest.raises(MalformedArray):
        parse_npy_header(GOOD[:10] + data)


def test_vectors_of_two_dimensions_do_not_share_a_file() -> None:
    """T15"""
    with pytest.raises(ValueError, match="has not 4 numbers"):
        npy_bytes([bytes(16), bytes(20)], 4)


@given(st.lists(st.floats(width=32), max_size=12))
def test_a_vector_is_at_least_four_finite_numbers(numbers: list[float]) -> None:
    blob = np.array(numbers, "<f4").tobytes()
    assert is_vector(blob) == (len(numbers) >= 4 and all(map(math.isfinite, numbers)))
    assert not is_vector(blob + b"\0")


def test_the_greatest_numbers_are_finite_too() -> None:
    greatest = np.finfo("<f4").max
    assert is_vector(np.full(4096, greatest, "<f4").tobytes())
    assert not is_vector(np.array([greatest, np.inf, -np.inf, 0], "<f4").tobytes())


@given(st.lists(st.tuples(st.text(max_size=60), st.integers(1, 5000)), unique=True))
def test_different_models_never_share_a_group(models: list[tuple[str, int]]) -> None:
    """T15"""
    names = [group_name(model, dimension) for model, dimension in models]
    assert len({name.casefold() for name in names}) == len(models)
    for name in names:
        assert len(name) < 70
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")


def test_groups_are_named_as_people_would_expect() -> None:
    assert group_name("all-minilm-l6-v2", 384) == "all-minilm-l6-v2-384"
    assert group_name("nomic-embed-text:v1.5", 768) == "nomic-embed-text-v1-5_8bd69ca3-768"
    assert group_name("", 4) == "model_e3b0c442-4"


def test_a_vector_that_changed_is_not_handed_out() -> None:
    """T25"""
    vectors = [bytes([n]) * 16 for n in range(3)]
    source = DictSource()
    push_vectors(source, LAPTOP, "bge-4", vectors, [1])
    path = vector_path(LAPTOP, "bge-4", 1, 2)
    source.files[path] = source.files[path][:-1] + b"\7"
    reader = VectorReader(source)
    digests = [vector_digest(each) for each in vectors]
    assert reader.vector(LAPTOP[-8:], "bge-4", 1, digests[1]) == vectors[1]
    assert reader.vector(LAPTOP, "bge-4", 2, digests[2]) is None
    assert reader.vector(LAPTOP, "bge-4", 1, digests[2]) is None
    assert reader.vector(LAPTOP, "other-4", 1, digests[1]) is None


def test_nothing_here_loads_numpy() -> None:
    code = "import sys\nfrom waifusync.log import exchange, index, union, verifying\n"
    code += "sys.exit('numpy' in sys.modules or 'asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
