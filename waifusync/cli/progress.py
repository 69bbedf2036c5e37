"""A progress bar for what takes over a second: on a terminal only, on stderr, gone when the work is done."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, final

from waifusync.cli import output

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PATIENCE_SECONDS = 1.0


@final
class Progress:
    """`with Progress("Applying", total=count) as progress: … progress.advance()`; None if unknown."""

    def __init__(self, what: str, *, total: int | None = None) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._bar: Bar | None = None
        # Asked once: a call to `advance` for each of a million rows may cost next to nothing.
        is_wanted = not output.is_quiet() and sys.stderr is not None and sys.stderr.isatty()
        self._starts_at = time.monotonic() + PATIENCE_SECONDS if is_wanted else float("inf")

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self._done += count
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._done)
        elif time.monotonic() >= self._starts_at:
            self._bar = self._draw()

    def _draw(self) -> Bar:
        from rich.console import Console
        from rich.progress import Progress as RichProgress

        bar = RichProgress(console=Console(stderr=True), transient=True)
        bar.add_task(self._what, total=self._total, completed=self._done)
        bar.start()
        return bar

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
