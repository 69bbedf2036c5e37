"""The plot of a proof: what was tried more often has the longer bar, and nothing tried has none."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from experiments.proof.bars import bars, times_tried


def test_the_number_tried_is_the_first_of_what_was_printed() -> None:
    assert times_tried("1651 crash points of 67 verbs, 0 failed") == 1651
    assert times_tried("") == 0


def test_more_tries_have_longer_bars_and_names_are_text() -> None:
    drawn = bars({"none": 0, "some": 40, "<many>": 100_000}, "tried")
    ElementTree.fromstring(drawn)
    none, some, many = (float(each) for each in re.findall(r'width="([\d.]+)" height="18"', drawn))
    assert none == 0 < some < many
    assert "&lt;many&gt;" in drawn and ">100,000<" in drawn
