"""`ExperienceSyncManager`: experiences of deployed instances into the companion of a folder, from asyncio.

    sync = ExperienceSyncManager()
    await sync.initialize_sync("instance-123", "lumped", config, source_agent)
    await sync.stream_event("instance-123", event)

What a call returned for is on the disk. It is taken in when its time has come, by one task of the running
loop; what was not, because the program ended, is taken in by the next one that starts here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from waifusync.core.learning.experience import ExperienceEvent
from waifusync.core.learning.gathered import ExperienceBatch, InstanceState
from waifusync.core.learning.merged import Merged
from waifusync.workflows.companion import wall_clock
from waifusync.workflows.learning.instances import Instance, Instances, Report
from waifusync.workflows.learning.mind import learned
from waifusync.workflows.learning.reception import Accepted, Reception

if TYPE_CHECKING:
    import asyncio
    from types import TracebackType

    from waifusync.core.learning.sync_settings import SyncSettings

_T = TypeVar("_T")
# A clock may be set while we sleep.
_LONGEST_SLEEP_SECONDS = 60.0


class ExperienceSyncManager:
    """One for a companion's folder. Used from one loop at a time; several programs may have one each."""

    def __init__(self, directory: str | Path = ".", *, clock: Callable[[], int] = wall_clock) -> None:
        """`clock` gives milliseconds since 1970. Opens nothing yet."""
        self._directory = Path(directory)
        self._clock = clock
        self._instances: Instances | None = None
        self._pacing: asyncio.Task[None] | None = None
        self._woken: asyncio.Event | None = None
        self._flushing: asyncio.Lock | None = None

    async def __aenter__(self) -> ExperienceSyncManager:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def initialize_sync(
        self,
        instance_id: str,
        protocol: str | None = None,
        config: Mapping[str, Any] | SyncSettings | None = None,  # Any: JSON
        source_agent: object = None,
        *,
        report: Report | None = None,
    ) -> dict[str, Any]:  # Any: JSON
        """Makes an instance known, and returns its status; again: with another configuration.

        `report` gives the state of the instance when the schedule of its check-ins says so. Raises UsageError
        with the path of what is wrong, NoCompanion.
        """
        instances = await self._open()
        await _in_thread(lambda: instances.add(instance_id, protocol, config, source_agent, report))
        self._wake()
        return await self.get_sync_status(instance_id)

    async def stream_event(
        self,
        instance_id: str,
        event: ExperienceEvent | Mapping[str, Any],  # Any: JSON
    ) -> Accepted:
        """On the disk when it returns; taken in at once with others, or with the lumped batch."""
        return await self._accept(instance_id, Reception.accept_event, event)

    async def send_batch(
        self,
        instance_id: str,
        batch: ExperienceBatch | Mapping[str, Any],  # Any: JSON
    ) -> Accepted:
        """On the disk when it returns; taken in with the lumped batch."""
        return await self._accept(instance_id, Reception.accept_batch, batch)

    async def check_in(
        self,
        instance_id: str,
        state: InstanceState | Mapping[str, Any] | None = None,  # Any: JSON
    ) -> Merged:
        """Takes in all that waits of this instance, and what is new in its state since its last check-in."""
        instances = await self._open()
        instance = instances.open_for_check_in(instance_id)
        async with self._one_at_a_time():
            return await _in_thread(lambda: instances.check_in(instance, state))

    async def merge_experience_batch(
        self,
        instance_id: str,
        batch: ExperienceBatch | Mapping[str, Any],  # Any: JSON
    ) -> Merged:
        """Takes a batch in at once, past all that waits."""
        instances = await self._open()
        instance = instances.open(instance_id)
        async with self._one_at_a_time():
            return await _in_thread(
                lambda: instances.reception.deliver_batch(instance_id, batch, instance.settings)
            )

    async def get_sync_status(self, instance_id: str) -> dict[str, Any]:  # Any: JSON
        """How an instance stands: its configuration, what waits and until when, what went wrong last."""
        instances = await self._open()
        return await _in_thread(lambda: instances.status(instance_id))

    async def get_learned(self, instance_id: str) -> dict[str, Any]:  # Any: JSON
        """What the companion knows and is able to do, as the strategy of this instance sees it."""
        instances = await self._open()
        strategy = instances.open(instance_id).settings.merge_strategy
        return await _in_thread(lambda: learned(instances.reception.companion, strategy))

    async def get_sync_backlog(self, instance_id: str | None = None) -> list[dict[str, Any]]:  # Any: JSON
        """Every delivery that waits or was set aside, oldest first; nothing of what it holds."""
        instances = await self._open()
        return await _in_thread(
            lambda: [each.to_json() for each in instances.reception.queue.all(instance_id)]
        )

    async def deliver_due(self) -> float | None:
        """Takes in what is due now. How many seconds until the next is, None where nothing waits."""
        instances = await self._open()
        for instance in instances.due_to_report():
            await self._ask(instances, instance)
        async with self._one_at_a_time():
            return await _in_thread(instances.deliver_due)

    async def close(self) -> None:
        """Takes in what streams, whether it is due or not, and stops. What else waits goes on waiting."""
        import asyncio

        pacing, self._pacing = self._pacing, None
        if pacing is not None and self._woken is not None and pacing.get_loop() is asyncio.get_running_loop():
            # Not cancelled: what it does in a thread would go on all the same.
            self._woken.set()
            await asyncio.wait([pacing])
        if self._instances is not None:
            instances, self._instances = self._instances, None
            await _in_thread(instances.close)

    async def _accept(
        self, instance_id: str, accept: Callable[[Reception, str, Any, SyncSettings], Accepted], given: object
    ) -> Accepted:
        instances = await self._open()
        settings = instances.open(instance_id).settings
        accepted = await _in_thread(lambda: accept(instances.reception, instance_id, given, settings))
        self._wake()
        return accepted

    async def _ask(self, instances: Instances, instance: Instance) -> None:
        """A check-in of the schedule's. Whatever a program's function raises is told by the status."""
        assert instance.report is not None
        try:
            state: Any = instance.report()  # Any: check_in looks at it
            await self.check_in(instance.name, await state if isinstance(state, Awaitable) else state)
        except Exception as error:
            instances.note_failure(error)

    async def _open(self) -> Instances:
        if self._instances is None:
            self._instances = await _in_thread(lambda: Instances(self._directory, clock=self._clock))
        return self._instances

    def _one_at_a_time(self) -> asyncio.Lock:
        self._begin()
        assert self._flushing is not None
        return self._flushing

    def _wake(self) -> None:
        self._begin()
        assert self._woken is not None
        self._woken.set()

    def _begin(self) -> None:
        """One task in the loop that runs now; another loop may have run before."""
        import asyncio

        loop = asyncio.get_running_loop()
        if self._pacing is None or self._pacing.done() or self._pacing.get_loop() is not loop:
            self._woken, self._flushing = asyncio.Event(), asyncio.Lock()
            self._pacing = loop.create_task(self._pace(self._woken))

    async def _pace(self, woken: asyncio.Event) -> None:
        import asyncio

        while self._pacing is not None:
            woken.clear()
            try:
                seconds = await self.deliver_due()
            except Exception as error:
                # A task that died would be noticed by nobody. All that waits is still there.
                seconds = (await self._open()).note_failure(error)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(woken.wait(), _longest(seconds))


def _longest(seconds: float | None) -> float | None:
    return None if seconds is None else min(seconds, _LONGEST_SLEEP_SECONDS)


async def _in_thread(work: Callable[[], _T]) -> _T:
    """The disk and the database are waited for elsewhere, so that the loop runs on."""
    import asyncio

    return await asyncio.to_thread(work)
