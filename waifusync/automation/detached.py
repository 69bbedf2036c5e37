"""A run that goes on when whoever started it is through: a session of its own, nothing inherited."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from waifusync.repository.environment import scrubbed_environment

LOG = "hooks/pushing"


def start_run(place: Path, program: Sequence[str], *, state_directory: Path) -> None:
    """Returns at once. What the run says is in LOG below the state directory, how it ended in `status`.

    Of the environment, nothing goes with it that git sets for its hooks and that names a repository.
    """
    command = [*program, "-C", os.path.abspath(place), "run", "--after-hook"]
    with (state_directory / LOG).open("wb") as said:
        started = subprocess.Popen(
            command,
            cwd="/",
            env=scrubbed_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    started.returncode = 0  # nobody here waits for it, which is no mistake
