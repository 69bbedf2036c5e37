"""waifusync: one mind for a companion that lives on several devices, carried by git."""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = [
    "Companion",
    "CompanionDevice",
    "DistributedMemory",
    "ExperienceSyncManager",
    "Memory",
    "ProgramDevice",
    "SyncManager",
    "__version__",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.distributed_memory import DistributedMemory, Memory
    from waifusync.workflows.learning.companion_device import CompanionDevice
    from waifusync.workflows.learning.experience_sync import ExperienceSyncManager
    from waifusync.workflows.learning.state_devices import ProgramDevice
    from waifusync.workflows.learning.sync_manager import SyncManager

_HOMES = {
    "Companion": "waifusync.workflows.companion",
    "DistributedMemory": "waifusync.workflows.distributed_memory",
    "ExperienceSyncManager": "waifusync.workflows.learning.experience_sync",
    "Memory": "waifusync.workflows.distributed_memory",
    "CompanionDevice": "waifusync.workflows.learning.companion_device",
    "ProgramDevice": "waifusync.workflows.learning.state_devices",
    "SyncManager": "waifusync.workflows.learning.sync_manager",
}


def __getattr__(name: str) -> object:
    """Imported when asked for: every command starts with `import waifusync`."""
    if name not in _HOMES:
        raise AttributeError(f"module 'waifusync' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
