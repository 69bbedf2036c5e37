"""Everybody who could answer: what their files say, what calls taught, and how this machine stands itself."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from waifusync.core.ask_settings import AskSettings
from waifusync.core.calls import Call, failed_lately, speed_of
from waifusync.core.routing import Facts
from waifusync.errors import UsageError
from waifusync.sessions.http import Endpoint
from waifusync.sessions.power import Power, power
from waifusync.sessions.reaching import is_loopback, why_not
from waifusync.values import NamedTuple
from waifusync.workflows.device_facts import DeviceFacts

_OWN_SERVER = "127.0.0.1:11434"


class Candidate(NamedTuple):
    """A device and the way to its server: `ssh` is "" where the endpoint is asked itself; None: no way."""

    facts: DeviceFacts
    endpoint: Endpoint | None
    ssh: str
    barred: str


def candidates(known: Sequence[DeviceFacts], settings: AskSettings, *, via_ssh: bool) -> list[Candidate]:
    """One for each device. Looks no name up and connects to nobody."""
    return [_candidate(each, settings, via_ssh=via_ssh) for each in known]


def _candidate(facts: DeviceFacts, settings: AskSettings, *, via_ssh: bool) -> Candidate:
    if facts.retired_by:
        return Candidate(facts, None, "", f"retired, as {facts.retired_by} says")
    told = facts.endpoint or (own_server(os.environ) if facts.is_here else "")
    if not told:
        return Candidate(facts, None, "", "its file names no endpoint")
    try:
        endpoint = Endpoint.of(told)
        if via_ssh and not facts.is_here and not endpoint.is_sealed:
            return _through_ssh(facts, endpoint)
    except UsageError as error:
        return Candidate(facts, None, "", error.message)
    barred = why_not(
        endpoint, is_own=facts.is_here, trusted=settings.trusted_networks, insecure=settings.insecure
    )
    return Candidate(facts, endpoint, "", barred)


def _through_ssh(facts: DeviceFacts, endpoint: Endpoint) -> Candidate:
    if not facts.ssh and is_loopback(endpoint):
        return Candidate(facts, None, "", "its file does not say where ssh reaches it")
    from waifusync.sessions.tunnel import check_destination

    return Candidate(facts, endpoint, check_destination(facts.ssh or endpoint.host), "")


def own_server(environment: Mapping[str, str]) -> str:
    """Where this machine's own server listens, unless its device's file says otherwise."""
    return environment.get("OLLAMA_HOST") or _OWN_SERVER


def facts_to_route(found: Sequence[Candidate], calls: Sequence[Call], *, now: int) -> list[Facts]:
    """What the router wants to know. Only of this machine are battery and mode those of now."""
    here = power()
    return [_facts(each, calls, here if each.facts.is_here else Power(), now) for each in found]


def _facts(candidate: Candidate, calls: Sequence[Call], here: Power, now: int) -> Facts:
    told = candidate.facts
    speed = speed_of(told.name, calls)
    return Facts(
        device=told.name,
        barred=candidate.barred,
        role=told.role,
        memory=told.memory,
        models=told.models,
        model=told.model,
        first_seconds=speed.first_seconds,
        tokens_per_second=speed.tokens_per_second,
        failed_lately=failed_lately(told.name, calls, now=now),
        battery=here.battery,
        is_charging=here.is_charging,
        power_mode=here.mode or told.power_mode,
    )
