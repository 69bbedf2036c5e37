"""`waifusync ask`: asks a model, on the device that suits the task, and remembers what it said."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waifusync.cli.asking import Screen
    from waifusync.workflows.asking.planning import Plan
    from waifusync.workflows.asking.several import Given, Keeping, Ungiven
    from waifusync.workflows.companion import Companion

EXAMPLES = (
    'waifusync ask "what is a fern?"',
    'waifusync ask --explain "why is the sky blue? explain it step by step"',
    'waifusync ask --models phi3:mini,llama3:8b "what is a fern?"',
    'waifusync ask --draft phi3:mini --refine llama3:8b "write a haiku about ferns"',
    'waifusync ask --device jetson --via ssh "are you there?"',
)


def ask(
    text: Annotated[tuple[str, ...], Argument("TEXT...", help="What to ask; - reads it from stdin.")],
    *,
    device: Annotated[str, Option("--device", metavar="NAME", help="Ask this device, and no other.")] = "",
    model: Annotated[str, Option("--model", metavar="NAME", help="Ask this model, wherever it is.")] = "",
    models: Annotated[str, Option("--models", metavar="A,B", help="Ask several, and keep each answer.")] = "",
    draft: Annotated[str, Option("--draft", metavar="NAME", help="This model drafts the answer…")] = "",
    refine: Annotated[str, Option("--refine", metavar="NAME", help="…and this one improves it.")] = "",
    via: Annotated[str, Option("--via", metavar="ssh", help="Reach other devices through ssh.")] = "",
    conversation: Annotated[
        str | None, Option("--conversation", metavar="ID", help="The conversation it belongs to.")
    ] = None,
    explain: Annotated[bool, Option("--explain", help="Only show how hard it is, and whom to ask.")] = False,
    no_remember: Annotated[bool, Option("--no-remember", help="Do not keep the answer.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Ask a model: hard tasks go to the strong device, easy ones to the weak one.

    Who does not answer in time is passed over, and that is said. Exit code 4: nobody answered, or not every
    model that was asked for.
    """
    from waifusync.cli import asking
    from waifusync.workflows.asking.planning import Question, plan_question
    from waifusync.workflows.asking.several import Keeping
    from waifusync.workflows.companion import Companion

    if via not in ("", "ssh"):
        raise UsageError(f"--via {via} is no way there", hint="leave it out, or write --via ssh")
    wanted = _wanted(model, models, draft, refine)
    question = Question(_task(text), device, via_ssh=via == "ssh")
    companion = Companion.find(directory)
    plans = [plan_question(companion, question._replace(model=each)) for each in wanted]
    if explain:
        output.answer_json(asking.plan_json(plans[0])) if json else asking.show_plan(plans[0])
        return ExitCode.DONE
    screen = asking.Screen(is_shown=not json)
    keeping = Keeping(not no_remember, conversation)
    if draft:
        results = _refined(companion, plans, keeping, screen)
    else:
        results = _each(companion, plans, keeping, screen)
    if json:
        output.answer_json(asking.answers_json(plans[0], results))
    return _code(results)


def _code(results: Sequence[Given | Ungiven]) -> int:
    """Worse than a model that did not answer is an answer that could not be kept."""
    from waifusync.workflows.asking.several import Ungiven

    codes = [
        ExitCode.UNREACHABLE
        if isinstance(each, Ungiven)
        else each.unkept.code
        if each.unkept
        else ExitCode.DONE
        for each in results
    ]
    return next((code for code in codes if code not in (ExitCode.DONE, ExitCode.UNREACHABLE)), max(codes))


def _wanted(model: str, models: str, draft: str, refine: str) -> list[str]:
    """The models to ask, in order; "" is the one that the router chooses."""
    if sum(map(bool, (model, models, draft or refine))) > 1:
        raise UsageError("--model, --models and --draft do not go together", hint="see: waifusync ask --help")
    if bool(draft) != bool(refine):
        raise UsageError("--draft and --refine belong together", hint="name a small model and a large one")
    if draft:
        return [draft, refine]
    several = list(dict.fromkeys(each.strip() for each in models.split(",") if each.strip()))
    if models and not several:
        raise UsageError("--models names none", hint="write them with commas: --models a,b")
    return several or [model]


def _task(words: Sequence[str]) -> str:
    if list(words) == ["-"]:
        return sys.stdin.read() if sys.stdin is not None else ""
    return " ".join(words)


def _each(
    companion: Companion, plans: Sequence[Plan], keeping: Keeping, screen: Screen
) -> list[Given | Ungiven]:
    from waifusync.cli.asking import heading_of
    from waifusync.workflows.asking.several import Ungiven, ask_each

    results: list[Given | Ungiven] = []
    for result in ask_each(companion, plans, keeping, screen):
        results.append(result)
        if not isinstance(result, Ungiven):
            screen.shows(result, heading=heading_of(result) if len(plans) > 1 else "")
        elif len(plans) == 1:
            raise result.error
        else:
            output.warn(output.plain(f"{result.model}: {result.error.message}"))
    return results


def _refined(
    companion: Companion, plans: Sequence[Plan], keeping: Keeping, screen: Screen
) -> list[Given | Ungiven]:
    from waifusync.cli.asking import Screen
    from waifusync.workflows.asking.several import Given, Ungiven, ask_refined

    unseen = Screen(is_shown=False)
    draft, refined = ask_refined(companion, (plans[0], plans[1]), keeping, (unseen, screen))
    if isinstance(refined, Given):
        screen.shows(refined)
        return [draft, refined]
    if isinstance(draft, Ungiven):
        raise refined.error
    output.warn(output.plain(f"nobody improved the draft: {refined.error.message}"))
    screen.shows(draft)
    return [draft, refined]
