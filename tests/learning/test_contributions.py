"""Laws of contributions: in any order, grouping and repetition, the same word of each source counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.learning.collections import key_of
from waifusync.core.learning.contributions import Contribution, newest

CONTRIBUTIONS = st.lists(
    st.builds(
        Contribution,
        subject=st.sampled_from(["tea", "chess"]),
        source=st.sampled_from(["a", "b"]),
        device=st.sampled_from(["llllllll", "jjjjjjjj"]),
        as_of=st.integers(0, 3),
        content=st.dictionaries(st.sampled_from("xy"), st.integers(0, 2), max_size=2),
    ),
    max_size=12,
)


@given(CONTRIBUTIONS, st.randoms())
def test_any_order_and_any_repetition_give_the_same(contributions, random):
    shuffled = [*contributions, *contributions]
    random.shuffle(shuffled)
    assert newest(shuffled) == newest(contributions)


@given(CONTRIBUTIONS, CONTRIBUTIONS)
def test_what_two_groups_come_to_is_what_all_of_them_come_to(ours, theirs):
    def kept(found):
        return [each for sources in found.values() for each in sources.values()]

    assert newest([*kept(newest(ours)), *kept(newest(theirs))]) == newest([*ours, *theirs])


@given(CONTRIBUTIONS)
def test_no_older_word_of_a_source_stands_above_a_newer_one(contributions):
    found = newest(contributions)
    for each in contributions:
        assert found[each.subject][each.source].as_of >= each.as_of


@given(st.lists(st.text(), min_size=1, max_size=3), st.lists(st.text(), min_size=1, max_size=3))
def test_two_keys_are_the_same_exactly_where_their_parts_are(ours, theirs):
    assert (key_of("skill", *ours) == key_of("skill", *theirs)) == (ours == theirs)
    assert len(key_of("skill", *ours)) <= 320
