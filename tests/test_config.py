"""waifusync.toml: what is understood, and that every mistake names its key and its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waifusync import config
from waifusync.config import Config, ConfigError, Conflicts, Layout, Strategy, texts
from waifusync.core.ask_settings import AskSettings
from waifusync.core.embed_settings import EmbedSettings
from waifusync.core.learning.personality_settings import PersonalitySettings
from waifusync.core.learning.settings import Aggregation, LearningSettings

COMPANION = 'companion = "k3v9x2a7"\n'


def test_the_file_that_init_writes_says_what_the_defaults_are() -> None:
    assert config.parse(texts.render_default("k3v9x2a7")) == Config(companion="k3v9x2a7")


def test_everything_that_can_be_chosen_is_read() -> None:
    text = COMPANION + (
        'exclude = ["drafts"]\natomic = ["facts"]\nremote_timeout_seconds = 5\n'
        '[vectors]\n"notes.vector" = ""\n'
        '[references]\n"facts.memory" = "memories.id"\n'
        '[conflicts]\ndefault = "manual_review"\n'
        '[conflicts.tables]\nfacts = "manual_review"\n"memories.user_input" = "latest_wins"\n'
        "[ask]\nthreshold = 0.5\nconnect_seconds = 1\nfirst_seconds = 2\nseconds = 3\nnum_ctx = 512\n"
        'trusted_networks = ["10.0.0.0/8"]\ninsecure = true\n'
        '[embed]\nmodel = "m"\ndevice = "laptop"\nbatch = 8\n'
        "[personality]\nadaptation_rate = 0.5\n"
        '[learning]\nskill_aggregation = "max"\nknowledge_verification_threshold = 2\n'
        "memory_deduplication = true\n"
    )
    tables = {"facts": Strategy.MANUAL_REVIEW, "memories.user_input": Strategy.LATEST_WINS}
    assert config.parse(text) == Config(
        companion="k3v9x2a7",
        exclude=("drafts",),
        atomic=("facts",),
        remote_timeout_seconds=5.0,
        vectors={"notes.vector": ""},
        references={"facts.memory": "memories.id"},
        conflicts=Conflicts(default=Strategy.MANUAL_REVIEW, tables=tables),
        ask=AskSettings(0.5, 1.0, 2.0, 3.0, 512, ("10.0.0.0/8",), True),
        embed=EmbedSettings("m", "laptop", 8),
        personality=PersonalitySettings(0.5),
        learning=LearningSettings(Aggregation.MAX, 2.0, True),
    )


def test_a_field_has_its_own_strategy_before_its_tables_before_the_default() -> None:
    tables = {"facts": Strategy.LATEST_WINS, "facts.text": Strategy.MANUAL_REVIEW}
    assert Conflicts(tables=tables).strategy_for("facts", "text") is Strategy.MANUAL_REVIEW
    conflicts = Conflicts(default=Strategy.MANUAL_REVIEW, tables=tables)
    assert conflicts.strategy_for("facts", "weight") is Strategy.LATEST_WINS
    assert conflicts.strategy_for("memories", "text") is Strategy.MANUAL_REVIEW


def test_a_column_needs_no_quotes() -> None:
    assert config.parse(COMPANION + '[vectors]\nnotes.vector = "model"\n').vectors == {
        "notes.vector": "model"
    }


MISTAKES = [
    ('layout = "graph"', "line 2: layout: unknown layout 'graph'"),
    ('exlude = ["drafts"]', "line 2: exlude: unknown key"),
    ('\n\nexclude = "drafts"', "line 4: exclude: expected a list of table names, found 'drafts'"),
    ("exclude = [\n  1,\n]", "line 2: exclude: expected a list of table names, found [1]"),
    ("# why\natomic = [''] ", "line 3: atomic: expected a list of table names, found ['']"),
    ("remote_timeout_seconds = true", "line 2: remote_timeout_seconds: expected a number of seconds"),
    ("remote_timeout_seconds = nan", "line 2: remote_timeout_seconds: expected a number of seconds"),
    ("vectors = 3", "line 2: vectors: expected a table, found 3"),
    ('[vectors]\nembeddings = ""', 'line 3: vectors.embeddings: expected "table.column", found'),
    ("[vectors]\nnotes.vector = 1", "line 3: vectors.notes.vector: expected a text, found 1"),
    ('[references]\n"a.b" = "c"', "line 3: references.a.b: expected \"table.column\", found 'c'"),
    ('[conflicts]\n\ndefault = "newest"', "line 4: conflicts.default: unknown strategy 'newest'"),
    ("[conflicts]\ndefault = []", "line 3: conflicts.default: unknown strategy []"),
    ("conflicts = {default = 1}", "line 2: conflicts.default: unknown strategy 1"),
    ("[conflicts.tables]\nfacts = 1", "line 3: conflicts.tables.facts: unknown strategy 1"),
    ("[ask]\nthreshold = 30", "line 3: ask.threshold: expected a number from 0 to 1, found 30"),
    ("[ask]\nnum_ctx = 1", "line 3: ask.num_ctx: expected a number of tokens"),
    ('[ask]\ntrusted_networks = "any"', "line 3: ask.trusted_networks: expected a list"),
    ('[ask]\ntrusted_networks = ["10.0.0.1/8"]', "line 3: ask.trusted_networks: expected networks"),
    ("[ask]\ntrusted_networks = [1]", "line 3: ask.trusted_networks: expected a text, found 1"),
    ("[ask]\ninsecure = 1", "line 3: ask.insecure: expected true or false, found 1"),
    (
        "[personality]\nadaptation_rate = 1.5",
        "line 3: personality.adaptation_rate: expected a number from 0 to 1, found 1.5",
    ),
    ("[embed]\nbatch = 0", "line 3: embed.batch: expected a number of texts from 1 to 1000, found 0"),
    (
        '[learning]\nskill_aggregation = "sum"',
        "line 3: learning.skill_aggregation: unknown aggregation 'sum'",
    ),
    ("[learning]\nmemory_deduplication = 1", "line 3: learning.memory_deduplication: expected true or false"),
    ("[learning]\nskill_aggregation = 3", "line 3: learning.skill_aggregation: unknown aggregation 3"),
    *(
        (f"[learning]\nknowledge_verification_threshold = {wrong}", "line 3: learning.knowledge_verification")
        for wrong in ("0", "1.5", "-1", "1001", "true", "nan", "inf", '"2"')
    ),
    ("exclude = [", "line 2: "),
    ("exclude == 3", "line 2: invalid value"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[text for text, _ in MISTAKES])
def test_a_mistake_is_told_with_its_key_and_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config.parse(COMPANION + text + "\n")
    assert raised.value.message.startswith(f"waifusync.toml {message}")


def test_a_file_without_a_companion_says_where_to_find_it() -> None:
    with pytest.raises(ConfigError, match=r"^waifusync.toml: companion: missing$") as raised:
        config.parse("")
    assert raised.value.hint


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / config.FILE_NAME
    path.write_bytes(COMPANION.encode() + b"exclude = ['caf\xe9']\n")
    with pytest.raises(ConfigError, match="line 2: the file is not UTF-8"):
        config.read(path)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / config.FILE_NAME
    path.write_text(COMPANION, encoding="utf-8")
    assert config.read(path) == Config(companion="k3v9x2a7")


@given(st.text())
def test_no_text_is_more_than_a_config_or_an_error_of_ours(text: str) -> None:
    try:
        config.parse(text)
    except ConfigError as error:
        assert error.message.startswith("waifusync.toml")


def test_the_layout_is_changed_and_nothing_else_wherever_the_line_stands_or_is_missing() -> None:
    for text in (
        texts.render_default("k3v9x2a7"),
        COMPANION + "# a note\n[conflicts]\ndefault = 'manual_review'\n",
        "exclude = ['drafts']\n" + COMPANION + "layout = 'log' # as ever\n",
    ):
        changed = texts.with_layout(text, Layout.DATABASE)
        assert config.parse(changed) == config.parse(text)._replace(layout=Layout.DATABASE)
        assert config.parse(texts.with_layout(changed, Layout.LOG)) == config.parse(text)
        assert set(text.splitlines()) - set(changed.splitlines()) <= {
            'layout = "log"',
            "layout = 'log' # as ever",
        }
