"""What is known, as it is shown: one piece for all statements that say the same.

A source that spoke of several of them has one voice: the newest. With f the confidences of those who are for
it, and a of those against, each in 0..1:

    for         = 1 - product of (1 - f)
    against     = 1 - product of (1 - a)
    confidence  = for * (1 - against)

    refuted     where against > for
    verified    else, where the threshold is reached: below 1 it is a confidence; from 1 on so many sources
                for it, one less for each that is against; the source that stated it is one of them
    pending     else

Products are taken in the order of their factors, so no order of arrival shows.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterable, Mapping

from waifusync.core.learning.alike import Alike
from waifusync.core.learning.contributions import canonical
from waifusync.core.learning.knowledge import Link, Relation, Stance, Voice
from waifusync.values import dataclass

Edges = Mapping[tuple[str, str], str]
# Of all contents by id, the pairs that are anything to each other.
Relate = Callable[[Mapping[str, str]], Iterable[tuple[str, str, Alike]]]
_DIGITS = 6
_SLACK = 1e-9


class Status(str, enum.Enum):
    """Whether it counts as known."""

    VERIFIED = "verified"
    PENDING = "pending"
    REFUTED = "refuted"


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that is known. By id: `same`, other statements that say it; `similar`, pieces that may say
    it, which nobody decided; `contradicts`, pieces that say otherwise. `voices` are by source."""

    statement: str
    content: str
    status: Status
    confidence: float
    voices: tuple[Voice, ...]
    cites: tuple[str, ...]
    same: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Who is for it."""
        return tuple(each.source for each in self.voices if each.stance is Stance.FOR)

    @property
    def refuted_by(self) -> tuple[str, ...]:
        """Who is against it."""
        return tuple(each.source for each in self.voices if each.stance is Stance.AGAINST)


def judged(voices: Iterable[Voice], threshold: float) -> tuple[Status, float]:
    """One voice of each source; the status, and the confidence."""
    voices = tuple(voices)
    pro = sorted(each.confidence for each in voices if each.stance is Stance.FOR)
    contra = sorted(each.confidence for each in voices if each.stance is Stance.AGAINST)
    belief, doubt = _any_of(pro), _any_of(contra)
    confidence = round(belief * (1 - doubt), _DIGITS)
    if doubt > belief:
        return Status.REFUTED, confidence
    reached = confidence if threshold < 1 else len(pro) - len(contra)
    return (Status.VERIFIED if pro and reached + _SLACK >= threshold else Status.PENDING), confidence


def pieces(
    voices: Mapping[str, Mapping[str, Voice]], links: Iterable[Link], relate: Relate, *, threshold: float
) -> tuple[Piece, ...]:
    """All that anybody stands for or against, in order of the ids. A function of the set: no order shows."""
    spoken = {each: _speaking(of.values()) for each, of in voices.items()}
    contents = {each: _content(of) for each, of in voices.items() if spoken[each] and _content(of)}
    edges = _edges(contents, links, relate)
    groups = _groups(contents, edges)
    found = {_head(group, spoken): group for group in groups}
    near = _near(found, edges)
    return tuple(
        _piece(head, found[head], contents[head], spoken, near.get(head, {}), threshold)
        for head in sorted(found)
    )


def _edges(contents: Mapping[str, str], links: Iterable[Link], relate: Relate) -> Edges:
    """What pairs are to each other: what somebody said, else what they look like."""
    seen = {(one, other): found.value for one, other, found in relate(contents)}
    said = {(link.one, link.other): link.relation.value for link in links}
    return {pair: relation for pair, relation in {**seen, **said}.items() if set(pair) <= contents.keys()}


def _groups(contents: Mapping[str, str], edges: Edges) -> list[list[str]]:
    """Statements that are the same, directly or through others, but for those that are said to be apart."""
    group = {each: [each] for each in contents}
    apart = {pair for pair, relation in edges.items() if relation not in (Alike.SAME, Alike.SIMILAR)}
    for one, other in sorted(pair for pair, relation in edges.items() if relation == Relation.SAME):
        ours, theirs = group[one], group[other]
        if ours is not theirs and not any(_pair(a, b) in apart for a in ours for b in theirs):
            ours += theirs
            group.update(dict.fromkeys(theirs, ours))
    return [sorted(each) for first, each in group.items() if first == min(each)]


def _near(groups: Mapping[str, list[str]], edges: Edges) -> Mapping[str, Mapping[str, set[str]]]:
    """By piece and relation, the other pieces."""
    heads = {each: head for head, group in groups.items() for each in group}
    found: dict[str, dict[str, set[str]]] = {}
    for (one, other), relation in edges.items():
        if heads[one] != heads[other]:
            found.setdefault(heads[one], {}).setdefault(relation, set()).add(heads[other])
            found.setdefault(heads[other], {}).setdefault(relation, set()).add(heads[one])
    return found


def _piece(
    head: str,
    group: list[str],
    content: str,
    spoken: Mapping[str, list[Voice]],
    near: Mapping[str, set[str]],
    threshold: float,
) -> Piece:
    voices = _one_of_each_source(voice for each in group for voice in spoken[each])
    status, confidence = judged(voices, threshold)
    against = near.get(Alike.AGAINST.value, set()) | near.get(Relation.CONTRADICTS.value, set())
    return Piece(
        statement=head,
        content=content,
        status=status,
        confidence=confidence,
        voices=voices,
        cites=tuple(sorted({text for voice in voices for text in _cites(voice)})),
        same=tuple(each for each in group if each != head),
        similar=tuple(sorted(near.get(Alike.SIMILAR.value, set()) - against)),
        contradicts=tuple(sorted(against)),
    )


def _one_of_each_source(voices: Iterable[Voice]) -> tuple[Voice, ...]:
    newest: dict[str, Voice] = {}
    for each in voices:
        known = newest.get(each.source)
        if known is None or _rank(each) > _rank(known):
            newest[each.source] = each
    return tuple(newest[source] for source in sorted(newest))


def _rank(voice: Voice) -> tuple[int, str, str]:
    return voice.as_of, canonical({name: list(each) for name, each in voice.said.items()}), voice.statement


def _head(group: list[str], spoken: Mapping[str, list[Voice]]) -> str:
    """The statement that stands for the group: most sources, then the smallest id."""
    return min(group, key=lambda each: (-len(spoken[each]), each))


def _speaking(voices: Iterable[Voice]) -> list[Voice]:
    return [each for each in voices if each.stance is not Stance.WITHDRAWN]


def _content(voices: Mapping[str, Voice]) -> str:
    return max((each.content for each in voices.values()), default="")


def _cites(voice: Voice) -> list[str]:
    return list(voice.said["cites"].value) if "cites" in voice.said else []


def _any_of(confidences: list[float]) -> float:
    """That at least one of independent sources is right; in the order given, which is sorted."""
    return 1 - math.prod(1 - each for each in confidences)


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
