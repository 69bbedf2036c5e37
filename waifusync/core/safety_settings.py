"""What a person may choose about what leaves a device: [safety] in waifusync.toml, and its defaults."""

from __future__ import annotations

import enum

from waifusync.values import NamedTuple

# What is sought only where somebody asked for it.
PERSONAL_KINDS = ("email", "phone", "card")


class OnSecret(str, enum.Enum):
    """What happens to a key, a token or a password that is about to leave."""

    ASK = "ask"
    REDACT = "redact"
    REFUSE = "refuse"
    ALLOW = "allow"


class SafetySettings(NamedTuple):
    """`redact` names what else is taken out on its way: "email", "phone", "card"."""

    secrets: OnSecret = OnSecret.ASK
    redact: tuple[str, ...] = ()

    @property
    def lets_all_out(self) -> bool:
        """Whether there is nothing to look for."""
        return self.secrets is OnSecret.ALLOW and not self.redact
