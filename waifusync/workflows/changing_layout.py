"""`layout`: from the layout `log` to the layout `database` and back, in one commit, without losing a row."""

from __future__ import annotations

from pathlib import Path

from waifusync import config
from waifusync.config import Layout
from waifusync.errors import RefusedError
from waifusync.repository.layout import SNAPSHOT
from waifusync.values import dataclass
from waifusync.workflows.companion import SHOWING, Companion
from waifusync.workflows.syncing.exchange import Wishes, exchange
from waifusync.workflows.syncing.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Standing:
    """The layout, what the snapshot weighs (None: there is none), and what lies in .git, in bytes."""

    layout: Layout
    snapshot: int | None
    repository: int

    def to_json(self) -> dict[str, object]:
        """The documented shape of `layout --json`."""
        return {"layout": self.layout.value, "snapshot": self.snapshot, "repository": self.repository}


def change_layout(companion: Companion, layout: Layout) -> Outcome | None:
    """What is new here goes into the same commit. None: it is the layout already. Raises RefusedError."""
    if companion.layout is layout:
        return None
    if not (companion.git.state_directory / SHOWING).exists():  # else it may be half a showing, not an edit
        _refuse_edited(companion)
    return exchange(companion, Wishes("layout"), layout=layout)


def _refuse_edited(companion: Companion) -> None:
    """The commit changes these two; an edit of somebody's in them would keep it from being shown."""
    # Not `git diff`, which writes the index, and leaves a lock when it is killed, before ours is held.
    words = ("status", "--porcelain", "--untracked-files=no", "--", config.FILE_NAME, ".gitignore")
    changed = companion.git.run(*words, check=False).text.splitlines()
    if changed:
        names = " and ".join(line[3:] for line in changed)
        raise RefusedError(
            f"{names} was edited and not committed", hint="commit it, then run the command again"
        )


def standing(companion: Companion) -> Standing:
    """As it is now; reads sizes only."""
    layout, place = companion.layout, companion.root / SNAPSHOT
    has_snapshot = layout is Layout.DATABASE and place.is_file()
    objects = companion.git.common_dir / "objects"
    return Standing(layout, place.stat().st_size if has_snapshot else None, _size(objects))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
