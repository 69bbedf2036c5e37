"""A stand-in for Ollama that answers like it, word by word, and can fail in every way that one does.

What it shares with a real one is held by one contract suite (test_servers.py); what newer ones do otherwise
(no `context` any more) and what goes wrong (slow, out of memory, garbage) only it can be asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BYTES = [chr(256 + each) for each in range(256)]
SPECIAL = ["<|bos|>", "<|eos|>", "<|user|>", "<|assistant|>", "<|system|>"]


@dataclass
class FakeModel:
    """`tokens` is the vocabulary: one for each byte, then the special ones; `blob` names the weights."""

    name: str
    blob: str = "0" * 64
    tokens: list[str] = field(default_factory=lambda: [*BYTES, *SPECIAL])
    quantization: str = "F16"
    dimension: int = 8
    size: int = 1000

    def tokenize(self, text: str) -> list[int]:
        return list(text.encode())


@dataclass
class Behaviour:
    """What to do otherwise than a server that is well."""

    has_context: bool = True
    refuses_context: bool = False
    version: str = "0.33.0"
    answer: str = "yes indeed"
    status: int = 200
    error: str = "something"
    garbage: bytes | None = None
    silence_seconds: float = 0.0
    breaks_off_after: int | None = None
    fails_after: int | None = None
    pause_seconds: float = 0.0


class FakeOllama:
    """Listens on a free port of the loopback from the start; `requests` are (path, body) as they came."""

    def __init__(self, *models: FakeModel, behaviour: Behaviour | None = None) -> None:
        self.models = {model.name: model for model in models or (FakeModel("tiny"),)}
        self.behaviour = behaviour or Behaviour()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.is_dead = False
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def asked(self, path: str) -> list[dict[str, Any]]:
        return [body for each, body in self.requests if each == path]

    def wait(self, seconds: float) -> None:
        """As long as it is to be silent, or until it is stopped."""
        self._released.wait(seconds)

    def stop(self) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def answers(self, path: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The lines of one answer."""
        if path == "/api/version":
            yield {"version": self.behaviour.version}
        elif path == "/api/tags":
            yield {"models": [_listed(model) for model in self.models.values()]}
        else:
            yield from _of_model(self, self.models[body["model"].removesuffix(":latest")], path, body)


@contextlib.contextmanager
def fake_ollama(*models: FakeModel, **behaviour: Any) -> Iterator[FakeOllama]:
    server = FakeOllama(*models, behaviour=Behaviour(**behaviour))
    try:
        yield server
    finally:
        server.stop()


def _listed(model: FakeModel) -> dict[str, Any]:
    digest = hashlib.sha256(f"{model.name}{model.blob}".encode()).hexdigest()
    details = {"quantization_level": model.quantization, "family": "llama"}
    return {"name": f"{model.name}:latest", "digest": digest, "size": model.size, "details": details}


def _of_model(
    server: FakeOllama, model: FakeModel, path: str, body: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    if path == "/api/show":
        yield _shown(model)
    elif path == "/api/embed":
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        yield {"model": model.name, "embeddings": [_vector(model, text) for text in texts]}
    elif "keep_alive" in body and not body.get("prompt"):
        yield {"model": model.name, "response": "", "done": True, "done_reason": "unload"}
    elif path == "/api/generate":
        yield from _generated(server, model, body)
    else:
        yield from _chatted(server, model)


def _shown(model: FakeModel) -> dict[str, Any]:
    return {
        "modelfile": f"# generated\nFROM /models/blobs/sha256-{model.blob}\n",
        "template": "<|user|>{{ .Prompt }}<|assistant|>{{ .Response }}",
        "model_info": {
            "llama.context_length": 2048,
            "tokenizer.ggml.model": "gpt2",
            "tokenizer.ggml.pre": "gpt-2",
            "tokenizer.ggml.tokens": model.tokens,
            "tokenizer.ggml.merges": [],
        },
    }


def _vector(model: FakeModel, text: str) -> list[float]:
    raw = [byte - 127.5 for byte in hashlib.sha256(text.encode()).digest()[: model.dimension]]
    length = sum(each * each for each in raw) ** 0.5
    return [each / length for each in raw]


def _words(server: FakeOllama) -> Iterator[str]:
    for place, word in enumerate(server.behaviour.answer.split(" ")):
        if server.behaviour.pause_seconds:
            server.wait(server.behaviour.pause_seconds)
        yield word if place == 0 else f" {word}"


def _chatted(server: FakeOllama, model: FakeModel) -> Iterator[dict[str, Any]]:
    for word in _words(server):
        yield {"model": model.name, "message": {"role": "assistant", "content": word}, "done": False}
    yield {"model": model.name, "message": {"role": "assistant", "content": ""}, **_counts()}


def _generated(server: FakeOllama, model: FakeModel, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    context = body.get("context") or []
    if any(token >= len(model.tokens) for token in context):
        server.is_dead = True  # as 0.9.3 does: the whole server is gone
        raise ConnectionAbortedError
    text = ""
    for word in _words(server):
        text += word
        yield {"model": model.name, "response": word, "done": False}
    end: dict[str, Any] = {"model": model.name, "response": "", **_counts()}
    if server.behaviour.has_context:
        prompt = f"<|user|>{body['prompt']}<|assistant|>{text}"
        end["context"] = [*context, *model.tokenize(prompt)]
    yield end


def _counts() -> dict[str, Any]:
    second = 1_000_000_000
    return {
        "done": True,
        "done_reason": "stop",
        "load_duration": 1,
        "prompt_eval_count": 5,
        "prompt_eval_duration": second // 10,
        "eval_count": 20,
        "eval_duration": second,
        "total_duration": 2 * second,
    }


def _handler(server: FakeOllama) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, body: dict[str, Any]) -> None:
            behaviour = server.behaviour
            self.close_connection = True
            server.requests.append((self.path, body))
            if server.is_dead:
                return
            server.wait(behaviour.silence_seconds)
            if behaviour.garbage is not None:
                self.wfile.write(behaviour.garbage)
            elif behaviour.refuses_context and "context" in body:
                self._whole(400, {"error": "context is not supported any more"})
            elif behaviour.status != 200:
                self._whole(behaviour.status, {"error": behaviour.error})
            elif self.path.startswith("/api/") and body.get("model", "tiny").removesuffix(":latest") not in (
                *server.models,
                *([] if "model" in body else ["tiny"]),
            ):
                self._whole(404, {"error": f"model '{body['model']}' not found"})
            elif body.get("stream", True) and self.path in ("/api/chat", "/api/generate"):
                self._stream(body)
            else:
                self._whole(200, list(server.answers(self.path, body))[-1])

        def _whole(self, status: int, found: dict[str, Any]) -> None:
            text = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _stream(self, body: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/x-ndjson")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                for place, found in enumerate(server.answers(self.path, body)):
                    if place == server.behaviour.breaks_off_after:
                        return
                    if place == server.behaviour.fails_after:
                        self._chunk({"error": server.behaviour.error})
                        break
                    self._chunk(found)
                self.wfile.write(b"0\r\n\r\n")

        def _chunk(self, found: dict[str, Any]) -> None:
            text = json.dumps(found).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
            self.wfile.flush()

    return Handler


def wait_until(condition: Any, seconds: float = 10.0) -> None:
    """For what another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
