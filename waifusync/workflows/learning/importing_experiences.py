"""Experiences as JSON, one thing or a file of many: read twice, so that a mistake in the last line is found
before the first was taken in; never held in memory as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from waifusync.core.learning.delivery import Delivery
from waifusync.core.learning.gathered import delivery_of
from waifusync.core.learning.merged import Merged
from waifusync.core.strict_json import load_object
from waifusync.errors import UsageError
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.experiences import check, deliver

_MOST_BYTES = 64 << 20


def add_experience(companion: Companion, content: bytes) -> Merged:
    """An event, a batch or a state. Raises UsageError with the path of what is wrong."""
    return deliver(companion, [_read(content)])


def count_experiences(file: BinaryIO) -> int:
    """How many lines hold something, all of them right. Raises UsageError with line and path."""
    return sum(1 for _ in _deliveries(file))


def import_experiences(companion: Companion, file: BinaryIO, advance: Callable[[], None]) -> Merged:
    """All of a file that was counted, or nothing."""
    file.seek(0)

    def told() -> Iterator[Delivery]:
        for each in _deliveries(file):
            yield each
            advance()

    return deliver(companion, told())


def _deliveries(file: BinaryIO) -> Iterator[Delivery]:
    number = 0
    while line := file.readline(_MOST_BYTES + 2):
        number += 1
        if line.strip():
            try:
                yield _read(line)
            except UsageError as error:
                raise UsageError(
                    f"line {number}: {error.message}", hint=error.hint, line=number, **error.facts
                ) from None


def _read(content: bytes) -> Delivery:
    try:
        value, _ = load_object(content, most_bytes=_MOST_BYTES)
    except ValueError as error:
        raise UsageError(str(error), hint="an event, a batch or a state: docs/experiences.md") from None
    delivery = delivery_of(value)
    check(delivery)
    return delivery
