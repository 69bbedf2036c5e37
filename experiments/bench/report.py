"""What a run found: as JSON, and as a page with a table for each figure."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.bench.figure import Basis, Figure, Judged, Measured, Scale, summary
from experiments.bench.peers import Peers
from experiments.bench.timing import Cost

_BASES = (Basis.WALL, Basis.CPU)

Results = list[tuple[Figure, Measured]]


def machine() -> dict[str, str]:
    """What the figures depend on."""
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "git": git,
    }


def to_json(results: Results, scale: Scale, peers: Peers) -> str:
    """Every value of every round."""
    told = {
        "machine": machine(),
        "scale": asdict(scale),
        "peers": dict(peers.versions),
        "missing peers": dict(peers.reasons),
        "figures": {figure.name: _figure_json(figure, measured) for figure, measured in results},
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _figure_json(figure: Figure, measured: Measured) -> dict[str, Any]:
    return {
        "title": figure.title,
        "basis": figure.basis.value,
        "unit": figure.unit,
        "limits": [_limit_json(each) for each in figure.judge(measured)],
        "costs": {name: [each._asdict() for each in costs] for name, costs in measured.costs.items()},
        "values": measured.values,
        "missing": measured.missing,
        "wrong": measured.wrong,
        "notes": measured.notes,
        "series": measured.series,
    }


def _limit_json(judged: Judged) -> dict[str, Any]:
    return {
        **judged.limit._asdict(),
        "verdict": judged.verdict.value,
        "value": judged.value,
        "range": [judged.low, judged.high],
    }


def to_markdown(results: Results, scale: Scale, peers: Peers) -> str:
    """For a person; the plots beside it are named after their figures."""
    facts = ", ".join(f"{name} {value}" for name, value in machine().items())
    lines = [f"# The bench, {scale.name}", "", facts + ".", ""]
    lines += [
        (
            f"{scale.rows:,} memories, few {scale.few:,}, many {scale.many:,};"
            f" medians of {scale.rounds}, ranges in brackets."
        ),
        "",
    ]
    lines += [f"- {name} {version}" for name, version in peers.versions.items()]
    lines += [f"- {name}: not here. {reason}" for name, reason in peers.reasons.items()]
    for figure, measured in results:
        lines += ["", *_figure_lines(figure, measured)]
    return "\n".join(lines) + "\n"


def _figure_lines(figure: Figure, measured: Measured) -> list[str]:
    lines = [f"## {figure.name}: {figure.title}", ""]
    if measured.costs:
        lines += ["| | by the clock | of the processor |", "|---|---|---|"]
        lines += [
            f"| {name} | {' | '.join(_range(measured.of(name, basis), 's') for basis in _BASES)} |"
            for name in measured.costs
        ]
    if measured.values:
        lines += ["| | |", "|---|---|"]
        lines += [f"| {name} | {_range(values, figure.unit)} |" for name, values in measured.values.items()]
    empty = " |" if measured.costs else ""
    lines += [f"| {name} | not measured: {reason} |{empty}" for name, reason in measured.missing.items()]
    lines += [f"| {name} | wrong result: {told} |{empty}" for name, told in measured.wrong.items()]
    if figure.limits:
        lines += ["", *map(_limit_line, figure.judge(measured))]
    return lines + ([""] if measured.notes else []) + [f"{note}." for note in measured.notes]


def _limit_line(judged: Judged) -> str:
    limit = judged.limit
    wanted = (
        f"at most {limit.most:g}"
        if limit.most is not None
        else f"at least {limit.least:g}"
        if limit.least is not None
        else "no limit"
    )
    against = f" / {limit.per}" if limit.per else ""
    found = "" if judged.value is None else f"{judged.value:.3g} ({judged.low:.3g} to {judged.high:.3g}), "
    return f"- **{judged.verdict.value}**: {limit.of}{against}: {found}{wanted}"


def _range(values: list[float], unit: str) -> str:
    if not values:
        return "—"
    median, least, most = (_number(each, unit) for each in summary(values))
    return median if least == most else f"{median} ({least} to {most})"


def _number(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:,.1f} ms" if value < 10 else f"{value:,.1f} s"
    return f"{value:,.0f} {unit}"


def with_earlier(results: Results, scale: Scale, folder: Path, figures: Iterable[Figure]) -> Results:
    """These, and what a report of the same scale has of the other figures."""
    measured = {figure.name: each for figure, each in results}
    earlier = _earlier(scale, folder)
    return [
        (figure, measured.get(figure.name) or _from_json(earlier[figure.name]))
        for figure in figures
        if figure.name in measured or figure.name in earlier
    ]


def _earlier(scale: Scale, folder: Path) -> dict[str, Any]:
    try:
        told = json.loads((folder / "report.json").read_text())
    except FileNotFoundError:
        return {}
    figures: dict[str, Any] = told["figures"]
    return figures if told["scale"] == asdict(scale) else {}


def _from_json(told: Mapping[str, Any]) -> Measured:
    costs = {name: [Cost(**each) for each in found] for name, found in told["costs"].items()}
    facts = {name: told[name] for name in ("values", "missing", "wrong", "notes", "series")}
    return Measured(costs, **facts)


def write(results: Results, scale: Scale, peers: Peers, folder: Path) -> None:
    """report.json, report.md and a plot for each figure that has one."""
    from experiments.bench.plots import curves

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(to_json(results, scale, peers))
    (folder / "report.md").write_text(to_markdown(results, scale, peers))
    for figure, measured in results:
        if figure.plot and measured.series:
            across, _, up = figure.plot.partition("|")
            (folder / f"{figure.name}.svg").write_text(
                curves(measured.series, figure.title, across=across, up=up)
            )
