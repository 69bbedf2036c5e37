"""`device note`: this device's page for whoever talks on it, and its own file, brought up to date.

The person's part of the page is taken from the work tree, byte for byte, and a page that says so already
is not committed again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from waifusync.core.hand_over import HAND_OVER, HandOver
from waifusync.core.notes import generated_part, with_generated
from waifusync.errors import RefusedError, WaifusyncError
from waifusync.log.source import device_id
from waifusync.repository import layout
from waifusync.repository.environment import scrubbed_environment
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.sessions.http import Endpoint, Limits
from waifusync.sessions.machine import Machine, machine
from waifusync.sessions.ollama import Ollama
from waifusync.values import NamedTuple
from waifusync.workflows.asking.candidates import own_server
from waifusync.workflows.companion import HELD, Companion
from waifusync.workflows.device_facts import DeviceFacts, all_facts, changed_file
from waifusync.workflows.hand_overs import own_waiting
from waifusync.workflows.local_state import write_atomically
from waifusync.workflows.syncing.exchange import Wishes, exchange
from waifusync.workflows.syncing.outcome import Outcome

_LIMITS = Limits(3.0, 10.0, 10.0, 20.0)
_MOST_PAGE_BYTES = 1 << 20
_GIB = 1 << 30


class Server(NamedTuple):
    """What this device's server says of itself; `trouble` says why it says nothing."""

    version: str = ""
    models: tuple[str, ...] = ()
    trouble: str = ""


class Noted(NamedTuple):
    """The page's path in the repository, its generated part, and whether anything had changed."""

    path: str
    generated: str
    is_new: bool


class Page(NamedTuple):
    """The page as it is to be, and the files to commit: none where all of it is said already."""

    path: str
    generated: str
    content: str
    files: dict[str, bytes]


def note_device(companion: Companion) -> Noted:
    """Raises RefusedError for a page that is no text or no file of its own."""
    page = next_page(companion)
    if page.files:
        put_page(companion, page, Wishes("device"))
    return Noted(page.path, page.generated, bool(page.files))


def next_page(companion: Companion, hand_over: HandOver | None = None) -> Page:
    """Changes nothing. What is handed over stands on the page and in this device's own file."""
    known = all_facts(companion)
    facts = next(each for each in known if each.is_here)
    found = machine(scrubbed_environment(os.environ))
    server = look_at_server(facts)
    path = layout.page_of(facts.first_name)
    page = _page(companion, path)
    waits = _handed_over(hand_over, known) if hand_over else _waiting(companion, known)
    session, nature = _last_session(companion, facts), _nature(companion)
    generated = generated_text(facts, found, server, session, waits, nature=nature)
    content = with_generated(page, generated)
    able = {"memory": found.memory_for_models, "power_mode": found.power_mode}
    changes: dict[str, object] = {"capabilities": able}
    if hand_over:
        changes[HAND_OVER] = hand_over.to_json()
    if not server.trouble:
        changes["models"] = list(server.models)
    files = changed_file(companion, changes)
    if content.encode() != committed_page(companion, path):
        files[path] = content.encode()
    return Page(path, generated, content, files)


def put_page(companion: Companion, page: Page, wishes: Wishes) -> Outcome:
    """Written before the commit, so that what git shows afterwards is what is there."""
    if not companion.git.is_bare:
        write_atomically(companion.root / page.path, page.content, beside=companion.git.state_directory)
    return exchange(companion, wishes, files=page.files)


def look_at_server(facts: DeviceFacts) -> Server:
    """Asks this device's own server; never raises."""
    try:
        ollama = own_ollama(facts)
        models = tuple(sorted(each.name for each in ollama.models()))
        return Server(ollama.version(), models)
    except WaifusyncError as error:
        return Server(trouble=error.message)


def own_ollama(facts: DeviceFacts) -> Ollama:
    """This device's own server, with no patience for one that is away. Raises UsageError."""
    return Ollama(Endpoint.of(facts.endpoint or own_server(os.environ)), _LIMITS)


