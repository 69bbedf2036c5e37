"""Laws of what is not sent yet: said otherwise, it is one chain still, and comes to the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from waifusync.core.entry import is_chained, line_chain, parse_line, rechained
from waifusync.core.fold import fold
from waifusync.core.learning.secrets import SECRET
from waifusync.core.learning.withheld import Sieve
from waifusync.core.versions import Head
from waifusync.memory.folding import stored_touch
from waifusync.memory.ledger import Ledger
from waifusync.memory.outbox import Outbox
from waifusync.memory.unsent import by_record, rewrite, unsent_lines, withheld_in

SIEVE = Sieve(SECRET, lambda text: False)
FIELDS = st.dictionaries(
    st.sampled_from(["said", "answered"]),
    st.sampled_from(["tea", "password: hunter2x", 'é\n"quoted"', None, 7]),
    max_size=2,
)
TOLD = st.lists(st.tuples(st.sampled_from(["a-1", "a-2"]), st.none() | FIELDS), max_size=300)
FEW = st.lists(st.tuples(st.sampled_from(["a-1", "a-2"]), st.none() | FIELDS), max_size=8)


def outbox_of(connection, told):
    """Each has seen all that was told of its record; a deletion is told as None."""
    ledger = Ledger.create(connection, "llllllll")
    outbox, seen = Outbox(ledger, wall_milliseconds=1), {}
    for key, fields in told:
        entry = outbox.write("memories", key, fields, seen=seen.get(key, {}))
        seen[key] = {"llllllll": entry.number}
    outbox.close()
    return ledger


def heads_along(ledger):
    return {0: Head(), **{n: Head(n, line_chain(line.encode())) for n, line in unsent_lines(ledger, 0)}}


@settings(max_examples=25)
@given(TOLD, st.data())
def test_what_is_rewritten_is_one_chain_and_holds_no_secret_and_what_was_sent_stays(told, data):
    with closing(sqlite3.connect(":memory:")) as connection:
        ledger = outbox_of(connection, told)
        along = heads_along(ledger)
        sent = data.draw(st.integers(0, len(told)))
        before = list(unsent_lines(ledger, 0))
        wanted = {each.key for _, each in withheld_in(unsent_lines(ledger, sent), "llllllll", SIEVE)}

        def rewritten(entry):
            news = SIEVE.cleaned(entry) if entry.key in wanted else {}
            return {**(entry.fields or {}), **news} if news else None

        changed = rewrite(ledger, along[sent], rewritten)
        lines = list(unsent_lines(ledger, 0))
        assert lines[:sent] == before[:sent]
        assert [number for number, _ in lines] == [number for number, _ in before]
        assert not list(withheld_in(lines[sent:], "llllllll", SIEVE))
        chain = along[sent].chain
        for number, line in lines[sent:]:
            assert is_chained(line.encode(), chain)
            chain = line_chain(line.encode())
            was, now = (parse_line(each.encode(), "llllllll") for each in (before[number - 1][1], line))
            assert (was == now) == (number not in changed)
            assert (was.key, was.time, was.seen, was.collection) == (
                now.key,
                now.time,
                now.seen,
                now.collection,
            )
        assert ledger.head("llllllll") == Head(len(told), chain)


@settings(max_examples=40)
@given(FEW)
def test_an_edit_that_redacts_comes_to_the_same_whichever_version_came_before_it(told):
    """So no digest can differ between who has seen the first version and who has not."""
    with closing(sqlite3.connect(":memory:")) as connection:
        last = [("a-1", {"said": "[password]", "answered": "tea"})]
        ledger = outbox_of(connection, [*((key, fields) for key, fields in told if key == "a-1"), *last])
        entries = [parse_line(line.encode(), "llllllll") for _, line in unsent_lines(ledger, 0)]
        rewrite(ledger, Head(), lambda entry: {} if entry.fields and entry != entries[-1] else None)
        others = [parse_line(line.encode(), "llllllll") for _, line in unsent_lines(ledger, 0)]
        ours, theirs = (
            fold(
                [
                    stored_touch(each, {n: repr(v).encode() for n, v in (each.fields or {}).items()})
                    for each in some
                ]
            )
            for some in (entries, others)
        )
        assert ours.alive == theirs.alive
        assert {n: t.fields[n] for n, t in ours.winners.items()} == {
            n: t.fields[n] for n, t in theirs.winners.items()
        }


@settings(max_examples=20)
@given(TOLD)
def test_records_that_wait_are_named_once_with_all_that_was_found(told):
    with closing(sqlite3.connect(":memory:")) as connection:
        ledger = outbox_of(connection, told)
        found = [each for _, each in withheld_in(unsent_lines(ledger, 0), "llllllll", SIEVE)]
        joined = by_record(found)
        assert len({each.key for each in joined}) == len(joined)
        assert {(each.key, name) for each in found for name in each.found} == {
            (each.key, name) for each in joined for name in each.found
        }


@settings(max_examples=20)
@given(st.text(alphabet="0123456789abcdef", min_size=16, max_size=16))
def test_a_line_after_another_one_is_the_line_that_would_have_been_written(chain):
    with closing(sqlite3.connect(":memory:")) as connection:
        [(_, line)] = unsent_lines(outbox_of(connection, [("a-1", {"said": "é"})]), 0)
        moved, hashed = rechained(line, chain)
        assert is_chained(moved.encode(), chain) and line_chain(moved.encode()) == hashed
        assert parse_line(moved.encode(), "x") == parse_line(line.encode(), "x")
