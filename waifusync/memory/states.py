"""Where a record can be."""

from __future__ import annotations

import enum


class State(enum.IntEnum):
    """Where a record is: in its table; deleted; alive, but kept out of its table for a reason; or alive, and
    its content in the log only, to save room on this device."""

    PLACED = 0
    DELETED = 1
    ASIDE = 2
    SHELVED = 3
