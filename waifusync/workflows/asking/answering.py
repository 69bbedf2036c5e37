"""A plan gone through until somebody answers; every attempt is told as it happens, and noted afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from waifusync.core.ask_settings import AskSettings
from waifusync.core.calls import Call, Outcome
from waifusync.core.routing import Choice
from waifusync.errors import UnreachableError, WaifusyncError
from waifusync.repository.environment import scrubbed_environment
from waifusync.sessions.http import Endpoint, Limits
from waifusync.sessions.ollama import Message, Ollama
from waifusync.sessions.reaching import checked
from waifusync.values import NamedTuple
from waifusync.workflows.asking.attempting import Answer, NoAnswer, answer_of, model_there, outcome_of
from waifusync.workflows.asking.call_record import note_calls, task_hash
from waifusync.workflows.asking.candidates import Candidate
from waifusync.workflows.asking.planning import Plan
from waifusync.workflows.companion import Companion, wall_clock

_LONGEST_PAUSE_SECONDS = 60.0


class NobodyAnswered(UnreachableError):
    """All who may be asked were asked. `facts["attempts"]` tells how each try ended."""


class Attempt(NamedTuple):
    """One try of one model on one device. `reason` is "" for an answer."""

    device: str
    model: str
    outcome: Outcome
    reason: str = ""
    seconds: float = 0.0


class Answered(NamedTuple):
    """Who answered what, and every try until then."""

    device: str
    model: str
    answer: Answer
    attempts: tuple[Attempt, ...]


class Listener(Protocol):
    """Hears how it goes while it goes."""

    def begins(self, choice: Choice) -> None:
        """Somebody is being asked."""

    def hears(self, text: str) -> None:
        """The next piece of an answer, which may yet turn out to be none."""

    def fails(self, attempt: Attempt) -> None:
        """There was no answer, though there may have been pieces of one."""


def ask_in_order(
    companion: Companion, plan: Plan, messages: Sequence[Message], listener: Listener
) -> Answered:
    """The first answer that is one. Raises NobodyAnswered. Nothing is remembered but how long it took."""
    asking = _Asking(plan, messages, listener)
    try:
        for choice in plan.route.order:
            answer = asking.ask(choice)
            if answer is not None:
                last = asking.attempts[-1]
                return Answered(last.device, last.model, answer, tuple(asking.attempts))
    finally:
        task = task_hash(companion.state.id, plan.question.task)
        calls = [_call(plan, task, each, asking.answer) for each in asking.attempts]
        note_calls(companion.git.state_directory, calls)
    hint = "look at: waifusync ask --explain …, and start a server with: ollama serve"
    raise NobodyAnswered(_nobody(plan, asking.attempts), hint=hint, attempts=tuple(asking.attempts))


def _nobody(plan: Plan, attempts: Sequence[Attempt]) -> str:
    told = [f"{each.device}: {each.reason}" for each in attempts]
    left_out = [(name, why) for name, why in plan.route.left_out if plan.question.device in ("", name)]
    return f"nobody answered ({'; '.join([*told, *(f'{name}: {why}' for name, why in left_out)])})"


class _Asking:
    """One question on its way; `attempts` grow, and `answer` is that of the last of them."""

    def __init__(self, plan: Plan, messages: Sequence[Message], listener: Listener) -> None:
        self.plan = plan
        self.messages = messages
        self.listener = listener
        self.attempts: list[Attempt] = []
        self.answer: Answer | None = None

    def ask(self, choice: Choice) -> Answer | None:
        """None when the device gives no answer, which has been told then."""
        try:
            with _way(self.plan.candidates[choice.device], self.plan.settings) as endpoint:
                return self._ask_there(Ollama(endpoint, _limits(self.plan.settings)), choice)
        except NoAnswer as failed:
            self._fails(Attempt(choice.device, choice.model, failed.outcome, failed.reason))
        except WaifusyncError as error:
            self._fails(Attempt(choice.device, choice.model, outcome_of(error), error.message))
        return None

    def _ask_there(self, ollama: Ollama, choice: Choice) -> Answer | None:
        """A server without the model may have another one, unless a person wants this one."""
        if choice.model:
            answer = self._try(ollama, choice)
            is_missing = answer is None and self.attempts[-1].outcome is Outcome.MISSING
            if not is_missing or self.plan.question.model:
                return answer
        return self._try(ollama, choice._replace(model=model_there(ollama, other_than=choice.model)))

    def _try(self, ollama: Ollama, choice: Choice) -> Answer | None:
        self.listener.begins(choice)
        num_ctx = self.plan.settings.num_ctx
        try:
            self.answer = answer_of(
                ollama, choice.model, self.messages, num_ctx=num_ctx, on_text=self.listener.hears
            )
        except NoAnswer as failed:
            self._fails(Attempt(choice.device, choice.model, failed.outcome, failed.reason, failed.seconds))
            return None
        done = Attempt(choice.device, choice.model, Outcome.ANSWERED, seconds=self.answer.seconds)
        self.attempts.append(done)
        return self.answer

    def _fails(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        self.listener.fails(attempt)


@contextmanager
def _way(candidate: Candidate, settings: AskSettings) -> Iterator[Endpoint]:
    assert candidate.endpoint is not None
    if not candidate.ssh:
        yield checked(
            candidate.endpoint,
            is_own=candidate.facts.is_here,
            trusted=settings.trusted_networks,
            insecure=settings.insecure,
            seconds=settings.connect_seconds,
        )
        return
    from waifusync.sessions.tunnel import tunnel

    environment = scrubbed_environment(os.environ)
    with tunnel(
        candidate.ssh, candidate.endpoint, environment=environment, seconds=settings.connect_seconds
    ) as near:
        yield near


def _limits(settings: AskSettings) -> Limits:
    pause = min(_LONGEST_PAUSE_SECONDS, settings.first_seconds)
    return Limits(settings.connect_seconds, settings.first_seconds, pause, settings.seconds)


def _call(plan: Plan, task: str, attempt: Attempt, answer: Answer | None) -> Call:
    call = Call(
        wall_clock(),
        attempt.device,
        attempt.model,
        attempt.outcome,
        task=task,
        score=plan.wish.score,
        threshold=plan.wish.threshold,
        letters=len(plan.question.task),
        seconds=attempt.seconds,
    )
    if answer is None or attempt.outcome is not Outcome.ANSWERED:
        return call
    return call._replace(
        answer_letters=len(answer.text),
        first_seconds=answer.first_seconds,
        tokens=answer.tokens,
        tokens_per_second=answer.tokens_per_second,
    )
