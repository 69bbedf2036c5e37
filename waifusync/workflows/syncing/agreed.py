"""waifusync.toml is what the devices agree on. Somebody's git may take it away, by reverting the commit that
made it: then nothing says any more what git keeps of the memories, and other devices refuse what they get.
"""

from __future__ import annotations

from waifusync.config import FILE_NAME
from waifusync.workflows.syncing.next_commit import Base
from waifusync.workflows.syncing.under_way import UnderWay


def keep_agreed(sync: UnderWay, base: Base) -> None:
    """A next commit without it gets it back, as the newest commit has it that is known here."""
    if not base.parents or FILE_NAME in base.write or FILE_NAME in base.take:
        return
    if FILE_NAME not in base.delete and _at(sync, base.parents[0]) is not None:
        return
    known = (_at(sync, commit) for commit in (sync.remote, sync.branch, sync.held, sync.seen))
    agreed = next((content for content in known if content is not None), None)
    if agreed is not None:
        base.write[FILE_NAME] = agreed
        base.delete = [path for path in base.delete if path != FILE_NAME]
        sync.outcome.repaired.append(f"{FILE_NAME} had been taken away: written as it was")


def _at(sync: UnderWay, commit: str | None) -> bytes | None:
    return sync.reader.read(f"{commit}:{FILE_NAME}") if commit else None
