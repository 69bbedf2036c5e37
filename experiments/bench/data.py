"""Invented conversations, the same for the same seed on every machine.

Words are drawn as often as words of a language are (Zipf), out of some hundred English ones and some
thousand that are made of syllables, so that text packs about as well as real chat does: to some 42 % by zlib.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import numpy

_LISTS = Path(__file__).with_name("words.txt")
_BLOCK = 500
_VOCABULARY = 6_000
_LEAST, _MOST = 200, 800


class Memory(NamedTuple):
    """One turn of a conversation, as a chat program writes it into `memories`."""

    timestamp: str
    device_id: str
    conversation_id: str
    user_input: str
    ai_response: str
    model_used: str
    embeddings: bytes | None

    @property
    def size(self) -> int:
        """Bytes of its content."""
        return sum(len(each) for each in self if each is not None)


COLUMNS = ", ".join(Memory._fields)
INSERT = f"INSERT INTO memories ({COLUMNS}) VALUES ({', '.join('?' * len(Memory._fields))})"
_TYPED = ", ".join(f"{each} {'BLOB' if each == 'embeddings' else 'TEXT'}" for each in Memory._fields)
TABLE = f"CREATE TABLE memories (id INTEGER PRIMARY KEY, {_TYPED})"


def memories(count: int, *, seed: int, device: str = "laptop", dimensions: int = 0) -> Iterator[Memory]:
    """So many turns; a vector of length one with each where `dimensions` is not 0."""
    for block, first in enumerate(range(0, count, _BLOCK)):
        chance = numpy.random.default_rng((seed, block))
        size = min(_BLOCK, count - first)
        vectors = _vectors(chance, size, dimensions)
        for number, text in enumerate(_texts(chance, size)):
            yield _memory(first + number, text, device, next(vectors, None))


def texts(count: int, *, seed: int) -> list[str]:
    """The same text without the columns around it."""
    return [f"{each.user_input} {each.ai_response}" for each in memories(count, seed=seed)]


def vectors(count: int, dimensions: int, *, seed: int) -> numpy.ndarray:
    """Float32, each of length one."""
    made = numpy.random.default_rng(seed).standard_normal((count, dimensions), dtype=numpy.float32)
    return made / numpy.linalg.norm(made, axis=1, keepdims=True)


def _memory(number: int, text: str, device: str, vector: bytes | None) -> Memory:
    moment = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=number * 37)
    asked = text.index(" ", len(text) // 4)
    return Memory(
        moment.isoformat(), device, f"c{number // 20}", text[:asked], text[asked + 1 :], "phi3:mini", vector
    )


def _vectors(chance: numpy.random.Generator, count: int, dimensions: int) -> Iterator[bytes]:
    if dimensions:
        made = chance.standard_normal((count, dimensions), dtype=numpy.float32)
        made /= numpy.linalg.norm(made, axis=1, keepdims=True)
        yield from (each.tobytes() for each in made)


def _texts(chance: numpy.random.Generator, count: int) -> Iterator[str]:
    lengths = chance.integers(_LEAST, _MOST, size=count)
    drawn = iter(_draw(chance, int(lengths.sum()) // 4))
    for length in lengths:
        words: list[str] = []
        size = 0
        while size < length:
            word = next(drawn)
            size += len(word) + 1
            words.append(word)
        yield _punctuated(words)


def _punctuated(words: list[str]) -> str:
    start = 0
    for length in range(5, 5 + len(words)):
        words[start] = words[start].capitalize()
        end = min(start + length % 9 + 3, len(words)) - 1
        words[end] += "." if length % 4 else "?"
        start = end + 1
        if start >= len(words):
            break
    return " ".join(words)


def _draw(chance: numpy.random.Generator, count: int) -> list[str]:
    weights = 1 / (numpy.arange(len(_WORDS)) + 2.7)
    edges = numpy.cumsum(weights) / weights.sum()
    places = numpy.searchsorted(edges, chance.random(count))
    return [_WORDS[place] for place in places]


def _made_words() -> list[str]:
    """Common words, the commonest first; then ones made of what syllables begin and end with."""
    common, onsets, rhymes = (part.split() for part in _LISTS.read_text().split("\n\n"))
    chance = random.Random(6)
    words = dict.fromkeys(common)
    while len(words) < _VOCABULARY:
        syllables = chance.choice((1, 2, 2, 3))
        words["".join(chance.choice(onsets) + chance.choice(rhymes) for _ in range(syllables))] = None
    return list(words)


_WORDS = _made_words()
