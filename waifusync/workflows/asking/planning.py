"""Who would be asked, in which order, and why: all that `ask --explain` shows. Nobody is asked here."""

from __future__ import annotations

from waifusync.core.ask_settings import AskSettings
from waifusync.core.complexity import Part, complexity_parts, complexity_score
from waifusync.core.routing import Route, Wish, route
from waifusync.errors import UsageError
from waifusync.values import NamedTuple
from waifusync.workflows.asking.call_record import read_calls
from waifusync.workflows.asking.candidates import Candidate, candidates, facts_to_route
from waifusync.workflows.companion import Companion, wall_clock
from waifusync.workflows.device_facts import all_facts, find_device


class Question(NamedTuple):
    """What to ask, and what a person decided themselves; "" leaves it to the router."""

    task: str
    device: str = ""
    model: str = ""
    via_ssh: bool = False


class Plan(NamedTuple):
    """The order to ask in, with all that it was made of; `candidates` by the device's name."""

    question: Question
    settings: AskSettings
    parts: tuple[Part, ...]
    wish: Wish
    route: Route
    candidates: dict[str, Candidate]


def plan_question(companion: Companion, question: Question) -> Plan:
    """Raises UsageError for an empty task or one in another encoding, and for a device that nobody knows."""
    if not question.task.strip():
        raise UsageError("there is nothing to ask in an empty text", hint="waifusync ask TEXT")
    if any("\ud800" <= letter <= "\udfff" for letter in question.task):
        raise UsageError("the task is not UTF-8", hint="check the terminal's or the program's encoding")
    settings = companion.config.ask
    known = all_facts(companion)
    if question.device:
        question = question._replace(device=find_device(known, question.device).name)
    found = candidates(known, settings, via_ssh=question.via_ssh)
    wish = Wish(
        score=complexity_score(question.task),
        threshold=settings.threshold,
        device=question.device,
        model=question.model,
        first_seconds=settings.first_seconds,
    )
    calls = read_calls(companion.git.state_directory)
    chosen = route(wish, facts_to_route(found, calls, now=wall_clock()))
    by_name = {each.facts.name: each for each in found}
    return Plan(question, settings, complexity_parts(question.task), wish, chosen, by_name)
