"""`waifusync personality …`: traits and emotions, what changed them and why, and taking that back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.workflows.learning.personality import Wish

EXAMPLES = (
    "waifusync personality set curiosity 0.8",
    'waifusync personality adapt warmth --by 0.2 --why "a long talk"',
    "waifusync personality adapt joy --emotion --toward 0.9",
    "waifusync personality history",
    "waifusync personality rollback 7k3q9x2a-17",
)

EmotionOption = Annotated[
    bool, Option("--emotion", help="It is how the companion feels, not what it is like.")
]
WhyOption = Annotated[str, Option("--why", metavar="TEXT", help="What for; it stands in the history.")]
NameArgument = Annotated[str, Argument("NAME", help="What it is called, such as curiosity.")]


def show(
    *,
    device: Annotated[
        str | None, Option("--device", "-d", metavar="NAME", help="As this device or source shows it.")
    ] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Each trait and emotion from 0 to 1: as all devices share it, and as this one shows it."""
    from waifusync.cli.learning.personality_words import value_json
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.personality import read_personality
    from waifusync.workflows.learning.sources import Sources

    companion = Companion.find(directory)
    personality, source = read_personality(companion), companion.state.id
    if device is not None:
        source = Sources(companion).find(device, [each.change.source for each in personality.steps])
    told = [value_json(personality, *subject, source=source) for subject in sorted(personality.values)]
    if json:
        output.answer_json({"source": source, "values": told})
    elif told:
        columns = ("kind", "name", "shared", "own", "shown")
        rows = [[_cell(each[column]) for column in columns] for each in told]
        output.answer_table(("", *columns[1:]), rows)
    else:
        output.answer("Nothing is known of its personality yet: waifusync personality set NAME VALUE")
    return ExitCode.DONE


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def put(
    name: NameArgument,
    value: Annotated[float, Argument("VALUE", help="From 0 to 1.")],
    *,
    emotion: EmotionOption = False,
    why: WhyOption = "",
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Put a trait at a value, on every device. What devices had of it on top is taken away."""
    from waifusync.core.learning.characteristics import checked_share

    wish = _wish("set", name, emotion=emotion, why=why)
    return _tell(wish._replace(target=checked_share(value, "VALUE")), directory, json=json)


def adapt(
    name: NameArgument,
    *,
    toward: Annotated[
        float | None, Option("--toward", metavar="VALUE", help="What it is moved to here, from 0 to 1.")
    ] = None,
    by: Annotated[
        float | None, Option("--by", metavar="STEP", help="By how much it is moved here, from -1 to 1.")
    ] = None,
    emotion: EmotionOption = False,
    why: WhyOption = "",
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Move a trait on this device, and on the others by a share of it (adaptation_rate)."""
    from waifusync.core.learning.characteristics import checked_share

    if (toward is None) == (by is None):
        raise UsageError("say either --toward or --by", hint="waifusync personality adapt NAME --by 0.1")
    wish = _wish("adapt", name, emotion=emotion, why=why)
    if toward is not None:
        wish = wish._replace(target=checked_share(toward, "--toward"))
    if by is not None:
        wish = wish._replace(delta=checked_share(by, "--by", least=-1))
    return _tell(wish, directory, json=json)


def _wish(act: str, name: str, *, emotion: bool, why: str) -> Wish:
    from waifusync.core.learning.characteristics import checked_name, checked_reason
    from waifusync.core.learning.personality import Act, Kind
    from waifusync.workflows.learning.personality import Wish

    kind = Kind.EMOTION if emotion else Kind.TRAIT
    return Wish(Act(act), kind, checked_name(name, "NAME"), why=checked_reason(why, "--why"))


def _tell(wish: Wish, directory: Path, *, json: bool) -> int:
    from waifusync.cli.learning.personality_words import step_json, step_words
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.personality import change_personality
    from waifusync.workflows.learning.sources import Sources

    companion = Companion.find(directory)
    step = change_personality(companion, wish)
    if json:
        output.answer_json(step_json(step, Sources(companion)))
    else:
        output.answer(output.plain(f"{step.change.key}: {step_words(step)}."))
        output.say("The other devices know with the next push.")
    return ExitCode.DONE


def history(
    name: Annotated[str | None, Argument("[NAME]", help="Only this trait or emotion.")] = None,
    *,
    most: Annotated[int | None, Option("-n", metavar="COUNT", help="Only the newest so many.")] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """What changed it, when, where, by how much and why; oldest first. Voided changes say by what."""
    from waifusync.cli.learning.personality_words import step_json, step_line
    from waifusync.core.learning.characteristics import checked_name
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.personality import read_personality
    from waifusync.workflows.learning.sources import Sources

    if most is not None and most < 0:
        raise UsageError(f"-n {most} is less than nothing", hint="leave -n out to see everything")
    wanted = None if name is None else checked_name(name, "NAME")
    companion = Companion.find(directory)
    steps = [
        each
        for each in read_personality(companion).steps
        if each.change.name in (wanted or each.change.name, "")
    ]
    sources = Sources(companion)
    if not steps and not json:
        output.answer("Nothing has changed it yet.")
    for step in steps[len(steps) - most :] if most is not None and most < len(steps) else steps:
        if json:
            output.answer_json(step_json(step, sources))
        else:
            output.answer(output.plain(step_line(step, sources)))
    return ExitCode.DONE


def rollback(
    point: Annotated[str, Argument("POINT", help="The last change that is to stay, or a time.")],
    *,
    why: WhyOption = "",
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Void every change after a point, on every device. They are kept, and a rollback can be rolled back."""
    from waifusync.cli.learning.personality_words import step_json
    from waifusync.core.learning.characteristics import checked_reason
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.personality import roll_back
    from waifusync.workflows.learning.sources import Sources

    companion = Companion.find(directory)
    done = roll_back(companion, point, why=checked_reason(why, "--why"))
    if json:
        told = step_json(done.rollback, Sources(companion))
        output.answer_json({**told, "voided": done.voided, "back": done.back})
    else:
        words = f"voided {output.count(len(done.voided), 'change')}, brought {len(done.back)} back"
        output.answer(f"{done.rollback.change.key}: {words}.")
        output.say("The other devices know with the next push.")
    return ExitCode.DONE
