"""A guard that can be taken out of our own code."""

from __future__ import annotations

from typing import NamedTuple


class Out(NamedTuple):
    """`text` occurs once in `file`; with `instead` in its place the guard is gone and all else still runs.

    `what` says in words what is gone then; each of `names`, tests in `tests`, must fail.
    """

    trap: str
    what: str
    file: str
    text: str
    instead: str
    tests: str
    names: tuple[str, ...]

    @property
    def ids(self) -> list[str]:
        """As pytest names them."""
        return [f"{self.tests}::{name}" for name in self.names]
