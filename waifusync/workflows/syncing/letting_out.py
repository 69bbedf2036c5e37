"""T26: what a commit is about to carry out of this device is looked through while it can still be changed.

    nothing found               it goes
    to be redacted              redacted, here and in what is not sent yet, and then it goes
    a secret                    it waits, with all that was said after it: a log has no gaps
    a secret, layout database   nothing is committed: a snapshot holds the tables as they are

What others said is taken in all the same. A person answers (`waifusync secrets`), here or on a terminal.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING

from waifusync.errors import RefusedError

if TYPE_CHECKING:  # patterns take a while to be made, and most runs have nothing to look through
    from waifusync.core.learning.withheld import Withheld
    from waifusync.log.writing import Edits
    from waifusync.memory.live import Outgoing
    from waifusync.workflows.syncing.under_way import UnderWay


class Answer(str, enum.Enum):
    """What a person says about something that was kept back."""

    SEND = "send"
    REDACT = "redact"
    KEEP = "keep"


class SecretsWait(RefusedError):
    """Something that looks like a secret was not let out of this device. Facts: withheld."""


def let_out(sync: UnderWay, outgoing: Outgoing, *, most_bytes: int) -> Outgoing:
    """As much of it as may go. Raises SecretsWait in the layout that cannot leave anything out."""
    if sync.companion.config.safety.lets_all_out or not outgoing.lines:
        return outgoing
    from waifusync.workflows.syncing.looking_through import look_through

    return look_through(sync, outgoing, most_bytes=most_bytes)


def let_out_files(sync: UnderWay, edits: Edits) -> Edits:
    """This device's sessions without those that hold a secret; these wait, and the others go."""
    if sync.companion.config.safety.lets_all_out or not edits.write:
        return edits
    from waifusync.workflows.syncing.looking_through_sessions import look_through_sessions

    return look_through_sessions(sync, edits)


def secrets_wait(withheld: Sequence[Withheld]) -> SecretsWait:
    """What to say, and what to do about it."""
    kinds = ", ".join(sorted({kind for each in withheld for kind in each.kinds}))
    what = f"{len(withheld)} records hold" if len(withheld) > 1 else f"{withheld[0].key} holds"
    return SecretsWait(
        f"{what} what looks like a secret ({kinds}): kept back on this device, with what was said after it",
        hint="waifusync secrets list shows where; waifusync secrets redact, keep or send KEY answers",
        withheld=list(withheld),
    )
