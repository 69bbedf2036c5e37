"""What waifusync.toml says of the personality."""

from __future__ import annotations

from waifusync.values import NamedTuple


class PersonalitySettings(NamedTuple):
    """How much of what one device adapts to all others share, from 0 to 1."""

    adaptation_rate: float = 0.1
