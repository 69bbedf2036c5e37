"""What a remote may hold to do harm: refused or set aside in one line, within two seconds and 256 MiB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.cases import Case
from tests.hostile.companion import Surroundings
from tests.hostile.corpus import alone, sample, together
from tests.hostile.trying import Tried, read_everything, try_case, try_shared

_TOGETHER = together()
_READERS = {
    "logs": ["status"],
    "entries": ["log --json", "skills list", "knowledge list", "personality show", "state list", "search x"],
    "files": ["status", "device list", "session list", "route", "pickup", "doctor"],
}  # fmt: skip


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    found = Surroundings(tmp_path_factory.mktemp("around"))
    yield found
    found.close()


def _told(tried: Tried) -> str:
    return f"{tried.title}: {tried.faults} {tried.ran}"


@pytest.mark.parametrize("case", sample(alone()), ids=lambda case: case.title)
def test_a_hostile_remote_is_refused_in_one_line_and_changes_nothing(
    case: Case, around: Surroundings
) -> None:
    """T25: T30: no byte outside of the companion, no program of the attacker's, and all rows are there."""
    tried = try_case(case, around)
    assert not tried.faults, _told(tried)


@pytest.mark.parametrize("kind", _TOGETHER)
def test_many_hostile_devices_are_each_named_and_stop_nobody(kind: str, around: Surroundings) -> None:
    """T24: T25: the good memories beside them come in, and whatever shows what came does it harmlessly."""
    tried = try_shared(_TOGETHER[kind], around)
    assert not tried.faults, _told(tried)
    for each in read_everything(around, [tuple(words.split()) for words in _READERS[kind]]):
        assert not each.faults, _told(each)


def test_there_are_more_than_a_hundred_and_fifty_cases_and_each_has_a_name_of_its_own() -> None:
    titles = [case.title for case in alone()]
    titles += [each.title for group in _TOGETHER.values() for each in group]
    assert len(titles) == len(set(titles)) > 150
    assert {case.family for case in sample(alone())} == {case.family for case in alone()}