def generated_text(
    facts: DeviceFacts, found: Machine, server: Server, session: str, waiting: str, *, nature: str = ""
) -> str:
    """The lines between the markers. No time is in them: git has it, and a page changes when its facts do."""
    gpu = ", ".join(filter(None, (found.gpu, _size(found.gpu_memory), found.driver)))
    known_as = f" (also {', '.join(facts.aliases)})" if facts.aliases else ""
    ollama = f"Ollama {server.version}" if server.version else f"not reached ({server.trouble})"
    lines = {
        "device": f"{facts.name}{known_as}, {facts.folder}",
        "board": found.board,
        "system": found.system,
        "memory": f"{_size(found.memory)}, {found.processors} processors" if found.memory else "",
        "GPU": gpu,
        "power mode": found.power_mode,
        "role": facts.role,
        "models answer": facts.endpoint or "on this device only",
        "server": ollama,
        "models": ", ".join(server.models),
        "personality here": nature,
        "last session": session,
        "waits": waiting,
    }
    return "\n".join(f"- {name}: {_harmless(text)}" for name, text in lines.items() if text)


def _nature(companion: Companion) -> str:
    from waifusync.workflows.learning.personality import read_personality

    values = read_personality(companion).shown(companion.state.id)
    return ", ".join(f"{name} {value:.2f}" for (_, name), value in sorted(values.items()))


def _harmless(text: str) -> str:
    """No marker and no markup out of a model's or a board's name."""
    return text.replace("<!--", "< !--").replace("-->", "-- >")


def _size(count: int) -> str:
    return f"{count / _GIB:.1f} GiB" if count else ""


def _last_session(companion: Companion, facts: DeviceFacts) -> str:
    """The newest of this device's session files, by its name."""
    folder = companion.root / layout.CONTEXT_TOKENS
    names = [each.stem for each in folder.glob("*_session_*.json") if _is_of(each.stem, facts)]
    return max(names, default="")


def _is_of(name: str, facts: DeviceFacts) -> bool:
    return name.rpartition("_session_")[0] in (facts.folder, facts.name, facts.first_name)


def _waiting(companion: Companion, known: Sequence[DeviceFacts]) -> str:
    from waifusync.workflows.status import read_status

    unsent, handed = read_status(companion).unsent, own_waiting(companion)
    parts = [f"{unsent} changes that were not pushed"] if unsent else []
    return "; ".join([*parts, *([_handed_over(handed, known)] if handed else [])]) or "nothing"


def _handed_over(handed: HandOver, known: Sequence[DeviceFacts]) -> str:
    """All on one line. It travels with the changes that it waits with, so those are not counted."""
    names = (each.name for each in known if device_id(each.folder) == handed.to)
    whom = next(names, handed.to) or "any device"
    what = f" to pick up {handed.session}" if handed.session else ""
    note = f": {' '.join(handed.note.split())}" if handed.note else ""
    return f"for {whom}{what}{note}"


def _page(companion: Companion, path: str) -> str:
    """As the person has it now, else as it was committed, else a new one."""
    file = companion.root / path
    if file.is_symlink() or not _is_inside(companion.root, file.parent):
        raise RefusedError(f"{path} is a link", hint="put a file of its own there")
    try:
        content = file.read_bytes() if file.exists() else committed_page(companion, path)
        return content.decode("utf-8") if content else f"# {companion.state.name}\n"
    except UnicodeDecodeError:
        raise RefusedError(f"{path} is not UTF-8", hint="save it as UTF-8, or move it aside") from None


def _is_inside(root: Path, folder: Path) -> bool:
    return os.path.realpath(folder).startswith(os.path.realpath(root) + os.sep)


def committed_page(companion: Companion, path: str) -> bytes:
    """As this device's branch has it, or as it was accepted; empty where there is none."""
    refs = read_refs(companion.git, companion.branch_ref, HELD)
    with ObjectReader(companion.git) as reader:
        commits = filter(None, (refs[companion.branch_ref], refs[HELD]))
        pages = (reader.read(f"{commit}:{path}", max_bytes=_MOST_PAGE_BYTES) for commit in commits)
        return next((page for page in pages if page is not None), b"")


def shown_part(companion: Companion, facts: DeviceFacts) -> str:
    """The generated part of a device's page, as that device last committed it."""
    page = committed_page(companion, layout.page_of(facts.first_name))
    return generated_part(page.decode("utf-8", "replace"))
