"""What a remote may put into this repository, judged before any of it is read, merged or checked out.

The host and everybody with push access can write any tree; the first thing that is not plain is refused, by
its path.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from waifusync.errors import UntrustedError
from waifusync.patterns import pattern
from waifusync.repository import layout
from waifusync.repository.breadth import MAX_FILES, check_breadth
from waifusync.repository.git import Git
from waifusync.repository.merging import folded
from waifusync.repository.objects import (
    MAX_BLOB_BYTES,
    Change,
    ObjectReader,
    blob_name,
    blob_sizes,
    diff_trees,
)
from waifusync.repository.paths import is_database_file, reason_to_refuse

# Of what every command reads whole, or every git.
MAX_SETTINGS_BYTES = 1 << 20
_SETTINGS, _MAX_TOML_BYTES = "waifusync.toml", 1 << 16
_PLAIN_MODES = ("100644", "100755")
# As `git add -f` puts it into a commit; what git merely carries reaches no work tree, and the next commit of
# any device leaves it out.
_OUR_LINK = b"../.git/waifusync/memory.db"
_MEANINGS = {"120000": "is a symbolic link", "160000": "is a submodule"}
# What our own .gitattributes says of our folders: the bytes as they are.
_AS_BYTES = "-text"
_DANGEROUS = pattern(r"!?-?(?:filter|merge|eol|text|crlf|ident|working-tree-encoding)(?:=.*)?")


def check_incoming(
    git: Git,
    old: str | None,
    new: str,
    *,
    existing: Iterable[str] = (),
    tracked: Collection[str] = (),
    reader: ObjectReader | None = None,
) -> list[Change]:
    """All that leads from `old` to `new`, checked; two processes beside the reader.

    `old` None checks the whole tree (a clone); `tracked` are paths that may come though they lie where a live
    database would. Raises UntrustedError.
    """
    with ObjectReader(git) if reader is None else contextlib.nullcontext(reader) as objects:
        return _checked(git, objects, old, new, existing=existing, tracked=tracked)


def _checked(
    git: Git,
    reader: ObjectReader,
    old: str | None,
    new: str,
    *,
    existing: Iterable[str],
    tracked: Collection[str],
) -> list[Change]:
    check_breadth(reader, old, new)
    changes = diff_trees(git, old, new)
    shas = (change.new_sha for change in changes if change.new_mode in _PLAIN_MODES)
    check_changes(changes, blob_sizes(git, (sha for sha in shas if sha)), existing, tracked=tracked)
    for change in changes:
        if change.new_sha and _is_attributes(change.path):
            check_attributes(change.path, reader.read(change.new_sha) or b"")
    return changes


def check_changes(
    changes: Sequence[Change],
    sizes: Mapping[str, int],
    existing: Iterable[str] = (),
    *,
    tracked: Collection[str] = (),
) -> None:
    """Raises UntrustedError naming the first path that must not come in. Pure.

    `sizes` is by object, `existing` every path that stays beside the changes: two that some file systems
    cannot tell apart are refused. What is removed, or was there before with the same content, is not judged.
    """
    if len(changes) > MAX_FILES:
        raise UntrustedError(f"the remote changes {len(changes)} files at once, more than {MAX_FILES}")
    arriving = [change for change in changes if change.new_sha is not None]
    for change in arriving:
        reason = _reason(change, sizes, tracked)
        if reason:
            raise _refused(change.path, reason)
    removed = {change.path for change in changes if change.new_sha is None}
    _check_spellings([change.path for change in arriving], (path for path in existing if path not in removed))


def check_attributes(path: str, content: bytes) -> None:
    """Raises UntrustedError for a .gitattributes that would change the bytes of waifusync's own files. Pure.

    A line for every file (`* text=auto`) is the person's right: .git/info/attributes wins over it in our
    folders.
    """
    folder = path.rpartition("/")[0]
    for line in content.decode("utf-8", "replace").splitlines():
        pattern, *attributes = line.split() or [""]
        dangerous = [each for each in attributes if _DANGEROUS.fullmatch(each) and each != _AS_BYTES]
        if pattern.startswith(("#", "[attr]")) or not dangerous:
            continue
        named = f"{folder}/{pattern.strip('/')}".strip("/")
        if layout.is_own(folder) or any(prefix in named for prefix in layout.OWN_PREFIXES):
            raise _refused(path, "changes how waifusync's own files are stored")


def _reason(change: Change, sizes: Mapping[str, int], tracked: Collection[str]) -> str | None:
    path = change.path
    if _is_our_link(change):
        return None
    if change.new_mode not in _PLAIN_MODES:
        return _MEANINGS.get(change.new_mode, f"has mode {change.new_mode}")
    if path not in tracked and (is_database_file(path) or layout.is_ignored(path)):
        return "would stand where a live database or this device's own state lies"
    if not layout.fits_layout(path) or not layout.fits_layout(path.casefold()):
        return "is not a file that waifusync writes there"
    if layout.is_own(path.casefold()) and not layout.is_own(path):
        return "differs from one of waifusync's folders by case only"
    most = _most_bytes(path)
    if sizes.get(change.new_sha or "", 0) > most:
        return f"is larger than {most >> 10:,} KiB"
    return reason_to_refuse(path)


def _most_bytes(path: str) -> int:
    if path == _SETTINGS:
        return _MAX_TOML_BYTES
    is_setting = _is_attributes(path) or layout.is_below(path, layout.DEVICES)
    return MAX_SETTINGS_BYTES if is_setting else MAX_BLOB_BYTES


def _is_our_link(change: Change) -> bool:
    """The link that every device makes itself, to its own live database."""
    if (change.path, change.new_mode) != (layout.SNAPSHOT, "120000") or change.new_sha is None:
        return False
    return change.new_sha == blob_name(_OUR_LINK, like=change.new_sha)


def _check_spellings(arriving: Iterable[str], existing: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for path in existing:
        _note_spellings(seen, path)
    for path in arriving:
        other = _note_spellings(seen, path)
        if other is not None:
            raise _refused(path, f"cannot be told from {other} on every system")


def _note_spellings(seen: dict[str, str], path: str) -> str | None:
    """Remember the path and its folders; what one of them collides with, if anything."""
    collision = None
    end = len(path)
    while end > 0:
        part = path[:end]
        other = seen.setdefault(folded(part), part)
        if other != part:
            collision = other
        end = path.rfind("/", 0, end)
    return collision


def _is_attributes(path: str) -> bool:
    return path.rpartition("/")[2].casefold() == ".gitattributes"


def _refused(path: str, reason: str) -> UntrustedError:
    hint = "nothing was taken over; find out who pushed it, and remove it from the remote"
    return UntrustedError(f"{path!r} from the remote {reason}", hint=hint, path=path)
