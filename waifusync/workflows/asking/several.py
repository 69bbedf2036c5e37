"""One question to one model, to several, or to two of which one drafts and the other improves.

Each answer is kept as a memory as soon as it is whole, under the device and model that gave it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from waifusync.errors import WaifusyncError
from waifusync.sessions.ollama import Message
from waifusync.values import NamedTuple
from waifusync.workflows.asking.answering import Answered, Attempt, Listener, NobodyAnswered, ask_in_order
from waifusync.workflows.asking.planning import Plan
from waifusync.workflows.companion import Companion

_IMPROVE = (
    "Improve your last answer: correct what is wrong, add what is missing, keep its language."
    " Reply with the improved answer alone."
)


class Keeping(NamedTuple):
    """Whether answers become memories, and of which conversation."""

    is_wanted: bool = True
    conversation: str | None = None


class Given(NamedTuple):
    """One answer. `key` is its memory's; None where none was wanted, or `unkept` says why there is none."""

    answered: Answered
    key: str | None = None
    unkept: WaifusyncError | None = None


class Ungiven(NamedTuple):
    """Nobody answered for this model."""

    model: str
    error: NobodyAnswered

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        found = self.error.facts["attempts"]
        assert isinstance(found, tuple)
        return found


def ask_each(
    companion: Companion, plans: Sequence[Plan], keeping: Keeping, listener: Listener
) -> Iterator[Given | Ungiven]:
    """What each plan came to, one after the other."""
    for plan in plans:
        messages = [_said("user", plan.question.task)]
        yield _asked(companion, plan, messages, keeping, listener)


def ask_refined(
    companion: Companion, plans: tuple[Plan, Plan], keeping: Keeping, listeners: tuple[Listener, Listener]
) -> tuple[Given | Ungiven, Given | Ungiven]:
    """The draft and its improvement. The draft is kept only where nobody improved it; where there is none,
    the second model gets the plain task."""
    first, second = plans
    task = _said("user", first.question.task)
    draft = _asked(companion, first, [task], Keeping(is_wanted=False), listeners[0])
    messages = [task]
    if isinstance(draft, Given):
        messages += [_said("assistant", draft.answered.answer.text), _said("user", _IMPROVE)]
    refined = _asked(companion, second, messages, keeping, listeners[1])
    if isinstance(refined, Ungiven) and isinstance(draft, Given):
        draft = _kept(companion, first, draft.answered, keeping)
    return draft, refined


def _said(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _asked(
    companion: Companion, plan: Plan, messages: Sequence[Message], keeping: Keeping, listener: Listener
) -> Given | Ungiven:
    try:
        answered = ask_in_order(companion, plan, messages, listener)
    except NobodyAnswered as error:
        return Ungiven(plan.question.model, error)
    return _kept(companion, plan, answered, keeping)


def _kept(companion: Companion, plan: Plan, answered: Answered, keeping: Keeping) -> Given:
    """An answer that cannot be kept is still an answer."""
    if not keeping.is_wanted:
        return Given(answered)
    from waifusync.workflows.remembering import remember  # takes as long as all before the first request

    values = {
        "user_input": plan.question.task,
        "ai_response": answered.answer.text,
        "conversation_id": keeping.conversation,
        "model_used": answered.model,
        "device_id": answered.device,
    }
    try:
        return Given(answered, remember(companion, values).key)
    except WaifusyncError as error:
        return Given(answered, unkept=error)
