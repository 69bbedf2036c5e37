"""What a person may choose about asking: [ask] in waifusync.toml, and what holds unless they did."""

from __future__ import annotations

from waifusync.values import NamedTuple


class AskSettings(NamedTuple):
    """`threshold`: from which score on the strong device is asked first. `connect_seconds`: until somebody
    listens; `first_seconds`: until the first word, which may mean loading a model; `seconds`: until the last.
    `trusted_networks` are those in which plain http may carry a question; `insecure` makes it all of them."""

    threshold: float = 0.3
    connect_seconds: float = 3.0
    first_seconds: float = 60.0
    seconds: float = 600.0
    num_ctx: int = 4096
    trusted_networks: tuple[str, ...] = ()
    insecure: bool = False
