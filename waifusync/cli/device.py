"""`waifusync device …`: who the companion's devices are, and what this one tells the others about itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.workflows.device_facts import DeviceFacts

EXAMPLES = (
    "waifusync device endpoint http://127.0.0.1:11434 --model phi3:mini --role weak --ssh ada@jetson.local",
    "waifusync device note",
    "waifusync device show jetson",
    "waifusync device rename tower",
    "waifusync device alias tomato",
    "waifusync device retire old-phone",
)


def endpoint(
    url: Annotated[
        str | None, Argument("[URL]", help="Where its Ollama answers; '' takes the endpoint out.")
    ] = None,
    *,
    model: Annotated[
        str | None, Option("--model", metavar="NAME", help="The model that answers unless another is named.")
    ] = None,
    role: Annotated[
        Literal["strong", "weak", "none"] | None,
        Option("--role", help="Which tasks it is for: hard ones or easy ones."),
    ] = None,
    ssh: Annotated[
        str | None, Option("--ssh", metavar="USER@HOST", help="How others reach it through ssh.")
    ] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Tell the other devices where this one's models answer. Lists its models afresh each time."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.introducing import Introduction, introduce

    told = Introduction(url, ssh, "" if role == "none" else role, model)
    done = introduce(Companion.find(directory), told)
    if done.trouble:
        output.warn(f"its models are not known: {output.plain(done.trouble)}")
    if json:
        output.answer_json(facts_json(done.facts))
        return ExitCode.DONE
    output.answer(_sentence(done.facts))
    if done.is_new:
        output.say("The other devices know with the next push.")
    return ExitCode.DONE


def list_devices(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Every device that was ever accepted here, with the names it has had."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.device_facts import all_facts

    found = all_facts(Companion.find(directory))
    if json:
        for each in found:
            output.answer_json(facts_json(each))
        return ExitCode.DONE
    rows = [
        (
            each.name,
            device_state(each),
            ", ".join(each.aliases) or "-",
            each.role or "-",
            each.endpoint or "-",
            str(len(each.models)) if each.models else "-",
        )
        for each in found
    ]
    output.answer_table(("device", "", "was called", "role", "answers at", "models"), rows)
    return ExitCode.DONE


def device_state(facts: DeviceFacts) -> str:
    """Whether it is this one, or gone."""
    return "here" if facts.is_here else "retired" if facts.retired_by else ""


def show(
    name: Annotated[
        str | None, Argument("[NAME]", help="A name, an alias or an id; this device if left out.")
    ] = None,
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """What a device's file and its page say, as it last told."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.device_facts import all_facts, find_device
    from waifusync.workflows.device_notes import shown_part

    companion = Companion.find(directory)
    known = all_facts(companion)
    found = find_device(known, name) if name else next(each for each in known if each.is_here)
    if json:
        output.answer_json(facts_json(found))
        return ExitCode.DONE
    output.answer(_sentence(found))
    if found.aliases:
        output.answer(output.plain(f"It was called {', '.join(found.aliases)}."))
    if found.retired_by:
        output.answer(output.plain(f"It is gone, as {found.retired_by} says."))
    text = shown_part(companion, found)
    output.answer(
        output.harmless(text) if text else "Its page says nothing yet; on that device: waifusync device note"
    )
    return ExitCode.DONE


def note(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Write what this device is into its page in device_contexts/. Your own text there is left alone."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.device_notes import note_device

    noted = note_device(Companion.find(directory))
    if json:
        output.answer_json(noted._asdict())
        return ExitCode.DONE
    output.answer(output.harmless(noted.generated))
    output.say(f"Written to {noted.path}." if noted.is_new else f"{noted.path} says so already.")
    return ExitCode.DONE


def rename(
    name: Annotated[str, Argument("NAME", help="What this device is called from now on.")],
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Give this device another name. Folders, page and what was said keep the one that they have."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.renaming_devices import rename_device

    return _told(rename_device(Companion.find(directory), name), json)


def alias(
    names: Annotated[tuple[str, ...], Argument("NAME...", help="As it stands in device_id of the memories.")],
    *,
    remove: Annotated[bool, Option("--remove", help="This device never was called so.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Say which other names this machine has had, so that its memories are found under all of them."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.renaming_devices import alias_device

    return _told(alias_device(Companion.find(directory), names, remove=remove), json)


def retire(
    name: Annotated[str, Argument("NAME", help="The device that is gone.")],
    *,
    undo: Annotated[bool, Option("--undo", help="It is back.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Say that another device is gone. It is not asked any more; all that it said stays."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.renaming_devices import retire_device

    return _told(retire_device(Companion.find(directory), name, undo=undo), json)


def _told(facts: DeviceFacts, json: bool) -> int:
    if json:
        output.answer_json(facts_json(facts))
        return ExitCode.DONE
    also = f", and was called {', '.join(facts.aliases)}" if facts.aliases else ""
    state = device_state(facts)
    output.answer(output.plain(f"{facts.name} is {state or 'a device'}{also}."))
    output.say("The other devices know with the next push.")
    return ExitCode.DONE


def _sentence(facts: DeviceFacts) -> str:
    where = facts.endpoint or "nowhere, as far as other devices know"
    parts = [f"{facts.name} answers at {where}" if facts.endpoint else f"{facts.name} answers {where}"]
    parts += [f"through ssh {facts.ssh}"] if facts.ssh else []
    parts += [f"as the {facts.role} one"] if facts.role else []
    parts += [f"with {facts.model}"] if facts.model else []
    parts += [f"of {output.count(len(facts.models), 'model')}"] if facts.models else []
    return output.plain(", ".join(parts) + ".")


def facts_json(facts: DeviceFacts) -> dict[str, object]:
    """The documented shape of what is known of a device."""
    told = facts._asdict()
    told["here"] = told.pop("is_here")
    return told
