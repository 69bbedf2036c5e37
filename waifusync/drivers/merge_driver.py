"""What git calls to merge one file: `%O %A %B %L %P`; `%A` is both ours and the place of the result.

    exit code   0      merged; git takes what is in %A
                1      merged with conflicts: %A holds provisional winners, and git keeps the path unmerged
                2 …    not merged: %A is as it was, and git keeps the path unmerged

Whatever goes wrong must end in a code that is not 0: git would commit what is in %A.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from waifusync import config
from waifusync.core.places import SNAPSHOT
from waifusync.core.three_way import Strategies, Strategy
from waifusync.errors import UsageError
from waifusync.merging.files import Merged
from waifusync.merging.kinds import SQLITE, VECTORS, Kind, kind_by_name, kind_of
from waifusync.values import NamedTuple
from waifusync.workflows.merging_files import is_text, merge_file, refuse_in_use

REPORT_ENDING = ".waifusync-conflicts.json"
_GITS_FILE = ".merge_file_"
# Git adds two to the length of conflict markers (7) for each level of virtual base that it makes.
_VIRTUAL_MARKERS = 9


class Asked(NamedTuple):
    """What git filled in. `path` is None where git did not say, or is too old to know."""

    base: Path
    ours: Path
    theirs: Path
    marker_size: int = 7
    path: str | None = None

    @property
    def is_virtual(self) -> bool:
        """Whether this is not the merge itself, but makes a base for it out of several."""
        return self.marker_size >= _VIRTUAL_MARKERS


class Drove(NamedTuple):
    """What came of it; `report` is where the conflicts are listed, None when there are none to list."""

    conflicts: int
    notes: tuple[str, ...] = ()
    report: Path | None = None


def read_arguments(words: Sequence[str]) -> Asked:
    """More than five are what a newer git, or somebody's setting, adds. Raises UsageError."""
    if len(words) < 3:
        raise UsageError(
            "git did not say which files to merge",
            hint="to register the drivers again: waifusync drivers install",
        )
    size = words[3] if len(words) > 3 else ""
    path = words[4] if len(words) > 4 and words[4] not in ("", "%P") else None
    marker_size = int(size) if size.isdecimal() else 7
    return Asked(Path(words[0]), Path(words[1]), Path(words[2]), marker_size, path)


def drive(asked: Asked, *, root: Path = Path()) -> Drove:
    """Merges into `asked.ours`. Raises CannotMerge and InUse, having changed nothing.

    Conflicts of a virtual base are not reported: the merge that it is made for finds them again.
    """
    remove_litter(asked.ours)
    if is_text_called_database(asked):
        from waifusync.drivers.plain_text import merge_text

        return Drove(merge_text(asked.base, asked.ours, asked.theirs, marker_size=asked.marker_size))
    if asked.path == SNAPSHOT and unite_snapshots(asked):
        return Drove(0)
    shown = root / asked.path if asked.path else None
    if shown is not None:
        _refuse_company(shown, kind_of((asked.ours, asked.theirs), name=shown.name))
    strategies = strategies_of(root)
    merged = merge_file(
        asked.base,
        asked.ours,
        asked.theirs,
        asked.ours,
        strategy=strategies.default,
        tables=strategies.tables,
        name=asked.path or "",
    )
    report = None
    if shown is not None and not asked.is_virtual and _is_inside(shown, root):
        report = _put_report(merged, shown.with_name(shown.name + REPORT_ENDING))
    return Drove(len(merged.conflicts), merged.notes, report)


def _refuse_company(shown: Path, kind: Kind) -> None:
    """What stands beside the file in the work tree may have a part of it, which git did not hand over."""
    if kind is SQLITE:
        refuse_in_use((shown,))
    elif kind is VECTORS:
        from waifusync.merging.arrays.ids_files import refuse_apart

        refuse_apart(shown)


def remove_litter(ours: Path) -> None:
    """What drivers that were killed left beside git's temporary files, which git itself takes away.

    A driver that is at work has its `%A`, so what stands beside none belongs to nobody.
    """
    if not ours.name.startswith(_GITS_FILE):
        return
    for name in os.listdir(ours.parent):
        if (
            name.startswith(f".{_GITS_FILE}")
            and not ours.with_name(f".{name[2:].partition('.')[0]}").exists()
        ):
            ours.with_name(name).unlink(missing_ok=True)


def unite_snapshots(asked: Asked) -> bool:
    """A companion's snapshots are merged by the logs that they carry; False for a database that is none.

    Raises CannotUnite where somebody edited one by hand: the next waifusync command takes in both.
    """
    from waifusync.memory.snapshot_reading import is_snapshot

    if not (is_snapshot(asked.ours) and is_snapshot(asked.theirs)):
        return False
    from waifusync.workflows.layouts.uniting import unite

    unite(asked.base, asked.ours, asked.theirs, asked.ours)
    return True


def is_text_called_database(asked: Asked) -> bool:
    """`*.db` is the name of zone files and the like too; git merged them by lines, and still shall."""
    is_called = kind_by_name(asked.path or "") is SQLITE
    return is_called and all(is_text(file) for file in (asked.ours, asked.theirs))


def strategies_of(root: Path) -> Strategies:
    """As waifusync.toml has them; where there is none that can be read, nothing is settled unasked."""
    try:
        chosen = config.read(root / config.FILE_NAME)
    except (OSError, config.ConfigError):  # in the middle of a merge it may well hold conflict markers
        return Strategies()
    tables = {name: Strategy(each.value) for name, each in chosen.conflicts.tables.items()}
    return Strategies(Strategy(chosen.conflicts.default.value), tables)


def _put_report(merged: Merged, report: Path) -> Path | None:
    """One that an earlier merge of this file left says nothing about this one."""
    report.unlink(missing_ok=True)
    if not merged.conflicts:
        return None
    merged.write_report(report)
    return report


def _is_inside(shown: Path, root: Path) -> bool:
    """Whether the file lies in a work tree, and no link leads out of it; git itself runs us at its top."""
    top, folder = os.path.realpath(root), os.path.realpath(shown.parent)
    is_bare = os.path.isdir(os.path.join(top, "objects")) and os.path.isfile(os.path.join(top, "HEAD"))
    return os.path.isdir(folder) and os.path.commonpath((top, folder)) == top and not is_bare
