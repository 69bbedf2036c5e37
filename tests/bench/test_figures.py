"""What the bench concludes from what it measured."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

from experiments.bench.figure import QUICK, SMOKE, Basis, Figure, Limit, Measured, Verdict
from experiments.bench.figures import FIGURES
from experiments.bench.peers import Peers
from experiments.bench.plots import curves
from experiments.bench.report import to_json, to_markdown, with_earlier, write
from experiments.bench.timing import Cost, check, in_turns

_FIGURE = Figure("push", "a push", "none", (Limit("ours", "floor", most=2), Limit("peer", "ours", least=10)))


def _costs(*seconds: float) -> list[Cost]:
    return [Cost(each, each / 2) for each in seconds]


def test_a_limit_is_about_medians_and_its_range_about_rounds() -> None:
    measured = Measured({"ours": _costs(2, 3, 90), "floor": _costs(1, 2, 3), "peer": _costs(31, 30, 29)})
    ours, peer = _FIGURE.judge(measured)
    assert (ours.verdict, ours.value, ours.low, ours.high) == (Verdict.REACHED, 1.5, 1.5, 30)
    assert (peer.verdict, peer.value) == (Verdict.REACHED, 10)


def test_a_limit_that_is_not_kept_is_said_to_be_missed() -> None:
    measured = Measured({"ours": _costs(2.1), "floor": _costs(1), "peer": _costs(20.9)})
    assert [each.verdict for each in _FIGURE.judge(measured)] == [Verdict.MISSED, Verdict.MISSED]


def test_a_peer_that_is_not_here_is_in_the_table_with_the_reason_and_never_counts_as_reached() -> None:
    measured = Measured({"ours": _costs(1), "floor": _costs(1)}, missing={"peer": "pip could not install it"})
    assert _FIGURE.judge(measured)[1].verdict is Verdict.UNKNOWN
    peers = Peers(reasons={"peer": "pip could not install it"})
    page = to_markdown([(_FIGURE, measured)], SMOKE, peers)
    assert "| peer | not measured: pip could not install it |" in page
    assert "- peer: not here. pip could not install it" in page
    told = json.loads(to_json([(_FIGURE, measured)], SMOKE, peers))
    assert [each["verdict"] for each in told["figures"]["push"]["limits"]] == ["reached", "not measured"]
    assert told["missing peers"] == {"peer": "pip could not install it"}


def test_a_limit_without_another_candidate_is_about_the_value_itself() -> None:
    figure = Figure("memory", "peak", "none", (Limit("push", most=300),), basis=Basis.VALUE, unit="MiB")
    assert figure.judge(Measured(values={"push": [299]}))[0].verdict is Verdict.REACHED
    assert figure.judge(Measured(values={"push": [301]}))[0].verdict is Verdict.MISSED


def test_candidates_take_turns_and_the_first_round_does_not_count() -> None:
    calls: list[tuple[str, int]] = []

    def candidate(name: str, number: int) -> Cost:
        calls.append((name, number))
        return Cost(number, number)

    both = {name: lambda number, name=name: candidate(name, number) for name in ("one", "other")}  # type: ignore[misc]  # bound
    costs = in_turns(both, 2, lambda _: None).costs
    assert calls == [("one", 0), ("other", 0), ("one", 1), ("other", 1), ("one", 2), ("other", 2)]
    assert costs["one"] == [Cost(1, 1), Cost(2, 2)]


def test_a_wrong_result_takes_the_times_of_its_candidate_away_and_no_others() -> None:
    def wrong(number: int) -> Cost:
        check(number < 2, "rows are missing")
        return Cost(1, 1)

    turns = in_turns({"wrong": wrong, "right": lambda _: Cost(2, 2)}, 3, lambda _: None)
    assert turns.wrong == {"wrong": "rows are missing"}
    assert turns.costs == {"right": [Cost(2, 2)] * 3}
    measured = Measured.of_turns(turns)
    figure = Figure("push", "a push", "none", (Limit("wrong", "right", most=2),))
    assert figure.judge(measured)[0].verdict is Verdict.UNKNOWN
    assert "| wrong | wrong result: rows are missing |" in to_markdown([(figure, measured)], SMOKE, Peers())


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_every_figure_can_be_measured(figure: Figure) -> None:
    assert callable(import_module(figure.module).measure)
    for limit in figure.limits:
        assert limit.per or limit.most, f"{limit} says nothing"


def test_one_figure_measured_again_leaves_what_was_reported_of_the_others(tmp_path: Path) -> None:
    other = Figure("pull", "a pull", "none")
    first = Measured({"ours": _costs(1)}, values={"rows": [2.0]}, missing={"peer": "why"}, notes=["n"])
    write([(_FIGURE, first), (other, first)], SMOKE, Peers(), tmp_path)
    again = Measured({"ours": _costs(5)})
    both = [_FIGURE, other]
    assert with_earlier([(_FIGURE, again)], SMOKE, tmp_path, both) == [(_FIGURE, again), (other, first)]
    assert with_earlier([(_FIGURE, again)], QUICK, tmp_path, both) == [(_FIGURE, again)]


def test_every_figure_is_explained() -> None:
    explained = (Path(__file__).parents[2] / "docs" / "performance.md").read_text("utf-8")
    assert [figure.name for figure in FIGURES if f"`{figure.name}`" not in explained] == []


def test_figures_have_names_of_their_own() -> None:
    names = [figure.name for figure in FIGURES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("most", [100.0, 1_000_000.0])
def test_a_plot_names_each_curve_and_stays_within_its_frame(most: float) -> None:
    drawn = curves({"ours & theirs": [(1, 1), (most, most)], "raw": [(1, 0.5)]}, "t", across="x", up="y")
    root = ElementTree.fromstring(drawn)
    assert "ours & theirs" in [each.text for each in root.iter() if each.tag.endswith("text")]
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for line in (each for each in root.iter() if each.tag.endswith("polyline")):
        for place in line.attrib["points"].split():
            x, y = map(float, place.split(","))
            assert 0 <= x <= width and 0 <= y <= height
