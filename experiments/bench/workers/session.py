"""Merges three databases by the session extension, in a process of its own: BASE OURS THEIRS OUT."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from experiments.bench.sessions import apply_changeset, changeset_between

base, ours, theirs, out = map(Path, sys.argv[1:])
shutil.copyfile(ours, out)
apply_changeset(out, changeset_between(base, theirs))
