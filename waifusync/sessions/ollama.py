"""What waifusync asks of an Ollama: its models, an answer word by word, vectors, and to free the memory.

Always with num_ctx: a server's own default depends on its GPU, and differs between a 4090 and a Jetson.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from waifusync.patterns import pattern
from waifusync.sessions.http import DEFAULT, Endpoint, Limits, NotOllama, ServerFailed, ask, stream
from waifusync.values import NamedTuple

Message = Mapping[str, object]
_BLOB = pattern(r"^FROM .*sha256[-:]([0-9a-f]{64})\s*$", re.MULTILINE)
# Of what a tokenizer is made; of two with one fingerprint, one's tokens mean the same to the other.
_OF_TOKENIZER = ("model", "pre", "tokens", "merges")


class Model(NamedTuple):
    """As the server lists it. `digest` differs on two devices for a model that was made there."""

    name: str
    digest: str
    size: int
    quantization: str


class ModelFacts(NamedTuple):
    """What decides whether tokens may go to it; `blob` names the weights, "" where nobody says."""

    name: str
    blob: str
    template: str
    tokenizer: str
    vocabulary: int
    context_length: int


class Ollama(NamedTuple):
    """One server. Every call raises ServerAway, ServerFailed or NotOllama."""

    endpoint: Endpoint
    limits: Limits = DEFAULT

    def version(self) -> str:
        return str(ask(self.endpoint, "/api/version", limits=self.limits).get("version", ""))

    def models(self) -> list[Model]:
        return [
            _model(each) for each in _objects(ask(self.endpoint, "/api/tags", limits=self.limits), "models")
        ]

    def facts(self, model: str) -> ModelFacts:
        """Lists the whole vocabulary: worth remembering by the model's digest."""
        shown = ask(self.endpoint, "/api/show", {"model": model, "verbose": True}, self.limits)
        info = shown.get("model_info")
        if not isinstance(info, dict):
            raise NotOllama(f"{self.endpoint} does not say what {model} is")
        blob = _BLOB.search(str(shown.get("modelfile", "")))
        tokens = info.get("tokenizer.ggml.tokens")
        return ModelFacts(
            name=model,
            blob=f"sha256:{blob[1]}" if blob else "",
            template=_fingerprint(shown.get("template")),
            tokenizer=_tokenizer(info),
            vocabulary=len(tokens) if isinstance(tokens, list) else 0,
            context_length=_context_length(info),
        )

    def chat(
        self, model: str, messages: Sequence[Message], *, num_ctx: int, **options: object
    ) -> Iterator[dict[str, object]]:
        """The pieces of one answer; the last one has `done` and the counts."""
        body = {"model": model, "messages": list(messages), "options": {"num_ctx": num_ctx, **options}}
        return stream(self.endpoint, "/api/chat", body, self.limits)

    def generate(
        self,
        model: str,
        prompt: str,
        *,
        num_ctx: int,
        context: Sequence[int] = (),
        system: str = "",
        **options: object,
    ) -> Iterator[dict[str, object]]:
        """As `chat`, going on from context tokens; the last piece has the new ones, if the server still does.

        The tokens must be known to be this tokenizer's: one beyond its vocabulary kills a server.
        """
        body: dict[str, object] = {
            "model": model,
            "prompt": prompt,
            "options": {"num_ctx": num_ctx, **options},
        }
        body |= {"context": list(context)} if context else {}
        body |= {"system": system} if system else {}
        return stream(self.endpoint, "/api/generate", body, self.limits)

    def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """One normalised vector for each text, all of one length."""
        body = {"model": model, "input": list(texts), "truncate": True}
        vectors = ask(self.endpoint, "/api/embed", body, self.limits).get("embeddings")
        if not _are_vectors(vectors, len(texts)):
            raise NotOllama(f"{self.endpoint} did not give {len(texts)} vectors of one length")
        return vectors  # type: ignore[return-value]  # just looked at

    def unload(self, model: str) -> None:
        """Frees the memory that the model takes; a board of 8 GB needs it for the next one."""
        ask(self.endpoint, "/api/generate", {"model": model, "keep_alive": 0, "stream": False}, self.limits)


def is_missing_model(error: ServerFailed) -> bool:
    """Whether the server is well, and only has not got the model."""
    return error.facts.get("status") == 404


def _objects(answer: Mapping[str, object], name: str) -> list[dict[str, object]]:
    found = answer.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _model(told: Mapping[str, object]) -> Model:
    details, size = told.get("details"), told.get("size")
    level = details.get("quantization_level", "") if isinstance(details, dict) else ""
    return Model(
        str(told.get("name", "")),
        str(told.get("digest", "")),
        size if isinstance(size, int) else 0,
        str(level),
    )


def _tokenizer(info: Mapping[str, object]) -> str:
    """ "" where the server does not tell: such tokens are nobody's."""
    parts = [info.get(f"tokenizer.ggml.{name}") for name in _OF_TOKENIZER]
    return _fingerprint(parts) if parts[2] else ""


def _fingerprint(value: object) -> str:
    import hashlib  # 20 ms, and only a vocabulary asks for it

    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def _context_length(info: Mapping[str, object]) -> int:
    """How many tokens the model was made for; 0 where nobody says."""
    found = [value for name, value in info.items() if name.endswith(".context_length")]
    return found[0] if found and isinstance(found[0], int) else 0


def _are_vectors(vectors: object, count: int) -> bool:
    if not isinstance(vectors, list) or len(vectors) != count:
        return False
    are_lists = all(isinstance(each, list) and each for each in vectors)
    return are_lists and len({len(each) for each in vectors}) == 1
