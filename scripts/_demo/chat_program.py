"""A chat program: a process of its own that opens the database once, and holds that connection to the end.

It knows nothing of waifusync. As a program, `chat_program.py FILE.db` obeys statements from stdin, one JSON
list each (the SQL, then its values), and answers with the rows, or with the error.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path


class ChatProgram:
    """The other end of that process."""

    def __init__(self, database: Path) -> None:
        self._name = database.parents[1].name
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(database)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def execute(self, statement: str, *values: object) -> None:
        """Raises SystemExit when the program met an error, such as a locked database."""
        self.rows(statement, *values)

    def rows(self, statement: str, *values: object) -> list[list[object]]:
        """Likewise, with what the statement found."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([statement, *values]) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if isinstance(answer, str):
            raise SystemExit(f"error: the chat program on the {self._name} met: {answer}")
        found: list[list[object]] = answer
        return found

    def close(self) -> list[str]:
        """Ends it; what was wrong with it or its database."""
        (verdict,) = self.rows("PRAGMA integrity_check")[0]
        self._process.communicate()
        status = self._process.returncode
        problems = [] if verdict == "ok" else [f"the database on the {self._name}: {verdict}"]
        return problems if status == 0 else [*problems, f"the chat program ended with {status}"]


def serve(database: str) -> None:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    for line in sys.stdin:
        statement, *values = json.loads(line)
        try:
            answer: object = connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            answer = str(error)
        print(json.dumps(answer), flush=True)
    connection.close()


if __name__ == "__main__":
    serve(sys.argv[1])
