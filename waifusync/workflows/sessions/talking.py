"""A conversation that is going on: one turn after the other, each stored the moment it ends.

A turn that failed leaves nothing behind: neither what was asked nor half an answer is in the session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from waifusync.core.conversation import held_tokens
from waifusync.core.resuming import Plan, Server, resume_plan
from waifusync.core.session import Held, Message, Session
from waifusync.core.tokens import pack
from waifusync.errors import RefusedError, WaifusyncError
from waifusync.sessions.answering import Answer, Request, Say, answer
from waifusync.sessions.model_memory import Known, ModelMemory
from waifusync.sessions.ollama import Ollama
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion, now_text
from waifusync.workflows.sessions.resuming import (
    chosen_num_ctx,
    model_memory,
    ollama_at,
    resume,
)
from waifusync.workflows.sessions.shelf import Shelf, change_session, new_session, new_turn_id


class Talk(NamedTuple):
    """`said` is all of the branch, `held` the tokens of its end; `session` is this device's, None until a
    first turn is there to be stored."""

    companion: Companion
    session: Session | None
    said: Sequence[Message]
    held: Held | None
    ollama: Ollama
    memory: ModelMemory
    model: str
    num_ctx: int
    num_predict: int | None = None
    known: Known | None = None


class Spoken(NamedTuple):
    """What came of a turn; not `is_stored` where a cut came before the first word."""

    answer: Answer
    plan: Plan
    is_stored: bool


class Wanted(NamedTuple):
    """What a person chose for a chat; None takes what the session has, or the usual."""

    model: str | None = None
    endpoint: str | None = None
    num_ctx: int | None = None
    num_predict: int | None = None
    system: str = ""


def begin_new(companion: Companion, wanted: Wanted) -> Talk:
    """Asks nobody but for a model where none is named: the first word is not to wait for a vocabulary."""
    ollama = ollama_at(wanted.endpoint)
    num_ctx = chosen_num_ctx(wanted.num_ctx, None)
    model = wanted.model or _any_model(ollama)
    system = [_turn("system", wanted.system)] if wanted.system else []
    memory = model_memory(companion)
    return Talk(companion, None, system, None, ollama, memory, model, num_ctx, wanted.num_predict)


def begin_again(shelf: Shelf, name: str | None, wanted: Wanted) -> tuple[Talk, int]:
    """At the newest turn of a conversation; also how many branches it has."""
    ollama = ollama_at(wanted.endpoint)
    found = resume(shelf, name, ollama=ollama, model=wanted.model, num_ctx=wanted.num_ctx)
    talk = Talk(
        shelf.companion,
        found.session,
        found.branch.messages,
        held_tokens(shelf.sessions, found.branch),
        ollama,
        model_memory(shelf.companion),
        found.model or _any_model(ollama),
        found.plan.num_ctx,
        wanted.num_predict,
        found.known,
    )
    return talk, found.apart


def _any_model(ollama: Ollama) -> str:
    models = ollama.models()
    if not models:
        raise RefusedError(f"{ollama.endpoint} has no model", hint="get one there: ollama pull MODEL")
    return models[0].name


def plan_turn(talk: Talk, text: str) -> Plan:
    """How this will be asked."""
    server = talk.known.server if talk.known else Server()
    return resume_plan(talk.said, talk.held, server, num_ctx=talk.num_ctx, prompt=text)


def take_turn(talk: Talk, text: str, *, say: Say, warn: Say) -> tuple[Talk, Spoken]:
    """Asks, and stores what was said. Raises what asking raises; then nothing is stored."""
    plan = plan_turn(talk, text)
    asked = _turn("user", text)
    wants_tokens = talk.known is None or talk.known.takes_context
    limit = {} if talk.num_predict is None else {"num_predict": talk.num_predict}
    request = Request(talk.ollama, talk.model, plan, {"role": "user", "content": text}, limit)
    found = answer(request, say=say, warn=warn, wants_tokens=wants_tokens)
    if not found.text and not found.tool_calls:
        if found.is_cut:
            return talk, Spoken(found, plan, is_stored=False)
        raise RefusedError(f"{talk.model} said nothing", hint="ask again, or another model: --model")
    talk = _noting_version(talk, found)
    talk = _stored(talk, [asked, _answered(talk.model, found)], found.context)
    return talk, Spoken(found, plan, is_stored=True)


def _answered(model: str, found: Answer) -> dict[str, object]:
    turn = {**_turn("assistant", found.text), "model": model}
    turn |= {"thinking": found.thinking} if found.thinking else {}
    turn |= {"tool_calls": list(found.tool_calls)} if found.tool_calls else {}
    return {**turn, "cut": True} if found.is_cut else turn


def _turn(role: str, text: str) -> dict[str, object]:
    return {"id": new_turn_id(), "role": role, "content": text, "timestamp": now_text()}


def _noting_version(talk: Talk, found: Answer) -> Talk:
    """A server that left tokens out is not offered any again."""
    if not found.not_by_tokens or talk.known is None:
        return talk
    talk.memory.note_no_context(talk.known.version)
    return talk._replace(known=talk.known._replace(takes_context=False))


def _stored(talk: Talk, turns: list[dict[str, object]], context: Sequence[int]) -> Talk:
    """The words first; the tokens as soon as it is known of which tokenizer they are."""
    known = talk.known
    held = _held(context, turns, known) if known is not None else None
    session = _written(talk, turns, held, known)
    met = {each["id"] for each in talk.said}
    said = [*talk.said, *(each for each in session.messages if each["id"] not in met)]
    # Another program may have added to the session: these tokens know nothing of that.
    is_alone = len(said) == len(talk.said) + len(turns)
    talk = talk._replace(session=session, said=said, held=held if is_alone else None)
    if known is not None or not context or not is_alone:
        return talk
    try:
        known = talk.memory.look_up(talk.ollama, talk.model)
    except WaifusyncError:  # the words are stored; the next turn goes by them
        return talk
    held = _held(context, turns, known)
    return talk._replace(session=_written(talk, [], held, known), held=held, known=known)


def _held(context: Sequence[int], turns: Sequence[Message], known: Known) -> Held | None:
    if not context or not known.facts.tokenizer:
        return None
    return Held(context, str(turns[-1]["id"]), known.facts.tokenizer, known.facts.template)


def _written(talk: Talk, turns: Sequence[Message], held: Held | None, known: Known | None) -> Session:
    tokens = None if held is None else {**pack(held.tokens), "turn": held.turn}

    def grown(session: Session) -> Session:
        before = session.model if session.model.get("name") == talk.model else {}
        model = {**before, **_model_facts(talk, known)}
        is_as_known = session.last_turn == (talk.said[-1]["id"] if talk.said else None)
        fitting = tokens if is_as_known else None
        return session.having(messages=[*session.messages, *turns], context_tokens=fitting, model=model)

    if talk.session is None:
        model = _model_facts(talk, known)
        said = [*talk.said, *turns]
        return new_session(talk.companion, None, messages=said, context_tokens=tokens, model=model)
    return change_session(talk.companion, talk.session.id, grown)


def _model_facts(talk: Talk, known: Known | None) -> Mapping[str, object]:
    facts: dict[str, object] = {"name": talk.model, "num_ctx": talk.num_ctx}
    if known is None:
        return facts
    system = "".join(str(each.get("content", "")) for each in talk.said if each.get("role") == "system")
    of_model = {"blob": known.facts.blob, "tokenizer": known.facts.tokenizer}
    of_model |= {"template": known.facts.template}
    return {**facts, **of_model, "system": _hash(system), "server": known.version}


def _hash(text: str) -> str:
    import hashlib  # 20 ms, and the first word does not need it

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16] if text else ""


def remember_turn(talk: Talk, text: str, found: Answer) -> None:
    """As a memory, which any program finds in the live database."""
    from waifusync.workflows.remembering import remember

    assert talk.session is not None  # a turn of it is stored
    values = {
        "user_input": text,
        "ai_response": found.text,
        "model_used": talk.model,
        "conversation_id": talk.session.conversation,
    }
    remember(talk.companion, values)
