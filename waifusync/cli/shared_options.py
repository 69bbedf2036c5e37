"""Options that several commands take, in the same words."""

from __future__ import annotations

from typing import Annotated

from waifusync.cli.declare import Option

FullOption = Annotated[bool, Option("--full", help="Compare every row, not only what was marked as changed.")]
AcceptDeletionsOption = Annotated[
    bool, Option("--accept-deletions", help="A table that lost all its rows is meant to be empty.")
]
AcceptRewrittenOption = Annotated[
    bool,
    Option(
        "--accept-rewritten", help="The remote's history was rewritten: bring both together, losing nothing."
    ),
]
DeviceOption = Annotated[
    str, Option("--device", "-d", metavar="NAME", help="What this device is called, such as jetson.")
]
