"""How asking looks: an answer as it comes, who was asked and in vain, and a plan with its reasons."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from waifusync.cli import output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waifusync.core.routing import Choice
    from waifusync.workflows.asking.answering import Attempt
    from waifusync.workflows.asking.planning import Plan
    from waifusync.workflows.asking.several import Given, Ungiven


class Screen:
    """Pieces go to a terminal as they come; into a file or a pipe goes nothing but a whole answer."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_live = is_shown and sys.stdout is not None and sys.stdout.isatty()
        self._is_shown = is_shown
        self._heard = ""

    def begins(self, choice: Choice) -> None:
        self._heard = ""
        if self._is_shown:
            why = f": {'; '.join(choice.reasons)}" if choice.reasons else ""
            output.say(output.paint(f"{_who(choice.device, choice.model)}{output.plain(why)}", "dim"))

    def hears(self, text: str) -> None:
        self._heard += text
        if self._is_live:
            output.piece(text)

    def fails(self, attempt: Attempt) -> None:
        if self._is_live and self._heard:
            output.piece("\n")
            output.warn("what stands above is no answer: it broke off")
        after = f" after {attempt.seconds:.1f} s" if attempt.seconds >= 1 else ""
        told = f"{_who(attempt.device, attempt.model)} gave no answer{after}: {attempt.reason}"
        output.warn(output.plain(told))
        self._heard = ""

    def shows(self, given: Given, *, heading: str = "") -> None:
        """The whole answer, or the end of what was shown as it came."""
        text = output.harmless(given.answered.answer.text).rstrip()
        if self._is_live and self._heard:
            output.piece("\n")
        elif self._is_shown:
            output.answer(f"{heading}{text}")
        if given.unkept is not None:
            output.warn(f"the answer was not remembered: {output.plain(given.unkept.message)}")


def _who(device: str, model: str) -> str:
    return output.plain(f"{device} ({model})" if model else device)


def heading_of(given: Given) -> str:
    """What stands above one of several answers."""
    return f"{_who(given.answered.device, given.answered.model)}:\n"


def show_plan(plan: Plan) -> None:
    """The score and its parts, then the order with its reasons, then who is left out."""
    wish = plan.wish
    level = "hard" if wish.score >= wish.threshold else "easy"
    output.answer(f"{level}: score {wish.score:g}, threshold {wish.threshold:g}")
    for part in plan.parts:
        output.answer(f"  {part.name:<11} {part.points:<5g}  {output.plain(part.found)}")
    for place, choice in enumerate(plan.route.order, start=1):
        who = _who(choice.device, choice.model)
        output.answer(f"{place}. {who}: {output.plain('; '.join(choice.reasons))}")
    for device, reason in plan.route.left_out:
        output.answer(f"not asked: {output.plain(device)}: {output.plain(reason)}")


def plan_json(plan: Plan) -> dict[str, object]:
    """The documented shape of `ask --explain --json`."""
    return {
        "score": plan.wish.score,
        "threshold": plan.wish.threshold,
        "parts": [part._asdict() for part in plan.parts],
        "order": [choice._asdict() for choice in plan.route.order],
        "left_out": [{"device": device, "reason": reason} for device, reason in plan.route.left_out],
    }


def answers_json(plan: Plan, results: Sequence[Given | Ungiven]) -> dict[str, object]:
    """The documented shape of `ask --json`."""
    from waifusync.workflows.asking.several import Given, Ungiven

    attempts = [
        attempt._asdict()
        for each in results
        for attempt in (each.answered.attempts if isinstance(each, Given) else each.attempts)
    ]
    return {
        "score": plan.wish.score,
        "threshold": plan.wish.threshold,
        "answers": [_answer_json(each) for each in results if isinstance(each, Given)],
        "unanswered": [each.model for each in results if isinstance(each, Ungiven)],
        "attempts": attempts,
    }


def _answer_json(given: Given) -> dict[str, object]:
    text, first_seconds, seconds, tokens, speed = given.answered.answer
    who = {"device": given.answered.device, "model": given.answered.model, "key": given.key}
    times = {"first_seconds": first_seconds, "seconds": seconds}
    return {"answer": text, **who, **times, "tokens": tokens, "tokens_per_second": speed}
