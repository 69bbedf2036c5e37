"""What a person may choose about embeddings: [embed] in waifusync.toml, and what holds unless they did."""

from __future__ import annotations

from waifusync.values import NamedTuple


class EmbedSettings(NamedTuple):
    """`model` "" stands for hashed n-grams, which need none. `device` "" lets any device compute; with a
    name, the others receive. `batch`: texts in one request."""

    model: str = ""
    device: str = ""
    batch: int = 32
