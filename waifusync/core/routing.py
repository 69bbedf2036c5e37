"""Which device is to answer: an order with reasons, made of what is known; nobody is asked here.

    the task's score      the order to begin with
    at the threshold, or above    the strongest first
    below it                      the weakest first, so that the strong one may sleep

A device with trouble goes behind those without, in the order of this table:

    it has not got the model         its list says so, and the list may be old
    it failed a moment ago           and would cost its time limit again
    its battery is low               and nobody charges it
    it is too slow                   measured: the first word comes after the time limit
"""

from __future__ import annotations

from collections.abc import Iterable

from waifusync.values import NamedTuple

LOW_BATTERY = 0.2
STRONG, WEAK = "strong", "weak"
_RANKS = {STRONG: 2, "": 1, WEAK: 0}


class Facts(NamedTuple):
    """What is known of a device. `role` is what its person declared; `first_seconds` and `tokens_per_second`
    are measured; None, or no models, for what nobody knows. `barred` says why it must not be asked, if so."""

    device: str
    barred: str = ""
    role: str = ""
    memory: int = 0
    models: tuple[str, ...] = ()
    model: str = ""
    first_seconds: float | None = None
    tokens_per_second: float | None = None
    failed_lately: str = ""
    battery: float | None = None
    is_charging: bool = False
    power_mode: str = ""


class Wish(NamedTuple):
    """What a person asked for; "" leaves it to the router."""

    score: float
    threshold: float
    device: str = ""
    model: str = ""
    first_seconds: float = 60.0


class Choice(NamedTuple):
    """One to ask, and why it stands where it does; the model is "" where its server has to name one."""

    device: str
    model: str
    reasons: tuple[str, ...]


class Route(NamedTuple):
    """Whom to ask in this order, and whom not, with the reason."""

    order: tuple[Choice, ...]
    left_out: tuple[tuple[str, str], ...]


def route(wish: Wish, known: Iterable[Facts]) -> Route:
    """Every device is in one of the two lists; the order of `known` changes nothing."""
    devices = sorted(known, key=lambda each: each.device)
    left_out = [(each.device, _left_out(each, wish)) for each in devices if _left_out(each, wish)]
    asked = [each for each in devices if not _left_out(each, wish)]
    is_hard = wish.score >= wish.threshold
    asked.sort(key=_strength, reverse=is_hard)  # stable, also in reverse: equals stay in order of their names
    strongest = max(map(_strength, asked), default=None)
    asked.sort(key=lambda each: _troubles(each, wish)[0])
    choices = [
        Choice(each.device, _model(each, wish), _reasons(each, wish, is_strong=_strength(each) == strongest))
        for each in asked
    ]
    return Route(tuple(choices), tuple(left_out))


def _left_out(facts: Facts, wish: Wish) -> str:
    if wish.device and facts.device != wish.device:
        return f"{wish.device} was asked for"
    return facts.barred


def _strength(facts: Facts) -> tuple[int, int, float]:
    """What the person declared, then memory for models, then speed as measured."""
    return _RANKS.get(facts.role, 1), facts.memory, facts.tokens_per_second or 0.0


def _model(facts: Facts, wish: Wish) -> str:
    return wish.model or facts.model


def is_same_model(one: str, other: str) -> bool:
    """As Ollama reads names: without a tag it is the one called latest."""
    return _tagged(one) == _tagged(other)


def _tagged(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _troubles(facts: Facts, wish: Wish) -> tuple[tuple[bool, ...], tuple[str, ...]]:
    """What is wrong, the worst first, as flags to sort by and in words."""
    model = _model(facts, wish)
    is_missing = bool(model and facts.models) and not any(is_same_model(model, each) for each in facts.models)
    is_low = facts.battery is not None and facts.battery < LOW_BATTERY and not facts.is_charging
    is_slow = facts.first_seconds is not None and facts.first_seconds > wish.first_seconds
    told = (
        (is_missing, f"does not list {model}"),
        (bool(facts.failed_lately), f"failed a moment ago: {facts.failed_lately}"),
        (is_low, f"battery at {(facts.battery or 0) * 100:.0f} %"),
        (is_slow, f"its first word takes {facts.first_seconds or 0:.1f} s"),
    )
    return tuple(flag for flag, _ in told), tuple(text for flag, text in told if flag)


def _reasons(facts: Facts, wish: Wish, *, is_strong: bool) -> tuple[str, ...]:
    if wish.device:
        place = "asked for by name"
    elif wish.score >= wish.threshold:
        place = "hard enough for the strong one" if is_strong else "stands in for the strong one"
    else:
        place = "easy, and it is the strong one" if is_strong else "easy enough for it"
    speed = f"{facts.tokens_per_second:.0f} tokens/s" if facts.tokens_per_second else ""
    mode = f"power mode {facts.power_mode}" if facts.power_mode else ""
    return (place, *_troubles(facts, wish)[1], *(each for each in (speed, mode) if each))
