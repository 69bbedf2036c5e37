"""waifusync: one mind for a companion that lives on several devices, carried by git."""

from __future__ import annotations

__version__ = "0.1.0"
