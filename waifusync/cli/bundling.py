"""`push --bundle FILE` and `pull FILE`: the same as with a remote, told with the file's name."""

from __future__ import annotations

from pathlib import Path

from waifusync.cli import output, syncing
from waifusync.errors import UsageError
from waifusync.workflows.bundling import Bundled, pull_bundle, push_bundle
from waifusync.workflows.companion import Companion
from waifusync.workflows.syncing.under_way import Wishes


def refuse_rewritten(accept_rewritten: bool) -> None:
    """Raises UsageError: a bundle is united with what is here, whichever is older."""
    if accept_rewritten:
        raise UsageError(
            "--accept-rewritten is about a remote", hint="with a bundle nothing is ever rewritten"
        )


def pull(directory: Path, file: Path, *, json: bool) -> int:
    """Takes in what a bundle holds, and tells it."""
    companion = Companion.find(directory)
    outcome = syncing.performed(
        companion, lambda answers: pull_bundle(companion, directory / file, answers=answers), json=json
    )
    syncing.say_findings(outcome)
    if json:
        output.answer_json(outcome.to_json())
    else:
        output.answer(syncing.as_sentence("", outcome, otherwise=f"nothing new in {file}"))
    return syncing.exit_code(outcome)


def push(directory: Path, file: Path, wishes: Wishes, *, json: bool) -> int:
    """Takes in what a bundle holds, if there is one, writes it anew, and tells both."""
    companion = Companion.find(directory)
    bundled = syncing.performed(
        companion,
        lambda answers: push_bundle(companion, directory / file, wishes, answers=answers),
        json=json,
    )
    syncing.say_findings(bundled.outcome)
    if json:
        output.answer_json({**bundled.outcome.to_json(), "bundle": _facts(file, bundled)})
    else:
        otherwise = f"nothing to push: {file} has everything"
        output.answer(syncing.as_sentence(_wrote(file, bundled), bundled.outcome, otherwise=otherwise))
    return syncing.exit_code(bundled.outcome)


def _facts(file: Path, bundled: Bundled) -> dict[str, object]:
    return {"file": str(file), "bytes": bundled.size, "written": bundled.is_written}


def _wrote(file: Path, bundled: Bundled) -> str:
    if not bundled.is_written:
        return ""
    new = bundled.outcome.sent
    what = output.count(new, "new entry", "new entries") if new else "no new memory"
    return f"wrote {file} with {what} ({bundled.size:,} bytes)"
