"""How much a task asks of a model, as a number from 0 to 1 that can be taken apart.

    part        most   points
    length      0.25   in proportion, all of it from 1,200 letters on (a CJK letter counts for three)
    code        0.25   a fence, or two lines that look like a program's
    formulas    0.15   a formula, in signs or in LaTeX
    reasoning   0.45   0.15 for each different word that asks for reasons, comparison, proof or a plan
    many parts  0.15   0.05 for each question or item of a list after the first

A guess, and meant as one: it reads no meaning. More text never makes a task easier (a law in the tests).
"""

from __future__ import annotations

import re

from waifusync.patterns import pattern
from waifusync.values import NamedTuple

_LONG = 1200
_CJK_WEIGHT = 3
_CJK = pattern(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FENCE = pattern(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_CODE_LINE = pattern(
    r"^[ \t]*(?:(?:def|class|import|from|return|fn|func|const|let|var|public|private|#include|SELECT|INSERT"
    r"|CREATE|if|for|while|Traceback)\b.*[:;({)]|[^\n]*[;{}])[ \t]*$",
    re.MULTILINE,
)
_FORMULA = pattern(
    r"[\w)]\s*[\^√∑∫∏≤≥≠\u00d7÷]\s*[\w(]|[∑∫∏√∂∇]|\\(?:frac|sum|int|sqrt|begin)|\d\s*[-+*/=]\s*\d|\b\w\s*=\s*\d"
)
_REASONING = pattern(
    r"\b(?:why|explain|prove|proof|compare|contrast|analy[sz]e|derive|design|plan|evaluate|argue|debug|refactor"
    r"|optimi[sz]e|summari[sz]e|translate|implement|step by step|trade-?offs?|pros and cons|in detail"
    r"|warum|erkläre|vergleiche|beweise|por qué|explica|pourquoi|explique)\b"
    r"|なぜ|説明|比較|証明|計画|設計|分析|为什么|解释|比较|证明|왜|설명|비교",
    re.IGNORECASE,
)
_QUESTION = pattern(r"[?\uff1f\u061f]")  # the Latin one, the full-width one, the Arabic one
_ITEM = pattern(r"^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+\S", re.MULTILINE)


class Part(NamedTuple):
    """One reason for the score: what was looked at, what it adds, and what was found."""

    name: str
    points: float
    found: str


def complexity_score(task: str) -> float:
    """From 0 (a greeting) to 1, to three digits; the sum of the parts, 1 at the most."""
    return round(min(1.0, sum(part.points for part in complexity_parts(task))), 3)


def complexity_parts(task: str) -> tuple[Part, ...]:
    """All of them, also those that add nothing; never a word of the task but from our own list."""
    letters = len(task) + (_CJK_WEIGHT - 1) * len(_CJK.findall(task))
    lines = len(_CODE_LINE.findall(task))
    has_code = bool(_FENCE.search(task)) or lines > 1
    formulas = len(_FORMULA.findall(task))
    words = sorted({word.lower() for word in _REASONING.findall(task)})
    asked = len(_QUESTION.findall(task)) + len(_ITEM.findall(task))
    return (
        Part("length", round(0.25 * min(1.0, letters / _LONG), 3), f"{letters} letters"),
        Part("code", 0.25 if has_code else 0.0, "there is some" if has_code else "none"),
        Part("formulas", 0.15 if formulas else 0.0, str(formulas) if formulas else "none"),
        Part("reasoning", round(min(0.45, 0.15 * len(words)), 3), ", ".join(words) or "none"),
        Part("many parts", round(min(0.15, 0.05 * max(0, asked - 1)), 3), f"{asked} questions or items"),
    )
