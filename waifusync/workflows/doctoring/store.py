"""git's own store, as far as it is seen without reading all of it: refs, and objects without content."""

from __future__ import annotations

from pathlib import Path

from waifusync.errors import ExitCode, RefusedError
from waifusync.patterns import pattern
from waifusync.repository.packs import empty_objects
from waifusync.workflows.aside import move_aside
from waifusync.workflows.companion import HELD
from waifusync.workflows.doctoring.check import Check, Finding, of_problem
from waifusync.workflows.doctoring.patient import Patient
from waifusync.workflows.local_state import write_atomically

_FROM_ANOTHER = (
    "copy what is in objects/pack of another clone into .git/objects/pack; then: waifusync doctor --deep"
)
_GOOD = pattern(r"[0-9a-f]{40,64}|ref: .+")


def look_at_refs(patient: Patient) -> list[Finding]:
    """Those that waifusync reads, where they are files of their own."""
    branch = patient.companion.branch_ref
    remedies = {
        HELD: "it is set to the commit that the live database came to last",
        branch: "it is set to where git's own log says that it was",
    }
    return [
        Finding(
            f"{name} names no commit, as a power cut leaves it",
            code=ExitCode.UNTRUSTED,
            remedy=remedies.get(name, "it is moved aside: the next sync makes it again"),
            subject=name,
        )
        for name in (branch, *_private(patient))
        if _is_damaged(patient.git.common_dir / name)
    ]


def _private(patient: Patient) -> list[str]:
    top = patient.git.common_dir
    folders = (top / "refs/waifusync", top / "refs/remotes" / patient.remote)
    return sorted(file.relative_to(top).as_posix() for each in folders for file in each.glob("*"))


def _is_damaged(file: Path) -> bool:
    return file.is_file() and not _GOOD.fullmatch(file.read_text("utf-8", "replace").strip())


def set_ref(patient: Patient, finding: Finding) -> str:
    name = finding.subject
    is_needed = name in (HELD, patient.companion.branch_ref)
    commit = _last_known(patient, name) if is_needed else None
    if is_needed and commit is None:
        raise RefusedError(
            f"nothing here says where {name} was", hint="join into a new folder: waifusync join"
        )
    file = patient.git.common_dir / name
    with patient.locked():
        if commit is None:
            return f"moved {name} to {move_aside(patient.git, file, 'a ref that names no commit')}"
        # Over the damaged file, not after it: what git has packed of it is older.
        write_atomically(file, f"{commit}\n")
    return f"set {name} to {commit[:10]}"


def _last_known(patient: Patient, name: str) -> str | None:
    """The commit, if it is here."""
    if name == HELD:
        commit = patient.standing.applied if patient.standing else None
    else:
        commit = _last_in_reflog(patient.git.common_dir / "logs" / name)
    if commit is None or patient.git.run("cat-file", "-e", f"{commit}^{{commit}}", check=False).status:
        return None
    return commit


def _last_in_reflog(file: Path) -> str | None:
    words = file.read_text("utf-8", "replace").splitlines()[-1].split() if file.is_file() else []
    return words[1] if len(words) > 1 else None


def look_at_empty_objects(patient: Patient) -> list[Finding]:
    return [
        Finding(
            f"{path} is empty, as a power cut leaves it",
            remedy="it is moved aside, so that git can write or fetch it again",
            subject=str(path),
        )
        for path in empty_objects(patient.git)
    ]


def move_object(patient: Patient, finding: Finding) -> str:
    path = Path(finding.subject)
    with patient.locked():
        return f"moved {path.name} to {move_aside(patient.git, path, 'an object without content')}"


def look_at_reading(patient: Patient) -> list[Finding]:
    """What made git unreadable when the refs and logs were looked at, and commits that are not whole."""
    known = patient.known
    torn = [_of_commit(patient, sha) for sha in dict.fromkeys((known.held, known.branch)) if sha]
    told = (*map(of_problem, patient.git_problems), *(each for each in torn if each))
    return [each._replace(hint=_FROM_ANOTHER) for each in told]


def _of_commit(patient: Patient, sha: str) -> Finding | None:
    listed = patient.git.run("ls-tree", "-r", "--name-only", sha, check=False)
    text = f"the commit {sha[:10]} is not whole here: objects of it are gone"
    return Finding(text, code=ExitCode.UNTRUSTED) if listed.status else None


CHECKS = (
    Check("refs", "they say what this device has, and what the remote had", look_at_refs, set_ref),
    Check(
        "empty objects",
        "git takes it for there, and stops where it is needed",
        look_at_empty_objects,
        move_object,
    ),
    Check("reading git", "what is in git alone cannot be read", look_at_reading),
)
