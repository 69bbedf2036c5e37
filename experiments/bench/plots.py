"""A small plot as SVG: some curves over logarithmic or plain axes, without a library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 640, 360, 90, 50, 40, 150
_COLOURS = ("#1f6feb", "#d1242f", "#2da44e", "#8250df", "#bf8700")
_DASHES = ("none", "6 3", "2 3", "8 3 2 3", "1 2")
# An axis that spans more than this is logarithmic.
_WIDE = 50

Points = Sequence[tuple[float, float]]


class _Axis:
    """From values to places; begins at 0 where it is plain."""

    def __init__(self, values: Sequence[float], start: float, end: float, *, may_bend: bool = True) -> None:
        self.least, self.most = min(values), max(values) or 1
        self.is_logarithmic = may_bend and self.least > 0 and self.most / self.least > _WIDE
        self._start, self._end = start, end

    def place(self, value: float) -> float:
        import math

        if self.is_logarithmic:
            share = math.log(value / self.least) / math.log(self.most / self.least)
        else:
            share = value / self.most
        return self._start + share * (self._end - self._start)

    def marks(self) -> list[float]:
        if not self.is_logarithmic:
            return [self.most * part / 4 for part in range(5)]
        mark, found = self.least, []
        while mark <= self.most * 1.001:
            found.append(mark)
            mark *= 10
        return found


def curves(series: Mapping[str, Points], title: str, *, across: str, up: str) -> str:
    """One curve for each name; told apart by dashes too, not by colour alone."""
    points = [point for each in series.values() for point in each]
    x = _Axis([each for each, _ in points], _LEFT, _WIDTH - _RIGHT)
    # What grows evenly with what lies along the other axis is to look even.
    y = _Axis([each for _, each in points], _HEIGHT - _BOTTOM, _TOP, may_bend=x.is_logarithmic)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
            ' font-family="sans-serif" font-size="12">'
        ),
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_LEFT, 22, title, weight="bold"),
        *_frame(x, y, across, up),
    ]
    for number, (name, each) in enumerate(series.items()):
        parts += _curve(number, name, [(x.place(one), y.place(other)) for one, other in each])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _frame(x: _Axis, y: _Axis, across: str, up: str) -> list[str]:
    floor, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = [f'<path d="M{_LEFT} {_TOP}V{floor}H{right}" fill="none" stroke="#57606a"/>']
    parts += [_text(x.place(mark), floor + 18, _short(mark), anchor="middle") for mark in x.marks()]
    for mark in y.marks():
        parts.append(f'<path d="M{_LEFT} {y.place(mark):.1f}H{right}" stroke="#d8dee4"/>')
        parts.append(_text(_LEFT - 6, y.place(mark) + 4, _short(mark), anchor="end"))
    return [*parts, _text((_LEFT + right) / 2, _HEIGHT - 10, across, anchor="middle"), _text(8, _TOP - 4, up)]


def _curve(number: int, name: str, places: Points) -> list[str]:
    colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    last_x, last_y = places[-1]
    return [
        (
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"'
            f' stroke-dasharray="{dash}"/>'
        ),
        _text(last_x + 6, last_y + 4, name, fill=colour),
    ]


def _short(value: float) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.3g}"


def _text(
    x: float, y: float, said: str, *, anchor: str = "start", weight: str = "normal", fill: str = "#24292f"
) -> str:
    looks = f'text-anchor="{anchor}" font-weight="{weight}" fill="{fill}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {looks}>{escape(said)}</text>'
