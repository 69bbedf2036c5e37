"""A companion's memory as a Python program sees it: the third door to the same workflows.

memory = DistributedMemory("jetson")
memory.add_memory("what is my cat called?", "Mo", conversation_id="pets")
memory.sync()
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waifusync.errors import UsageError
from waifusync.memory.duplicates import Duplicates
from waifusync.memory.links import has_links
from waifusync.memory.private import is_there, private_key
from waifusync.memory.schema import PRIVATE
from waifusync.values import dataclass, replace
from waifusync.workflows.companion import Companion, NoCompanion
from waifusync.workflows.learning.learned import Learned
from waifusync.workflows.local_state import check_device_name
from waifusync.workflows.remembering import memories_table, remember, remember_private
from waifusync.workflows.status import FORMAT, STATUS_FILE, read_status, to_json, write_sync_status
from waifusync.workflows.syncing.exchange import Wishes, exchange
from waifusync.workflows.syncing.outcome import Outcome

if TYPE_CHECKING:
    import numpy

# Of English text a token of most models holds about four characters; of other scripts often only one, so
# bytes are counted, which are more there. Too few turns are better than a prompt that was cut off.
BYTES_PER_TOKEN = 4
TOKENS_PER_TURN = 8
_COLUMNS = (
    "id, timestamp, device_id, conversation_id, user_input, ai_response, model_used,"
    " facts_extracted, embeddings"
)


@dataclass(frozen=True, slots=True)
class Memory:
    """One turn of a conversation. `row` is its number on this device; `key`, its name on all of them, is None
    as long as no waifusync command has looked at the row. `duplicates`: keys of those that it stands for."""

    key: str | None
    row: int
    timestamp: str | None
    device: str | None
    conversation_id: str | None
    user_input: str | None
    ai_response: str | None
    model_used: str | None
    facts_extracted: str | None
    embedding: bytes | None
    duplicates: tuple[str, ...] = ()
    is_private: bool = False

    @property
    def tokens(self) -> int:
        """An estimate on the safe side: bytes of both texts over four, and eight for what a prompt adds."""
        texts = (self.user_input or "", self.ai_response or "")
        return TOKENS_PER_TURN + sum(-(-len(text.encode()) // BYTES_PER_TOKEN) for text in texts)


class DistributedMemory(Learned):
    """The memory of the companion in a folder, shared with the person's other devices.

    Holds nothing open between calls, so it may be kept, forked and used from several threads.
    """

    def __init__(self, device: str, directory: str | Path = ".", *, create: bool = False) -> None:
        """Opens the companion that `directory` lies in; with `create`, makes one where there is none.

        Raises UsageError when this device has another name, NoCompanion when there is none to open.
        """
        self.companion = _open(check_device_name(device), Path(directory), create=create)

    @property
    def device(self) -> str:
        """What this device is called."""
        return self.companion.state.name

    @property
    def path(self) -> Path:
        """The live database: any program may open it and write to it."""
        return self.companion.live_path

    def sync(self) -> Outcome:
        """Pulls and pushes. Raises UnreachableError when the remote is away; all is safe here then."""
        return self._exchange("sync", ask_remote=True, push=True)

    def push_to(self, remote: str) -> Outcome:
        """Pushes to a remote of the repository by its name, or to a URL."""
        return self._exchange("push", remote=remote, ask_remote=True, push=True)

    def pull_from(self, remote: str) -> Outcome:
        """Takes in what another remote or URL holds; nothing is pushed."""
        return self._exchange("pull", remote=remote, ask_remote=True)

    def add_memory(
        self,
        user_input: str,
        ai_response: str | None = None,
        *,
        conversation_id: str | None = None,
        model_used: str | None = None,
        facts_extracted: str | Mapping[str, Any] | list[Any] | None = None,  # Any: whatever JSON holds
        embedding: numpy.ndarray[Any, Any] | bytes | None = None,  # Any: of any shape and number type
        timestamp: str | datetime | None = None,
        private: bool = False,
    ) -> str:
        """Writes a turn and returns its key, by which every device knows it; it goes with the next push.

        A private one stays on this device for good, and its key means nothing elsewhere.
        Facts that are no text are written as JSON, an embedding as float32; a time without a zone is UTC.
        """
        values = {
            "user_input": user_input,
            "ai_response": ai_response,
            "conversation_id": conversation_id,
            "model_used": model_used,
            "facts_extracted": _as_text(facts_extracted),
            "embeddings": _as_bytes(embedding),
            "timestamp": _as_time(timestamp),
        }
        return (remember_private if private else remember)(self.companion, values).key

    def get_memories(
        self,
        *,
        conversation_id: str | None = None,
        device: str | None = None,
        since: str | datetime | None = None,
        limit: int | None = None,
        every: bool = False,
        private: bool = False,
    ) -> list[Memory]:
        """The newest `limit` memories (all unless given) of all devices, oldest first.

        Rows that programs wrote a moment ago are among them; with `private`, what stays on this device too.
        Of memories that `dedupe` joined, the newest stands for all; with `every`, each is given.
        """
        conditions = {"m.conversation_id = ?": conversation_id, "m.device_id = ?": device}
        conditions["julianday(m.timestamp) >= julianday(?)"] = _as_time(since)
        chosen = {sql: value for sql, value in conditions.items() if value is not None}
        where = " AND ".join(chosen) or "1"
        with self.companion.memory() as memory:
            has_private = private and is_there(memory.connection)
            query, times = _query(where, private=has_private), 2 if has_private else 1
            values = [*chosen.values()] * times

            def look(most: int) -> list[Memory]:
                rows = memory.connection.execute(query, [*values, most])
                return [_memory(*row) for row in rows.fetchall()]

            most = -1 if limit is None else limit
            if every or not has_links(memory.connection):
                return look(most)[::-1]
            known = Duplicates(memory.connection, memories_table(memory.catalog()))
            return known.first(look, most)[::-1]

    def build_context(self, conversation: str, max_tokens: int) -> list[Memory]:
        """The newest turns of a conversation that fit into `max_tokens` together, oldest first.

        Turns count whichever device they were spoken on. None is ever split, and none left out between two
        others: the first that does not fit, going back, ends the context. See Memory.tokens for the estimate.
        """
        left, context = max_tokens, []
        for turn in reversed(self.get_memories(conversation_id=conversation)):
            left -= turn.tokens
            if left < 0:
                break
            context.append(turn)
        return context[::-1]

    def load_sync_status(self) -> dict[str, Any]:  # Any: what the JSON file holds
        """What shared_memory/sync_status.json said last; made first where it is missing or damaged."""
        try:
            found = json.loads((self.companion.root / STATUS_FILE).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return self.update_sync_status()
        return found if isinstance(found, dict) else self.update_sync_status()

    def update_sync_status(self) -> dict[str, Any]:  # Any: as above
        """Made afresh, as `waifusync status --json` has it, and written where it says something else."""
        found = read_status(self.companion)
        write_sync_status(found)
        return {"format": FORMAT, **to_json(found)}

    def _exchange(self, purpose: str, *, remote: str | None = None, **wishes: bool) -> Outcome:
        elsewhere = remote not in (None, self.companion.state.remote)
        companion = self.companion.with_remote(remote) if remote and elsewhere else self.companion
        outcome = exchange(companion, Wishes(purpose, elsewhere=elsewhere, **wishes))
        self.update_sync_status()
        return outcome


def _open(device: str, directory: Path, *, create: bool) -> Companion:
    try:
        companion = Companion.find(directory)
    except UsageError:
        if not create:
            raise
        from waifusync.workflows.init import init

        return init(directory, device).companion
    if companion.state.name != device:
        raise UsageError(
            f"this device is {companion.state.name}, not {device}",
            hint=f'DistributedMemory("{companion.state.name}") opens it',
        )
    return companion


def _memory(is_private: int, key: str | None, row: int, *others: Any) -> Memory:  # Any: as SQLite has them
    told = Memory(private_key(row) if is_private else key, row, *others)
    return replace(told, is_private=True) if is_private else told


def _query(where: str, *, private: bool) -> str:
    columns = ", ".join(f"m.{name}" for name in _COLUMNS.split(", "))
    shared = (
        f"SELECT 0 AS kept, r.key, {columns} FROM memories AS m"  # noqa: S608 - our conditions, values bound
        " LEFT JOIN waifusync_records AS r ON r.row = m.id AND r.state = 0"
        " AND r.tbl = (SELECT id FROM waifusync_tables WHERE name = 'memories')"
        f" WHERE {where}"
    )
    kept = f" UNION ALL SELECT 1, NULL, {columns} FROM {PRIVATE} AS m WHERE {where}"  # noqa: S608 - as above
    both = f"{shared}{kept if private else ''}"
    newest = "ORDER BY julianday(timestamp) DESC, kept DESC, id DESC LIMIT ?"
    return f"SELECT * FROM ({both}) {newest}"  # noqa: S608 - as above


def _as_text(facts: object) -> str | None:
    return facts if facts is None or isinstance(facts, str) else json.dumps(facts, ensure_ascii=False)


def _as_bytes(embedding: numpy.ndarray[Any, Any] | bytes | None) -> bytes | None:  # Any: as in add_memory
    if embedding is None or isinstance(embedding, bytes):
        return embedding
    import numpy

    return numpy.ascontiguousarray(embedding, dtype="<f4").tobytes()


def _as_time(moment: str | datetime | None) -> str | None:
    if not isinstance(moment, datetime):
        return moment
    return moment.replace(tzinfo=moment.tzinfo or timezone.utc).isoformat(timespec="milliseconds")


__all__ = ["Companion", "DistributedMemory", "Memory", "NoCompanion"]
