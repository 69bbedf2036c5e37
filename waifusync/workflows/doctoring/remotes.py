"""The remote: named, allowed, there, and open to us; and whether all of its history is here."""

from __future__ import annotations

from waifusync.errors import ExitCode, UsageError, WaifusyncError
from waifusync.repository.remote import PushOutcome, check_url, push
from waifusync.repository.shortening import is_shortened, lengthen
from waifusync.workflows.doctoring.check import Check, Finding, note
from waifusync.workflows.doctoring.patient import Patient
from waifusync.workflows.retaining.choosing import read_retention


def look_at_remote(patient: Patient) -> list[Finding]:
    if patient.has_remote:
        return []
    return [note(f"there is no remote {patient.remote}", f"to have one: git remote add {patient.remote} URL")]


def look_at_address(patient: Patient) -> list[Finding]:
    if not patient.has_remote:
        return []
    found = {}
    for option in ((), ("--push",)):
        url = patient.git.run("remote", "get-url", *option, "--", patient.remote).text.strip()
        try:
            check_url(url)
        except UsageError as error:
            found[url] = Finding(error.message, error.hint, ExitCode.REFUSED)
    return list(found.values())


def look_at_reach(patient: Patient) -> list[Finding]:
    if not patient.has_remote:
        return []
    answer = patient.remote_answer
    return [Finding(answer.message, answer.hint, answer.code)] if isinstance(answer, WaifusyncError) else []


def look_at_pushing(patient: Patient) -> list[Finding]:
    held, state = patient.known.held, patient.companion.state
    if not patient.has_remote or held is None or isinstance(patient.remote_answer, WaifusyncError):
        return []
    try:
        done = push(
            patient.git, state.remote, held, state.branch, patient.patience_seconds, is_rehearsal=True
        )
    except WaifusyncError as error:
        return [Finding(f"pushing would fail: {error.message}", error.hint, error.code)]
    if done.outcome is not PushOutcome.REFUSED_BY_SERVER:
        return []
    return [Finding(f"the remote would not take a push: {done.reason}", "ask whoever owns the remote")]


def look_at_history(patient: Patient) -> list[Finding]:
    """All of it has to be here for git to tell what was there before."""
    found = []
    if is_shortened(patient.git) and not read_retention(patient.git.state_directory).is_chosen:
        text = "the repository is shallow: git has cut its history off"
        remedy = "the rest is fetched, as by git fetch --unshallow"
        found.append(Finding(text, remedy=remedy if patient.has_remote else ""))
    remote = patient.remote
    if f"remote.{remote}.promisor" in patient.settings or "extensions.partialclone" in patient.settings:
        text = "this is a partial clone: what it lacks is asked of the remote when it is needed"
        hint = "join into a new folder, which fetches everything: waifusync join URL DIR"
        found.append(Finding(text, hint))
    return found


def unshallow(patient: Patient, finding: Finding) -> str:
    with patient.locked():
        lengthen(patient.git, patient.remote, patient.companion.state.branch)
    return "fetched the rest of the history"


CHECKS = (
    Check("remote", "what is on this device alone is lost with it", look_at_remote),
    Check(
        "remote's address",
        "some addresses make git run programs, or send memories in the clear",
        look_at_address,
    ),
    Check("reach", "what is here stays here until the remote answers", look_at_reach, asks_remote=True),
    Check("pushing", "memories come in, and none goes out", look_at_pushing, asks_remote=True),
    Check(
        "history",
        "offline, or when two histories meet, what is not here is missed",
        look_at_history,
        unshallow,
    ),
)
