"""`waifusync forget`: takes memories out of the mind, on every device."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from waifusync.cli import reviving
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option

EXAMPLES = ("waifusync forget 7k3q9x2a-17", "waifusync forget 7k3q9x2a-17 --undo")


def forget(
    keys: Annotated[tuple[str, ...], Argument("KEY...", help="Which memories, as `search` names them.")],
    *,
    undo: Annotated[bool, Option("--undo", help="Bring them back.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Forget memories on every device. The logs keep them, and `--undo` brings them back.

    A key of any other table's row works as well; a private memory is put away on this device.
    """
    from waifusync.workflows import forgetting
    from waifusync.workflows.companion import Companion

    companion = Companion.find(directory)
    if undo:
        return reviving.report(forgetting.restore(companion, keys, verb="forget --undo"), json=json)
    return reviving.report(forgetting.forget(companion, keys), json=json)
