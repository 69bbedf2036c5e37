"""Which layout a commit has: what its waifusync.toml says, and whether its tree holds a snapshot."""

from __future__ import annotations

from waifusync import config
from waifusync.config import ConfigError, Layout
from waifusync.errors import UntrustedError
from waifusync.repository.layout import SNAPSHOT
from waifusync.repository.objects import ObjectReader, parse_tree

# What snapshots were unpacked to, by the name of the snapshot; see unpacking.py.
UNPACKED = "refs/waifusync/unpacked/"
_MOST_CONFIG_BYTES = 1 << 20
_FOLDER, _NAME = SNAPSHOT.split("/")
_FILES = ("100644", "100755")


def layout_at(reader: ObjectReader, commit: str | None, *, otherwise: Layout) -> Layout:
    """What the commit says; `otherwise` where it says nothing that can be understood."""
    if commit is None:
        return otherwise
    try:
        content = reader.read(f"{commit}:{config.FILE_NAME}", max_bytes=_MOST_CONFIG_BYTES)
        return otherwise if content is None else layout_in(content)
    except (UntrustedError, ConfigError):
        return otherwise


def layout_in(content: bytes) -> Layout:
    """What this waifusync.toml says. Raises ConfigError."""
    return config.parse(content.decode("utf-8", "replace")).layout


def snapshot_at(reader: ObjectReader, commit: str | None) -> str | None:
    """The snapshot's object in a commit's tree; None where there is no such file."""
    if commit is None:
        return None
    data = reader.read(f"{commit}:{_FOLDER}", kind="tree")
    mode, sha = parse_tree(data or b"", like=commit).get(_NAME, ("", ""))
    return sha if mode in _FILES else None


def tracked_in(reader: ObjectReader, commit: str, *, otherwise: Layout = Layout.LOG) -> tuple[str, ...]:
    """The paths that a commit from elsewhere may hold though they lie where a live database would."""
    return (SNAPSHOT,) if layout_at(reader, commit, otherwise=otherwise) is Layout.DATABASE else ()
