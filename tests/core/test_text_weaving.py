"""Two texts that came of one: what each changed in another sentence is kept, and nothing is invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.text_weaving import MOST_SENTENCES, sentences, weave

SENTENCES = st.lists(st.sampled_from(["A.", "B?", "C!", "今日は。", "no end", "😀."]), max_size=5)
TEXTS = st.builds(lambda parts, blank: blank.join(parts), SENTENCES, st.sampled_from([" ", "\n", "\n\n"]))

CASES = [
    ("different sentences", "A. B. C.", "A2. B. C.", "A. B. C2.", "A2. B. C2.", False),
    ("one sentence", "A. B.", "A2. B.", "A3. B.", "A3. B.", True),
    ("one adds where the other changed", "A. B.", "A. B. C.", "A. B2.", "A. B2. C.", False),
    ("both add in one place", "A.", "A. B.", "A. C.", "A. C.", True),
    ("both add the same", "A.", "A. B.", "A. B.", "A. B.", False),
    ("one deletes what the other changed", "A. B. C.", "A. C.", "A. B2. C.", "A. B2. C.", True),
    ("one deletes, one adds elsewhere", "A. B. C.", "A. C.", "A. B. C. D.", "A. C. D.", False),
    ("lines", "a\nb\nc", "a2\nb\nc", "a\nb\nc2", "a2\nb\nc2", False),
    (
        "a negation and a colour",
        "I like tea",
        "I do not like tea",
        "I like black tea",
        "I like black tea",
        True,
    ),
    ("sentences without blanks", "今日は。良い。", "今日は!良い。", "今日は。悪い。", "今日は。悪い。", True),
    ("no base", "", "one", "two", "two", True),
    ("numbers are no ends", "pi is 3.14", "pi is 3.15", "pi is 3.16", "pi is 3.16", True),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_what_comes_of_two_texts(case):
    _, base, earlier, later, text, is_disputed = case
    assert weave(base, earlier, later) == (text, is_disputed)


@given(TEXTS, TEXTS)
def test_one_change_alone_stands_and_equal_changes_are_one(base, changed):
    for earlier, later in ((base, changed), (changed, base), (changed, changed)):
        assert weave(base, earlier, later) == (changed, False)


@given(st.text(max_size=60))
def test_sentences_put_together_are_the_text(text):
    assert "".join(sentences(text)) == text


@given(TEXTS, TEXTS, TEXTS)
def test_every_sentence_was_said_by_somebody(base, earlier, later):
    said = {piece for text in (base, earlier, later) for piece in sentences(text)}
    woven = weave(base, earlier, later)
    assert "".join(piece for piece in sentences(woven.text)) == woven.text
    assert all(part in said for part in _split_by(said, woven.text))


def _split_by(known, text):
    """The text as known pieces; what fits none stands alone, and so is found out."""
    while text:
        piece = max((each for each in known if text.startswith(each)), key=len, default=text)
        yield piece
        text = text[len(piece) :]


def test_a_text_that_would_take_long_is_the_later_one():
    base = "x. " * (MOST_SENTENCES // 2)
    assert weave(base, base + "y. " * 2, "z. " + base) == ("z. " + base, True)
