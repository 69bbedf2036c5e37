"""One device: its folder, the program that holds its database open, and what that program was promised."""

from __future__ import annotations

import copy
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests import companions
from tests.companions import Ran
from tests.simulation.device import Journal
from tests.simulation.real_git.place import Place
from waifusync.memory.live import LiveMemory
from waifusync.workflows.companion import Companion

# With these, what programs wrote is in a commit of this device; with 4 only the remote lacks it.
SAFE = {0, 1, 4}
TELLING = {"sync", "commit", "push", "pull"}


class Recorded(Journal):
    """Notes besides where each value was written, by programs whose transaction was committed."""

    def __init__(self) -> None:
        super().__init__()
        self.issued: dict[str, tuple[str, str]] = {}

    def write(self, table: str, row: object, column: str, value: str) -> None:
        super().write(table, row, column, value)
        self.issued[value] = table, column


class Device(companions.Device):
    """The one that histories know, around a real companion."""

    world: Place

    def __init__(self, world: Place, name: str) -> None:
        super().__init__(world, name, world.folder / name)
        self.id = name
        self.journal = Recorded()
        self.backups: list[tuple[Path, Recorded]] = []
        self.program = self._start_program()

    @property
    def database(self) -> Path:
        return self.directory / ".git" / "waifusync" / "memory.db"

    def _start_program(self) -> sqlite3.Connection:
        return sqlite3.connect(self.database, isolation_level=None, timeout=10)

    def stop(self) -> None:
        self.program.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction of the program's; what was written in one that fails was never promised."""
        before = copy.deepcopy(self.journal)
        self.program.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.program.execute("COMMIT")
        except BaseException:
            self.program.execute("ROLLBACK")
            self.journal = before
            raise
        self.world.told.issued.update(self.journal.issued)

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        return self.program.execute(sql, values).fetchall()

    @property
    def companion(self) -> Companion:
        return Companion.find(self.directory)

    @property
    def choices(self) -> object:
        return self.companion.choices

    @contextmanager
    def memory(self) -> Iterator[LiveMemory]:
        with self.companion.memory() as memory:
            yield memory

    def do(self, *words: str) -> Ran:
        """`waifusync WORDS`; where it says that all is safe, that is a promise from then on."""
        ran = self.run(*words, code=None)
        if words[0] in TELLING and ran.code in SAFE:
            self.world.told.written.update(self.journal.written.values())
            self.world.told.deleted.update(self.journal.deleted)
            self.journal = Recorded()
        return ran

    def try_git(self, *words: str) -> str:
        """Git as somebody calls it who does not look whether it worked."""
        return self.git(*words, check=False)

    def back_up(self) -> None:
        path = self.world.folder / f"{self.name}.backup{len(self.backups)}"
        with closing(sqlite3.connect(path)) as target:
            self.program.backup(target)
        self.backups.append((path, copy.deepcopy(self.journal)))

    def restore_backup(self, which: int) -> None:
        """The chat is ended, and an older file put back: what the newer one had not told is lost with it."""
        if not self.backups:
            return
        path, journal = self.backups[which % len(self.backups)]
        self.program.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.database}{suffix}").unlink(missing_ok=True)
        shutil.copy(path, self.database)
        self.journal = Recorded()
        self.journal.written.update(journal.written)
        self.program = self._start_program()

    def copied(self, name: str) -> Device:
        """The folder copied while its program is not running; both go on, with what neither had told."""
        self.program.close()
        shutil.copytree(self.directory, self.world.folder / name, symlinks=True)
        self.program = self._start_program()
        other = Device(self.world, name)
        other.journal = copy.deepcopy(self.journal)
        other.environment = dict(self.environment)
        return other
