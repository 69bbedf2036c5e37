"""The five fields of cron. A local time goes in, and local times come out: whose, only the caller knows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cronsim import CronSim

_FIELDS = 5


def parsed(fields: str, moment: datetime) -> CronSim:
    """The times after `moment`, in order. Raises ValueError for what is no cron.

    cronsim would take six fields too, the first being seconds.
    """
    from cronsim import CronSim, CronSimError

    if len(fields.split()) != _FIELDS:
        raise ValueError("five fields")
    try:
        return CronSim(fields, moment)
    except CronSimError as error:
        raise ValueError(str(error)) from None
