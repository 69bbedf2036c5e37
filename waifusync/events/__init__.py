"""Seeing what happens while it happens: `subscribe` in a program, `waifusync events` elsewhere.

An event is told after what it speaks of was committed. Nothing that listens can delay or fail a sync, and
losing the file of events loses nothing.
"""

from __future__ import annotations

from waifusync.core.events import Event, Fact
from waifusync.events.subscribing import Subscription, subscribe
from waifusync.events.telling import emit

__all__ = ["Event", "Fact", "Subscription", "emit", "subscribe"]
