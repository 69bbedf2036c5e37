"""The files by which a device is known to the others, and the companion's folders as a person finds them."""

from __future__ import annotations

import json

from waifusync import __version__, config
from waifusync.config import Layout
from waifusync.config.texts import render_default
from waifusync.repository import layout
from waifusync.workflows.local_state import LocalState

FORMAT = 1
IGNORED = ("/shared_memory/memory.db*", "/shared_memory/sync_status.json")
# In the layout `database` git is to see memory.db itself.
IGNORED_BESIDE = ("/shared_memory/memory.db-*", "/shared_memory/sync_status.json")
ATTRIBUTES = (
    *(f"/{folder}/** -text" for folder in (layout.LOG, layout.VECTORS, layout.DEVICES)),
    f"/{layout.SNAPSHOT} -text",
)


def device_file(state: LocalState, *, created: int) -> tuple[str, bytes]:
    """Path and content of `devices/<device>.json`; `created` in milliseconds since 1970."""
    facts = {
        "format": FORMAT,
        "id": state.id,
        "name": state.name,
        "created": created,
        "waifusync": __version__,
    }
    return f"{layout.DEVICES}/{state.folder}.json", (json.dumps(facts, indent=1) + "\n").encode()


def first_files(state: LocalState, *, created: int) -> dict[str, bytes]:
    """What a device brings into a companion: who it is, a page of notes, a folder for its experiments."""
    path, content = device_file(state, created=created)
    notes = layout.page_of(state.name)
    return {
        path: content,
        notes: f"# {state.name}\n\nNotes about this device, for whoever talks on it.\n".encode(),
        f"{layout.EXPERIMENTS}/{state.folder}/README.md": f"# Experiments on {state.name}\n".encode(),
    }


def companion_files(
    companion: str, chosen: Layout, *, gitignore: str, gitattributes: str
) -> dict[str, bytes]:
    """What a new companion's repository holds, added to what its person had in the two files of git's."""
    return {
        config.FILE_NAME: render_default(companion, chosen).encode(),
        ".gitignore": gitignore_for(gitignore, chosen).encode(),
        ".gitattributes": _with_lines(gitattributes, ATTRIBUTES).encode(),
    }


def gitignore_for(text: str, chosen: Layout) -> str:
    """A .gitignore with our lines for this layout, and without those for the other one."""
    ours, others = (IGNORED_BESIDE, IGNORED) if chosen is Layout.DATABASE else (IGNORED, IGNORED_BESIDE)
    kept = [line for line in text.splitlines(keepends=True) if line.rstrip() not in set(others) - set(ours)]
    return _with_lines("".join(kept), ours)


def _with_lines(text: str, lines: tuple[str, ...]) -> str:
    present = set(text.splitlines())
    missing = [line for line in lines if line not in present]
    start = text if not text or text.endswith("\n") else text + "\n"
    return start + "".join(f"{line}\n" for line in missing)
