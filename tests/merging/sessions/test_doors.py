"""Sessions by way of the command line and of git."""

from __future__ import annotations

import json

from tests.merging.drivers.repository import Repository
from tests.merging.sessions.merging_sessions import session, turn, write

FILE = "shared_memory/context_tokens/laptop_session_001.json"
HELLO = turn("hello")


def test_merge_file_weaves_and_tells_that_tokens_were_dropped(repository: Repository) -> None:
    """T21."""
    for name, more in (("base", []), ("ours", [turn("mine")]), ("theirs", [turn("yours")])):
        tokens = [1, *range(len(more)), len(name)]
        write(repository.directory / f"{name}.json", session(HELLO, *more, context_tokens=tokens))
    told = repository.run("merge-file", "base.json", "ours.json", "theirs.json", "-o", "out.json")
    merged = json.loads((repository.directory / "out.json").read_text())
    assert sorted(each["content"] for each in merged["messages"]) == ["hello", "mine", "yours"]
    assert merged["context_tokens"] is None
    assert "context_tokens dropped" in told.out + told.err
    shown = repository.run("diff-file", "ours.json", "out.json", "--json").out.splitlines()
    assert [(each["table"], each["action"]) for each in map(json.loads, shown)] == [
        ("messages", "add"),
        ("fields", "change"),
    ]


def _part(repository: Repository) -> None:
    path = repository.directory / FILE
    path.parent.mkdir(parents=True)
    write(path, session(HELLO))
    repository.commit("both")
    repository.git("switch", "-q", "-c", "other")
    write(path, session(HELLO, turn("music?", at="2026-01-01T10:05:00Z"), updated_at="2026-01-02"))
    repository.commit("theirs")
    repository.git("switch", "-q", "main")
    write(path, session(HELLO, turn("tea?", at="2026-01-01T10:01:00Z"), updated_at="2026-01-01"))
    repository.commit("ours")


def test_git_merges_and_rebases_to_the_same_conversation(repository: Repository) -> None:
    """T8: a rebase calls theirs what a merge calls ours."""
    _part(repository)
    repository.git("merge", "-q", "other", "-m", "both")
    merged = json.loads((repository.directory / FILE).read_text())
    assert [each["content"] for each in merged["messages"]] == ["hello", "tea?", "music?"]
    assert merged["updated_at"] == "2026-01-02"
    repository.git("reset", "-q", "--hard", "HEAD~1")
    repository.git("rebase", "-q", "other")
    assert json.loads((repository.directory / FILE).read_text()) == merged


def test_a_session_that_is_cut_off_is_a_conflict_for_git_with_ours_whole(repository: Repository) -> None:
    """T5, T20: half-written JSON came from the other side."""
    _part(repository)
    ours = (repository.directory / FILE).read_bytes()
    repository.git("switch", "-q", "other")
    (repository.directory / FILE).write_text('{"messages": [')
    repository.commit("cut off")
    repository.git("switch", "-q", "main")
    assert "not JSON" in repository.git("merge", "other", code=1).err
    assert (repository.directory / FILE).read_bytes() == ours
