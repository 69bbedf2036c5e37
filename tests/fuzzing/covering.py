"""A search for inputs that reach lines which no input reached before."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import waifusync
from tests.fuzzing.parsers import Parser

_PACKAGE = str(Path(waifusync.__file__).parent)
_LONGEST = 1 << 14
Line = tuple[str, int]


class Failed(NamedTuple):
    """An input that broke the law, and how."""

    data: bytes
    error: BaseException


class Found(NamedTuple):
    """How many were tried, which of them reached something new, and which broke the law."""

    tries: int
    kept: list[bytes]
    failed: list[Failed]
    lines: int


def search(
    parser: Parser, *, seconds: float, seed: int, starts: Sequence[bytes], most: int = 1 << 62
) -> Found:
    """Ends after so many seconds, or `most` inputs; of failures of one kind only the first is told."""
    chance, watch = random.Random(seed), _Watch(parser.modules)
    pool, kept, failed, tries = list(starts) or [b""], [], {}, 0
    for data in pool:
        watch.run(parser.law, data, failed)
    until = time.monotonic() + seconds
    while time.monotonic() < until and tries < most:
        data = mutated(chance.choice(pool), pool, parser.words, chance)
        tries += 1
        if watch.run(parser.law, data, failed):
            pool.append(data)
            kept.append(data)
    return Found(tries, kept, list(failed.values()), len(watch.seen))


def smallest(parser: Parser, inputs: Iterable[bytes]) -> list[bytes]:
    """As few and as short ones as reach the same lines."""
    watch = _Watch(parser.modules)
    return [data for data in sorted(inputs, key=len) if watch.run(parser.law, data, {})]


def mutated(data: bytes, pool: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    """Something else, not far away."""
    for _ in range(chance.choice((1, 1, 1, 2, 4, 8))):
        place = chance.randrange(len(data) + 1)
        end = min(len(data), place + chance.choice((0, 1, 1, 2, 4, 16, 64)))
        data = data[:place] + _piece(data, pool, words, chance) + data[end:]
    return data[:_LONGEST]


def _piece(data: bytes, pool: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    kind = chance.randrange(6)
    if kind == 0:
        return b""
    if kind == 1:
        return bytes([chance.choice((0, 0x0A, 0x20, 0x22, 0x2D, 0x7F, 0x80, 0xFF, chance.randrange(256)))])
    if kind == 2 and words:
        return chance.choice(words)
    if kind == 3:
        return str(chance.choice((0, 1, -1, 2**31, 2**53, 2**63, 2**64, 10 ** chance.randrange(40)))).encode()
    other = chance.choice(pool) if kind == 4 else data
    start = chance.randrange(len(other) + 1)
    return other[start : start + chance.choice((1, 4, 16, 64, 256))]


class _Watch:
    """Runs a law, and sees which lines of the parser's modules it reaches."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._files = {f"{_PACKAGE}/{module}" for module in modules}
        self.seen: set[Line] = set()

    def run(self, law: Callable[[bytes], None], data: bytes, failed: dict[Any, Failed]) -> bool:
        """Whether a line was reached that never was; what broke the law goes into `failed`, by its place."""
        reached: set[Line] = set()
        before = sys.gettrace()
        sys.settrace(self._tracer(reached))
        try:
            law(data)
        except Exception as error:
            sys.settrace(before)
            failed.setdefault((type(error), *_places(error)), Failed(data, error))
        finally:
            sys.settrace(before)
        new = reached - self.seen
        self.seen |= reached
        return bool(new)

    def _tracer(self, reached: set[Line]) -> Callable[..., Any]:
        files = self._files

        def local(frame: FrameType, event: str, _: object) -> Callable[..., Any]:
            if event == "line":
                reached.add((frame.f_code.co_filename, frame.f_lineno))
            return local

        def called(frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
            return local if frame.f_code.co_filename in files else None

        return called


def _places(error: BaseException) -> Iterator[int]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_lineno
        trace = trace.tb_next
