"""`status --porcelain`: one `name value` a line, for scripts. Names are only ever added, never changed.

Every line is there always, with `-` where there is nothing to say, but for `problem` and `warning`, which
come as often as there are any. The last value of a line goes to its end and may hold spaces.
"""

from __future__ import annotations

from collections.abc import Iterator

from waifusync.cli import output
from waifusync.workflows.known_devices import iso
from waifusync.workflows.status import Status

_FORMAT = 1


def lines(found: Status) -> Iterator[str]:
    """In the order of the documentation."""
    state, last = found.companion.state, found.last
    yield f"format {_FORMAT}"
    yield f"device {state.name} {state.id}"
    yield f"layout {found.layout.value}"
    yield f"digest {found.standing.digest if found.standing else '-'}"
    yield f"unsent {found.unsent}"
    yield f"unseen {found.unseen}"
    yield f"conflicts {found.conflicts}"
    yield f"set-aside {len(found.standing.set_aside) if found.standing else 0}"
    yield f"shelved {sum(found.standing.shelved.values()) if found.standing else 0}"
    yield f"last-success {iso(last.success) or '-'}"
    yield f"failures {last.error.times if last.error else 0}"
    yield f"failing-since {iso(last.error.since) if last.error else '-'}"
    yield f"last-failure {_failure(found)}"
    for problem in found.problems:
        yield f"problem {int(problem.code)} {output.plain(problem.text)}"
    for warning in found.warnings:
        yield f"warning {output.plain(warning)}"
    yield f"next {found.next or '-'}"
    yield f"code {int(found.exit_code)}"


def _failure(found: Status) -> str:
    """When, exit code, by what (one word), and the message."""
    error = found.last.error
    if error is None:
        return "-"
    by = error.purpose.replace(" ", "-")
    return f"{iso(error.at)} {error.code} {by} {output.plain(error.error)}"
