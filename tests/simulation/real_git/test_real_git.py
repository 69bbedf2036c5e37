"""T1, T4, T5, T6, T8, T10, T22, T23: three devices, the commands, and somebody who knows a little git."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.simulation.events import Event
from tests.simulation.history import History
from tests.simulation.mistakes import MISTAKES
from tests.simulation.real_git.__main__ import Trials, trials, try_all
from tests.simulation.real_git.history import invent

HISTORIES = int(os.environ.get("WAIFUSYNC_GIT_HISTORIES", "200"))


@pytest.fixture(scope="module")
def trial() -> Iterator[Trials]:
    with trials() as found:
        yield found


def test_whatever_somebody_does_with_git_all_devices_hold_one_mind(trial: Trials) -> None:
    """Every promise of promises.py, for each seed; the shortest history that breaks one is printed."""
    failed = try_all(0, HISTORIES, jobs=os.cpu_count() or 1)
    if failed:
        pytest.fail(f"seeds {failed}\n{trial.explain(failed[0][0])}", pytrace=False)


REGRESSIONS = {
    "a commit after the branch was deleted goes on from what is held": History(
        507,
        3,
        (
            Event("delete_branch", 0, 1, 820276),
            Event("replace", 0, 1, 573316),
            Event("commit", 0, 0, 769726),
        ),
    ),
    "a branch whose very first commit was amended is still this companion's": History(
        117,
        3,
        (
            Event("replace", 0, 1, 7203),
            Event("delete_branch", 1, 1, 572787),
            Event("amend", 1, 1, 119998),
        ),
    ),
    "a link that was put into git by force must not stop the other devices": History(
        30,
        3,
        (
            Event("commit_all", 2, 2, 964963),
            Event("insert", 1, 0, 722758),
        ),
    ),
}


@pytest.mark.parametrize("name", REGRESSIONS)
def test_what_once_went_wrong_stays_mended(trial: Trials, name: str) -> None:
    error = trial.failure(REGRESSIONS[name], "log")
    assert error is None, error


MOST_TRIED = 20
# Where one was noticed before, so that it need not be looked for.
NOTICED = {
    "marks_are_cleared_of_rows_that_were_not_told": 0,
    "references_come_as_they_were_written_elsewhere": 12,
    "the_digest_is_not_carried_on": 0,
}


@pytest.mark.parametrize("name", NOTICED)
def test_a_mistake_that_somebody_could_make_is_noticed(name: str) -> None:
    """The checker is checked: the commands run with a mistake in them."""
    function = MISTAKES[name]
    with trials(around=f"{function.__module__}:{name}") as mistaken:  # type: ignore[attr-defined]  # a function
        seeds = dict.fromkeys((NOTICED[name], *range(MOST_TRIED)))
        assert any(mistaken.failure(invent(seed)) for seed in seeds), f"{MOST_TRIED} histories did not notice"
