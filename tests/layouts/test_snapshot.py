"""The file that git tracks: anybody can read it, it holds what it should, and is not written for nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.companions import FACTS, World
from tests.layouts.conftest import SNAPSHOT, by_hand, shown, snapshot

OURS = ["waifusync_files", "waifusync_rows", "waifusync_snapshot"]


def test_a_fresh_clone_is_read_with_plain_sqlite_from_a_folder_that_cannot_be_written_to(
    world: World,
) -> None:
    """T2: no journal is needed, no trigger of ours is in it, and the rows are those of the live database."""
    laptop = world.device("laptop")
    laptop.sql(FACTS)
    laptop.sql("CREATE INDEX by_text ON facts (text)")
    laptop.sql("CREATE VIEW short AS SELECT text FROM facts")
    laptop.sql("CREATE TRIGGER shout AFTER INSERT ON facts BEGIN SELECT 1; END")
    laptop.say("one", "two")
    laptop.sql("INSERT INTO facts (text, source_memory_id) SELECT 'a fact', max(id) FROM memories")
    laptop.sync()
    clone = world.folder / "clone"
    world.git(world.folder, "clone", "-q", str(world.remote), str(clone))
    (clone / "shared_memory").chmod(0o555)
    with closing(sqlite3.connect(f"file:{clone / SNAPSHOT}?mode=ro", uri=True)) as reader:
        schema = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB ? ORDER BY 1"
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert reader.execute(schema, ("waifusync_*",)).fetchall() == laptop.sql(schema, ("waifusync_*",))
        names = "SELECT name FROM sqlite_master WHERE name GLOB 'waifusync_*' ORDER BY 1"
        assert [name for (name,) in reader.execute(names)] == OURS
        rows = "SELECT m.id, user_input, text FROM memories AS m LEFT JOIN facts ON source_memory_id = m.id"
        assert reader.execute(rows).fetchall() == laptop.sql(rows)
    (clone / "shared_memory").chmod(0o755)


def test_a_table_that_stays_at_home_is_not_in_the_file_not_even_in_its_free_pages(world: World) -> None:
    """T26: `exclude` holds in this layout too."""
    laptop = world.device("laptop")
    file = laptop.directory / "waifusync.toml"
    file.write_text(file.read_text().replace("exclude = []", 'exclude = ["drafts"]'))
    laptop.sql("CREATE TABLE drafts (id INTEGER PRIMARY KEY, text TEXT)")
    laptop.sql("INSERT INTO drafts (text) VALUES ('nobody reads this')")
    laptop.say("one")
    laptop.sql("INSERT INTO memories (user_input) VALUES ('deleted again, long before it was sent')")
    laptop.sql("DELETE FROM memories WHERE user_input <> 'one'")
    laptop.sync()
    content = snapshot(laptop).read_bytes()
    assert b"nobody reads this" not in content and b"drafts" not in content
    assert shown(snapshot(laptop)) == ["one"]
    assert laptop.sql("SELECT text FROM drafts") == [("nobody reads this",)]


def test_row_numbers_in_the_file_are_the_live_databases_also_where_no_column_holds_them(world: World) -> None:
    """T3: what is noted of a row is noted of that row."""
    laptop = world.device("laptop")
    laptop.sql("CREATE TABLE notes (text TEXT)")
    for number in range(9):
        laptop.sql("INSERT INTO notes VALUES (?)", (f"note {number}",))
    laptop.sql("DELETE FROM notes WHERE text IN ('note 1', 'note 4')")
    laptop.sync()
    rows = "SELECT rowid, text FROM notes"
    assert by_hand(snapshot(laptop), rows) == laptop.sql(rows)
    laptop.git("commit", "-q", "--allow-empty", "-m", "nothing")
    assert "repaired" not in laptop.sync().err


def test_nothing_new_writes_no_snapshot_whoever_wrote_the_last(world: World) -> None:
    """T8: T9: two devices that hold the same agree on one of theirs."""
    laptop, jetson = world.pair()
    for device in (laptop, jetson):
        device.say(device.name)
    world.settle(laptop, jetson)
    before = world.git(world.remote, "rev-parse", f"main:{SNAPSHOT}"), world.remote_head()
    for _ in range(20):
        for device in (laptop, jetson):
            assert "Nothing new" in device.sync("--full").out
    assert (world.git(world.remote, "rev-parse", f"main:{SNAPSHOT}"), world.remote_head()) == before
    for device in (laptop, jetson):
        (device.directory / "notes.md").write_text(device.name)
        device.git("add", "notes.md")
        device.git("commit", "-q", "-m", "notes", check=False)
        device.git("pull", "-q", "--no-edit", "--no-rebase", "-X", "ours", check=False)
        device.git("push", "-q", "origin", "main", check=False)
    world.settle(laptop, jetson)
    assert world.git(world.remote, "rev-parse", f"main:{SNAPSHOT}") == before[0]


def test_the_cost_of_the_layout_is_said(world: World) -> None:
    laptop = world.device("laptop")
    laptop.say("one")
    laptop.sync()
    told = laptop.run("status")
    assert "layout: database, in which a commit adds all of memory.db to .git" in told.out
    assert told.out.strip().endswith("All is in step: nothing to do.")
    assert laptop.run("status", "--json").json["layout"] == "database"
    size = snapshot(laptop).stat().st_size
    assert laptop.run("layout", "--json").json["snapshot"] == size


def test_all_is_well_after_the_cache_of_unpacked_snapshots_is_gone(world: World) -> None:
    """T20: it is a cache: the snapshot in git has everything."""
    laptop, jetson = world.pair()
    laptop.say("one")
    world.settle(laptop, jetson)
    for ref in laptop.git("for-each-ref", "--format=%(refname)", "refs/waifusync/unpacked").splitlines():
        laptop.git("update-ref", "-d", ref)
    laptop.git("-c", "gc.reflogExpire=now", "gc", "-q", "--prune=now")
    laptop.say("two")
    assert laptop.run("verify", "--json").json["ok"]
    laptop.sync()
    for file in (laptop.directory / ".git/waifusync").glob("memory.db*"):
        file.unlink()
    laptop.sync()
    assert laptop.said() == ["one", "two"]


def test_an_old_snapshot_is_imported_as_what_it_carries_and_brings_nothing_back(world: World) -> None:
    """T4: `waifusync import` of what `git show COMMIT:shared_memory/memory.db` gives."""
    laptop = world.device("laptop")
    laptop.say("kept", "deleted", "changed")
    laptop.sync()
    old = world.folder / "old.db"
    old.write_bytes(snapshot(laptop).read_bytes())
    laptop.sql("DELETE FROM memories WHERE user_input = 'deleted'")
    laptop.sql("UPDATE memories SET user_input = 'corrected' WHERE user_input = 'changed'")
    laptop.sync()
    by_hand(old, "INSERT INTO memories (user_input) VALUES ('found in an old copy')")
    laptop.run("import", str(old))
    assert laptop.said() == ["corrected", "found in an old copy", "kept"]
    assert laptop.run("verify", "--json").json["ok"]


def test_many_syncs_keep_the_repository_small(world: World) -> None:
    """T14: each commit stores the file anew; packed, they are one file and what changed."""
    laptop = world.device("laptop")
    laptop.sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " INSERT INTO memories (user_input) SELECT hex(randomblob(100)) FROM n"
    )
    laptop.sync()
    objects = laptop.directory / ".git/objects"
    once = sum(path.stat().st_size for path in objects.rglob("*") if path.is_file())
    for number in range(20):
        laptop.say(f"memory {number}")
        laptop.run("commit")
    after = sum(path.stat().st_size for path in objects.rglob("*") if path.is_file())
    assert after < 12 * once
