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
    "waifusync device endpoint https://laptop.example.org --role strong",
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
