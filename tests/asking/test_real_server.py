"""Asking and embedding with a real Ollama, where there is one: the stand-in may be wrong about it."""

from __future__ import annotations

from pathlib import Path

from tests.companions import World
from tests.sessions.real_ollama import real_ollama


def test_a_real_server_answers_is_measured_and_embeds(tmp_path: Path) -> None:
    with real_ollama(tmp_path / "ollama") as server:
        server.add("tiny")
        laptop = World(tmp_path).device("laptop")
        file = laptop.directory / "waifusync.toml"
        file.write_text(file.read_text().replace("num_ctx = 4096", "num_ctx = 256"))
        laptop.environment = {"OLLAMA_HOST": server.url}
        shown = laptop.run("device", "endpoint", server.url, "--model", "tiny", "--json").json
        assert shown["models"] == ["tiny:latest"]
        # A model of random weights now and then says nothing, which is no answer.
        tries = (laptop.run("ask", "hello", "--json", code=None) for _ in range(5))
        [answer] = next(ran for ran in tries if ran.code == 0).json["answers"]
        assert answer["tokens"] > 0
        assert answer["tokens_per_second"] > 0
        assert answer["first_seconds"] <= answer["seconds"]
        missing = laptop.run("ask", "hello", "--model", "nobody", "--json", code=4).json
        assert "not found" in missing["error"]
        [(model, said)] = laptop.sql("SELECT model_used, ai_response FROM memories")
        assert (model, said) == ("tiny", answer["answer"])
        assert laptop.run("embed", "--model", "tiny", "--json").json["made"] == 1
        [(dimension, length, digest)] = laptop.sql(
            "SELECT dimension, length(vector), length(digest) FROM memory_vectors"
        )
        assert (length, digest) == (4 * dimension, 64)
        assert "- server: Ollama 0." in laptop.run("device", "note").out
        assert server.is_alive
