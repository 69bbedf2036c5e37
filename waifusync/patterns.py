"""Regular expressions that are compiled when first used: a command declares dozens, and meets few."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import compile as pattern
    from typing import Any
else:

    def pattern(text: str | bytes, flags: int = 0) -> _Pattern:
        return _Pattern(text, flags)


class _Pattern:
    """What `re.compile` gives: each method and attribute is taken over when it is first asked for."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._given: tuple[Any, int] = text, flags  # Any: text or bytes

    def __getattr__(self, name: str) -> Any:  # Any: whatever a compiled pattern has
        import re

        text, flags = self._given

        taken = getattr(re.compile(text, flags), name)
        setattr(self, name, taken)
        return taken


__all__ = ["pattern"]
