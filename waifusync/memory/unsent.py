"""Entries that no commit holds yet: looked through before they leave, and the only ones that may be changed.

A log is for ever, so what must not be in it is taken out here. First the row is edited, as a program does it,
by an entry that has seen all others of that row; then the lines that said otherwise say the same. What they
come to is the edit in both cases: no state changes by it, only what can be read in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

from waifusync.core.entry import Entry, format_line, line_chain, parse_line, rechained
from waifusync.core.learning.withheld import Sieve, Withheld
from waifusync.core.values import Travel, vector_address
from waifusync.core.versions import Head
from waifusync.memory.ledger import Ledger
from waifusync.values import replace

_BATCH = 256


def withheld_in(
    lines: Iterable[tuple[int, str]], device: str, sieve: Sieve
) -> Iterator[tuple[int, Withheld]]:
    """The number of each line that must not go as it is, in order, and why."""
    for number, line in lines:
        if sieve.may_hold(line):
            found = sieve.withheld(parse_line(line.encode(), device))
            if found is not None:
                yield number, found


def by_record(found: Iterable[Withheld]) -> list[Withheld]:
    """Each record once, in the order of its first."""
    joined: dict[str, Withheld] = {}
    for each in found:
        joined[each.key] = joined[each.key].joined(each) if each.key in joined else each
    return list(joined.values())


def unsent_lines(ledger: Ledger, after: int) -> Iterator[tuple[int, str]]:
    """Beyond an entry number, a batch in memory at a time."""
    query = "SELECT number, line FROM waifusync_outbox WHERE number > ? ORDER BY number LIMIT ?"
    while rows := ledger.connection.execute(query, (after, _BATCH)).fetchall():
        yield from rows
        after = rows[-1][0]


def rewrite(
    ledger: Ledger, before: Head, rewritten: Callable[[Entry], Mapping[str, Travel] | None]
) -> list[int]:
    """Gives unsent entries other fields (None: it stays), and chains all that follow; which were changed.

    `before` is the last entry that a commit holds. Within a transaction, nothing being told meanwhile.
    """
    changed: list[int] = []
    last = before
    for number, line in unsent_lines(ledger, before.number):
        entry = parse_line(line.encode(), ledger.device)
        fields = rewritten(entry)
        if fields is not None:
            changed.append(number)
            line, hashed = format_line(replace(entry, fields=fields), last.chain)
        elif changed:
            line, hashed = rechained(line, last.chain)
        else:
            hashed = line_chain(line.encode())
        if changed:
            ledger.connection.execute("UPDATE waifusync_outbox SET line = ? WHERE number = ?", (line, number))
        last = Head(number, hashed)
    if changed:
        ledger.set_head(ledger.device, last)
    return changed


def blank_vectors(ledger: Ledger, entries: Iterable[Entry]) -> None:
    """The vectors that these entries named become noughts: a file of vectors has no gaps."""
    named = chain.from_iterable((entry.fields or {}).values() for entry in entries)
    places = [address[:2] for value in named if (address := vector_address(value))]
    ledger.connection.executemany(
        "UPDATE waifusync_vectors SET content = zeroblob(length(content)) WHERE model = ? AND ordinal = ?",
        places,
    )
