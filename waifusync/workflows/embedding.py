"""`embed`: a vector for each memory that lacks one, or whose text or model changed; batch by batch.

Whatever was done before a failure, or before somebody interrupted, stays done: the next run goes on there.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from array import array
from collections.abc import Callable, Sequence

from waifusync.core import ngrams
from waifusync.core.embed_settings import EmbedSettings
from waifusync.core.events import INGEST_VECTORS
from waifusync.core.routing import is_same_model
from waifusync.core.vectors import is_vector
from waifusync.errors import RefusedError
from waifusync.memory.embeddings import (
    Missing,
    Source,
    look_through,
    make_table,
    remove_orphans,
    write_vectors,
)
from waifusync.sessions.http import Endpoint, NotOllama
from waifusync.sessions.ollama import Ollama
from waifusync.values import NamedTuple
from waifusync.workflows.asking.candidates import own_server
from waifusync.workflows.companion import Companion
from waifusync.workflows.device_facts import all_facts, find_device, own_facts
from waifusync.workflows.remembering import memories_table
from waifusync.workflows.working import Work, at_work


class Embedder(NamedTuple):
    """Who makes vectors: texts in, as many out."""

    source: Source
    vectors_of: Callable[[Sequence[str]], list[list[float]]]


class Embedded(NamedTuple):
    """What one run came to. `elsewhere`: the device that was chosen to do it, "" for this one."""

    model: str
    made: int = 0
    known: int = 0
    removed: int = 0
    elsewhere: str = ""


def embed(companion: Companion, *, model: str | None, here: bool, on_look: Callable[[int], None]) -> Embedded:
    """`model` None is the one that was chosen; `here` computes although another device was to.

    `on_look` is told how many memories were looked at. Raises RefusedError without the model, and as Ollama.
    """
    settings = companion.config.embed
    chosen = settings.model if model is None else model
    elsewhere = _elsewhere(companion, settings)
    if elsewhere and not here:
        return Embedded(chosen or ngrams.MODEL, elsewhere=elsewhere)
    embedder = _embedder(companion, chosen)
    with at_work(companion, "embed") as work:
        _prepare(work)
        try:
            made, known = _fill(work.memory.connection, embedder, settings.batch, on_look)
            removed = remove_orphans(work.memory.connection)
        finally:
            work.collect()
    if made or removed:
        companion.emit(INGEST_VECTORS, {"made": made, "removed": removed})
    return Embedded(embedder.source.model, made, known, removed)


def _elsewhere(companion: Companion, settings: EmbedSettings) -> str:
    """Another device that was chosen, by the name it has now."""
    if not settings.device:
        return ""
    found = find_device(all_facts(companion), settings.device)
    return "" if found.is_here else found.name


def _embedder(companion: Companion, model: str) -> Embedder:
    if model in ("", ngrams.MODEL):
        return Embedder(Source(ngrams.MODEL, ""), lambda texts: [ngrams.ngram_vector(text) for text in texts])
    ollama = Ollama(Endpoint.of(own_facts(companion).endpoint or own_server(os.environ)))
    found = next((each for each in ollama.models() if is_same_model(each.name, model)), None)
    if found is None:
        raise RefusedError(f"{ollama.endpoint} has no model {model}", hint=f"run: ollama pull {model}")
    return Embedder(Source(found.name, found.digest), lambda texts: ollama.embed(found.name, texts))


def _prepare(work: Work) -> None:
    """Every memory has its key, and the table is there and is watched."""
    work.collect()
    memories_table(work.memory.catalog())
    if make_table(work.memory.connection):
        work.collect()


def _fill(
    connection: sqlite3.Connection, embedder: Embedder, batch: int, on_look: Callable[[int], None]
) -> tuple[int, int]:
    """How many were made, and how many were there."""
    made = known = 0
    waiting: list[Missing] = []
    for found in look_through(connection, embedder.source):
        if found is None:
            known += 1
        else:
            waiting.append(found)
        if len(waiting) >= batch:
            made += _make(connection, embedder, waiting)
            waiting = []
        on_look(1)
    return made + _make(connection, embedder, waiting), known


def _make(connection: sqlite3.Connection, embedder: Embedder, waiting: Sequence[Missing]) -> int:
    """One request, then one transaction: no program waits for a server."""
    if waiting:
        vectors = embedder.vectors_of([each.text for each in waiting])
        packed = [_packed(each, embedder.source.model) for each in vectors]
        write_vectors(connection, embedder.source, list(zip(waiting, packed, strict=True)))
    return len(waiting)


def _packed(numbers: Sequence[float], model: str) -> bytes:
    """Little-endian float32. Raises NotOllama for what is no vector of finite numbers."""
    try:
        packed = array("f", numbers)
    except (TypeError, OverflowError):
        raise NotOllama(f"{model} gave something else than vectors") from None
    if sys.byteorder == "big":
        packed.byteswap()
    if not is_vector(packed.tobytes()):
        raise NotOllama(f"{model} gave a vector that no text has")
    return packed.tobytes()
