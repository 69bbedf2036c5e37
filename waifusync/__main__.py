"""`python -m waifusync`, for where the command is not on PATH."""

from __future__ import annotations

import sys

from waifusync.cli.main import main

sys.exit(main())
