"""`pickup`: taking over what another device handed over. Only this device's own file says that it has."""

from __future__ import annotations

from waifusync.core.conversation import Branch
from waifusync.core.hand_over import PICKED_UP, HandOver
from waifusync.errors import UnreachableError, UsageError, WaifusyncError
from waifusync.log.source import device_id
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion
from waifusync.workflows.device_facts import all_facts
from waifusync.workflows.hand_overs import waiting_here
from waifusync.workflows.introducing import tell
from waifusync.workflows.sessions.resuming import choose_branch
from waifusync.workflows.sessions.shelf import open_shelf
from waifusync.workflows.syncing.exchange import Wishes, exchange
from waifusync.workflows.syncing.outcome import Outcome


class Waiting(NamedTuple):
    """`giver` is the name of the device that handed over; `branch` all that was said by now, None where there
    is no session, or `trouble` says why it is not here."""

    found: HandOver
    giver: str
    branch: Branch | None = None
    trouble: str = ""


class PickedUp(NamedTuple):
    """`first` is what was picked up now; `others` wait still, the newest first."""

    first: Waiting | None
    others: list[Waiting]


def take_in(companion: Companion) -> tuple[Outcome | None, str]:
    """What the remote had; or None, and why it could not be asked."""
    try:
        return exchange(companion, Wishes("pickup", ask_remote=True)), ""
    except UnreachableError as error:
        return None, error.message
    except UsageError as error:  # there is no remote: what plain git brought may wait all the same
        if "outcome" not in error.facts:
            raise
        return None, error.message


def pick_up(companion: Companion) -> PickedUp:
    """The newest that waits for this device, noted as picked up; the others go with the next push."""
    found = waiting_here(companion)
    names = {device_id(each.folder): each.name for each in all_facts(companion)} if found else {}
    told = [Waiting(each, names.get(each.giver, each.giver)) for each in found]
    if not told:
        return PickedUp(None, [])
    first = _with_branch(companion, told[0])
    tell(companion, {PICKED_UP: {first.found.giver: first.found.at}})
    return PickedUp(first, told[1:])


def _with_branch(companion: Companion, waiting: Waiting) -> Waiting:
    """Up to the newest turn that goes on from there, whichever device said it."""
    if not waiting.found.session:
        return waiting
    try:
        branch, _ = choose_branch(open_shelf(companion), waiting.found.session)
    except WaifusyncError as error:
        return waiting._replace(trouble=error.message)
    return waiting._replace(branch=branch)
