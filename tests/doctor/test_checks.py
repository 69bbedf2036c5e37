"""Every check: the fault is planted, told as text and as data, mended by --fix or by a person, and gone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest

from tests.companions import Device
from tests.doctor.ills import ILLS, Ill
from tests.doctor.machines import MACHINES
from waifusync.workflows.doctoring.checks import CHECKS


@pytest.mark.parametrize("ill", ILLS, ids=lambda ill: ill.name.replace(" ", "_"))
def test_what_is_wrong_is_told_mended_and_gone(ill: Ill, laptop: Device) -> None:
    if ill.only_root and os.geteuid() != 0:
        pytest.skip("only root can give files away")
    ill.plant(laptop)
    surroundings = ill.surroundings(laptop)
    _assert_told_as_text(ill, laptop, surroundings)
    if ill.cure is None:
        answer = laptop.run("doctor", "--fix", "--json", *ill.options, code=None, **surroundings).json
        assert [each for each in answer["gone"] if ill.says in each["finding"]], answer
        assert not [each for each in answer["done"] if each["failed"]], answer
    else:
        found = laptop.run("doctor", "--json", *ill.options, code=None, **surroundings).json
        [told] = _told(found, ill)
        assert ill.code == 0 or (told["code"], bool(told["why"]), told["fix"]) == (ill.code, True, None)
        ill.cure(laptop)
        stays = surroundings if ill.plant.__name__ == "nothing" and ill.cure.__name__ != "nothing" else {}
        answer = laptop.run("doctor", "--json", *ill.options, code=None, **stays).json
    assert _told(answer, ill) == []
    assert answer["code"] == 0, answer


def _assert_told_as_text(ill: Ill, laptop: Device, surroundings: Mapping[str, str]) -> None:
    ran = laptop.run("doctor", *ill.options, code=None, **surroundings)
    wrong = "note" if ill.code == 0 else "wrong"
    lines = [line for line in ran.out.splitlines() if line.startswith(f"{wrong}: ") and ill.says in line]
    assert lines, ran
    assert "cannot look" not in ran.out or ill.check == "reading git", ran
    assert ran.code >= ill.code if ill.code else ran.code == 0, ran
    assert ill.cure is not None or "   --fix: " in ran.out


def _told(answer: Mapping[str, Any], ill: Ill) -> list[Any]:
    return [
        each
        for each in (*answer["findings"], *answer["notes"])
        if each["check"] == ill.check and ill.says in each.get("finding", each.get("note"))
    ]


def test_every_check_has_a_fault_that_is_planted() -> None:
    planted = {each.check for each in (*ILLS, *MACHINES)}
    assert planted == {check.name for check in CHECKS}
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_every_check_that_mends_is_seen_to_mend() -> None:
    mended = {each.check for each in ILLS if each.cure is None}
    assert mended == {check.name for check in CHECKS if check.fix is not None}
