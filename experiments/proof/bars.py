"""How often each part tried, as bars in an SVG; some try millions of times, so lengths are logarithmic."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from html import escape

_LEFT, _WIDTH, _RIGHT, _ROW, _TOP = 120, 400, 120, 24, 44


def times_tried(figure: str) -> int:
    """The first number in what a part printed; 0 where it printed none."""
    found = re.search(r"\d+", figure)
    return int(found[0]) if found else 0


def bars(counts: Mapping[str, int], title: str) -> str:
    """A bar for each name, as long as its count has digits; the count stands at its end."""
    wide, high = _LEFT + _WIDTH + _RIGHT, _TOP + _ROW * len(counts) + 10
    most = max([*counts.values(), 10])
    rows = [_row(place, name, count, most) for place, (name, count) in enumerate(counts.items())]
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}"'
                ' font-family="sans-serif" font-size="12">'
            ),
            f'<rect width="{wide}" height="{high}" fill="white"/>',
            f'<text x="10" y="24" font-weight="bold" fill="#24292f">{escape(title)}</text>',
            *rows,
            "</svg>\n",
        ]
    )


def _row(place: int, name: str, count: int, most: int) -> str:
    y = _TOP + _ROW * place
    length = _WIDTH * math.log10(count + 1) / math.log10(most + 1)
    return "\n".join(
        [
            f'<text x="{_LEFT - 8}" y="{y + 13}" text-anchor="end" fill="#24292f">{escape(name)}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{length:.1f}" height="{_ROW - 6}" fill="#1f6feb"/>',
            f'<text x="{_LEFT + length + 6:.1f}" y="{y + 13}" fill="#24292f">{count:,}</text>',
        ]
    )
