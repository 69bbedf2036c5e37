"""What was found out about models and servers, kept on this machine: asking again takes long.

A vocabulary is 20 MB to list, and which server no longer takes context tokens shows only in an answer. A file
that is gone or damaged costs the time to ask again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from waifusync.core.resuming import Server
from waifusync.sessions.ollama import ModelFacts, Ollama
from waifusync.values import NamedTuple

_MOST_MODELS = 50


class Known(NamedTuple):
    """A model on a server: `version` is the server's."""

    facts: ModelFacts
    version: str
    takes_context: bool

    @property
    def server(self) -> Server:
        return Server(self.facts.tokenizer, self.facts.template, self.facts.vocabulary, self.takes_context)


class ModelMemory(NamedTuple):
    """`write` puts a text into a file at once or not at all."""

    file: Path
    write: Callable[[Path, str], None]

    def look_up(self, ollama: Ollama, model: str) -> Known:
        """Lists a vocabulary only of a model never met. Raises what asking raises."""
        version = ollama.version()
        digest = next((each.digest for each in ollama.models() if _is_called(each.name, model)), "")
        held = self._read()
        facts = _facts(held["models"].get(digest))
        if facts is None:
            facts = ollama.facts(model)
            self._keep(held, digest, facts)
        return Known(facts._replace(name=model), version, version not in held["without_context"])

    def takes_context(self, version: str) -> bool:
        """As far as is known."""
        return version not in self._read()["without_context"]

    def note_no_context(self, version: str) -> None:
        """A server of this version answered as if no tokens had been sent."""
        held = self._read()
        if version and version not in held["without_context"]:
            held["without_context"].append(version)
            self.write(self.file, json.dumps(held))

    def _keep(self, held: _Held, digest: str, facts: ModelFacts) -> None:
        if digest:
            newest = list(held["models"].items())[-_MOST_MODELS + 1 :]
            held["models"] = {**dict(newest), digest: facts._asdict()}
            self.write(self.file, json.dumps(held))

    def _read(self) -> _Held:
        try:
            found = json.loads(self.file.read_bytes())
            return {"models": dict(found["models"]), "without_context": list(found["without_context"])}
        except (OSError, ValueError, TypeError, LookupError):
            return {"models": {}, "without_context": []}


class _Held(TypedDict):
    models: dict[str, dict[str, object]]
    without_context: list[str]


def _facts(value: object) -> ModelFacts | None:
    try:
        return ModelFacts(**value) if isinstance(value, dict) else None
    except TypeError:  # another waifusync kept other facts
        return None


def _is_called(listed: str, model: str) -> bool:
    return listed in (model, f"{model}:latest")
