"""A session as the commands tell of it: one shape of JSON, one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.cli import output

if TYPE_CHECKING:
    from waifusync.core.conversation import Branch
    from waifusync.core.session import Session
    from waifusync.workflows.sessions.shelf import Shelf


def session_json(session: Session) -> dict[str, object]:
    """The documented shape of a session in every `session … --json`."""
    continues = session.continues
    return {
        "session": session.id,
        "conversation": session.conversation,
        "device": session.device,
        "model": str(session.model.get("name") or ""),
        "continues": continues.to_json() if continues else None,
        "updated": str(session.value.get("updated_at") or ""),
        "checkpoints": sorted(session.checkpoints),
    }


def branch_json(branch: Branch, *, is_fork: bool) -> dict[str, object]:
    """A session as the end of a conversation: with the turns of all devices that lead to it."""
    return {
        **session_json(branch.session),
        "turns": len(branch.turns),
        "whole": branch.is_whole,
        "fork": is_fork,
    }


def title(session: Session, turns: int) -> str:
    """Above a transcript."""
    told = f"{session.id}, conversation {session.conversation}, {output.count(turns, 'turn')}"
    return output.plain(told)


def shelf_in(directory: Path) -> Shelf:
    """All sessions of the companion that the folder lies in."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.sessions.shelf import open_shelf

    return open_shelf(Companion.find(directory))


def answer_id(told: dict[str, object], *, json: bool) -> None:
    """What a script needs of a session that was begun."""
    if json:
        output.answer_json(told)
    else:
        output.answer(str(told["session"]))
