"""The files that several trees hold together: nothing that any of them has is lost, nothing is held twice.

Names alone are looked at, and a name can lie: unite a tree that others wrote only after read_all found no
fault in it. The order of the trees matters for what is reported, never for the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from waifusync.core.segments import LogGap, Segment, cover
from waifusync.log.source import log_segment, vector_segment
from waifusync.values import dataclass

Paths = Mapping[str, str]
_What = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """The tree to have, and by device folder how many entries and vectors of it the branch (the first of the
    others) lacks. `altered` are paths whose content elsewhere was not what it had been; `broken` are device
    folders in which numbers are missing: all their files stay."""

    paths: dict[str, str]
    restored: dict[str, int]
    restored_vectors: dict[str, int]
    altered: tuple[str, ...]
    broken: tuple[str, ...]


def unite(held: Paths, *others: Paths) -> Union:
    """What `held` and the others hold together; of two contents of one path the held one stays."""
    together, altered = _together(held, others)
    kept: dict[str, str] = {}
    broken: set[str] = set()
    for (_, folder, *_), segments in _grouped(together).items():
        try:
            chosen = cover(segments, start=0 if segments[0].path.endswith(".npy") else 1)
        except LogGap:
            chosen = segments
            broken.add(folder)
        kept |= {each.path: together[each.path] for each in chosen}
    kept |= {path: blob for path, blob in together.items() if _place(path) is None}
    branch = _grouped(others[0] if others else held)
    restored = _lacking(_grouped(kept), branch)
    return Union(
        kept,
        {folder: count for kind, folder, count in restored if kind == "log"},
        _summed((folder, count) for kind, folder, count in restored if kind == "vectors"),
        tuple(sorted(altered)),
        tuple(sorted(broken)),
    )


def _together(held: Paths, others: tuple[Paths, ...]) -> tuple[dict[str, str], set[str]]:
    names: dict[_What, str] = {}
    contents: dict[_What, str] = {}
    altered = set()
    kept = {_what(path): blob for path, blob in held.items()}
    for listing in (*others, held):
        for path, blob in listing.items():
            what = _what(path)
            # Where nothing is held, the smaller id: the same choice in whatever order the trees come.
            if (kept.get(what) or contents.get(what, blob)) != blob:
                altered.add(path)
            contents[what] = min(blob, contents.get(what, blob))
            names[what] = min(path, names.get(what, path), key=len)
    return {names[what]: blob for what, blob in (contents | kept).items()}, altered


def _what(path: str) -> _What:
    """The same for the two names that one file may have: of those, the shorter, older one stays."""
    found = _place(path)
    return (path,) if found is None else (*found[0], found[1].first, found[1].last)


def _place(path: str) -> tuple[tuple[str, ...], Segment] | None:
    if (log := log_segment(path)) is not None:
        return ("log", log[0]), log[1]
    if (vectors := vector_segment(path)) is not None:
        return ("vectors", *vectors[0]), vectors[1]
    return None


def _grouped(paths: Iterable[str]) -> dict[tuple[str, ...], list[Segment]]:
    groups: dict[tuple[str, ...], list[Segment]] = {}
    for path in sorted(paths):
        if (found := _place(path)) is not None:
            groups.setdefault(found[0], []).append(found[1])
    return groups


def _lacking(
    kept: Mapping[tuple[str, ...], list[Segment]], branch: Mapping[tuple[str, ...], list[Segment]]
) -> list[tuple[str, str, int]]:
    """Kind, device folder, and how many numbers the branch lacks, where it lacks some."""
    counted = [
        (place[0], place[1], _count(each) - _count(branch.get(place, []))) for place, each in kept.items()
    ]
    return [(kind, folder, count) for kind, folder, count in counted if count]


def _count(segments: list[Segment]) -> int:
    count, upto = 0, -1
    for segment in sorted(segments):
        count += max(0, segment.last - max(upto, segment.first - 1))
        upto = max(upto, segment.last)
    return count


def _summed(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for folder, count in counts:
        total[folder] = total.get(folder, 0) + count
    return total
