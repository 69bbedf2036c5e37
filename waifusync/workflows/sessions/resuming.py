"""Taking a conversation up again: which branch, in which session of this device, and by which way."""

from __future__ import annotations

import os
from pathlib import Path

from waifusync.core.conversation import Branch, branch_of, forked, held_tokens
from waifusync.core.resuming import Plan, Server, resume_plan
from waifusync.core.session import Session
from waifusync.errors import UsageError, WaifusyncError
from waifusync.sessions.http import Endpoint
from waifusync.sessions.model_memory import Known, ModelMemory
from waifusync.sessions.ollama import Ollama
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion
from waifusync.workflows.local_state import write_atomically
from waifusync.workflows.sessions.beginning import go_on
from waifusync.workflows.sessions.shelf import Shelf

# What a server takes of itself differs between a laptop and a board: it is always said.
DEFAULT_NUM_CTX = 4096
_LEAST_NUM_CTX, _MOST_NUM_CTX = 64, 1 << 20


class Resumption(NamedTuple):
    """`session` is this device's, to which what comes next is saved; `apart` counts the branches."""

    session: Session
    branch: Branch
    plan: Plan
    model: str
    known: Known | None
    apart: int
    is_new: bool


def ollama_at(endpoint: str | None) -> Ollama:
    """The server named, or else where OLLAMA_HOST says, or this machine's. Raises UsageError."""
    return Ollama(Endpoint.of(endpoint or os.environ.get("OLLAMA_HOST") or "127.0.0.1"))


def model_memory(companion: Companion) -> ModelMemory:
    def write(file: Path, text: str) -> None:
        write_atomically(file, text)

    return ModelMemory(companion.git.state_directory / "models.json", write)


def choose_branch(shelf: Shelf, name: str | None) -> tuple[Branch, int]:
    """The newest that has the named session's last turn, or the conversation's newest; and how many went
    apart."""
    conversation = shelf.conversation(name)
    found = shelf.branches(conversation)
    apart = max(1, len(forked(found)))
    if name is None or name == conversation:
        return found[0], apart
    session = shelf.session(name)
    itself = [each for each in found if each.session.id == session.id]
    later = [each for each in found if session.last_turn in {turn.id for turn in each.turns}]
    return next(iter([*itself, *later]), branch_of(shelf.sessions, session)), apart


def chosen_num_ctx(wanted: int | None, session: Session | None) -> int:
    """Raises UsageError for what no model has."""
    known = session.model.get("num_ctx") if session else None
    num_ctx = wanted or (known if type(known) is int else None) or DEFAULT_NUM_CTX
    if not _LEAST_NUM_CTX <= num_ctx <= _MOST_NUM_CTX:
        raise UsageError(
            f"a context of {num_ctx} tokens is none that a model has",
            hint=f"write a number from {_LEAST_NUM_CTX} to {_MOST_NUM_CTX}",
        )
    return num_ctx


def resume(
    shelf: Shelf,
    name: str | None,
    *,
    ollama: Ollama,
    model: str | None = None,
    num_ctx: int | None = None,
) -> Resumption:
    """The server is asked only where there are tokens that it might take; being away is no failure here."""
    branch, apart = choose_branch(shelf, name)
    chosen = model or str(branch.session.model.get("name") or "")
    held = held_tokens(shelf.sessions, branch)
    known, trouble = None, ""
    if held is not None and chosen:
        try:
            known = model_memory(shelf.companion).look_up(ollama, chosen)
        except WaifusyncError as error:
            trouble = f"the server could not be asked for its tokenizer: {error.message}"
    server = known.server if known else Server()
    plan = resume_plan(branch.messages, held, server, num_ctx=chosen_num_ctx(num_ctx, branch.session))
    begun = go_on(shelf, branch)
    plan = plan._replace(reason=trouble or plan.reason)
    return Resumption(begun.session, branch, plan, chosen, known, apart, begun.is_new)
