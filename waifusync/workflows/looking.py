"""The live database and git as they are found: what can be read of both, and where that fails, why."""

from __future__ import annotations

from waifusync.errors import UntrustedError, WaifusyncError
from waifusync.memory.standing import Standing, read_standing
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.workflows.companion import HELD, SEEN, Companion
from waifusync.workflows.known_devices import Known
from waifusync.workflows.layouts.which import layout_at
from waifusync.workflows.log_trees import LogTrees
from waifusync.workflows.trouble_here import Problem, replaced


def look_at_database(companion: Companion, problems: list[Problem]) -> Standing | None:
    """None where it is gone, or cannot be read: that is added to the problems."""
    if not companion.live_path.exists():
        return None
    try:
        standing = read_standing(companion.live_path)
    except UntrustedError as error:
        problems.append(
            Problem(error.message, "run: waifusync rebuild", int(error.code), "waifusync rebuild")
        )
        return None
    except WaifusyncError as error:
        problems.append(Problem(error.message, error.hint, int(error.code)))
        return None
    if standing is None:
        problems.append(replaced(companion))
    return standing


def look_at_git(companion: Companion, problems: list[Problem]) -> Known:
    """Empty where git cannot be read: that is added to the problems. Two processes."""
    try:
        with ObjectReader(companion.git) as reader:
            return _look(companion, reader)
    except WaifusyncError as error:
        problems.append(Problem(error.message, error.hint, int(error.code)))
        return Known(layout=companion.config.layout)


def _look(companion: Companion, reader: ObjectReader) -> Known:
    state = companion.state
    tracking = f"refs/remotes/{state.remote}/{state.branch}"
    refs = read_refs(companion.git, companion.branch_ref, HELD, SEEN, tracking)
    known = Known(
        held=refs[HELD],
        branch=refs[companion.branch_ref],
        remotes=tuple(dict.fromkeys(sha for sha in (refs[SEEN], refs[tracking]) if sha)),
        under_way=refs.under_way,
        layout=layout_at(reader, refs[companion.branch_ref], otherwise=companion.config.layout),
    )
    known.read(LogTrees(companion.git, reader), own=state.folder)
    return known


def entries_outside_git(companion: Companion, standing: Standing | None, known: Known) -> int:
    """Collected, and not committed; the rest of the outbox only waits to be cleared away."""
    if standing is None:
        return 0
    in_git = known.numbers.get(companion.state.folder, 0)
    return min(standing.outbox, max(0, standing.heads.get(companion.state.id, 0) - in_git))
