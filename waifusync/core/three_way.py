"""Merging three versions of a file, as decisions: computed first, then applied, printed and reported.

The three-way merge of one field; a clash is a conflict, with a provisional winner that both orders agree on:

                  theirs:  as base       changed                  removed
    ours: as base          keep          take theirs              remove
          changed          take ours     same? take, else clash   remove, and a clash
          removed          remove        remove, and a clash      remove
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from types import MappingProxyType

from waifusync.values import NamedTuple


class Side(str, Enum):
    """The three versions, always in this order."""

    BASE = "base"
    OURS = "ours"
    THEIRS = "theirs"


class Action(str, Enum):
    """What becomes of a row, a field, a vector or a part of the schema."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    KEEP = "keep"  # one side removed it, and it stays all the same
    RENUMBER = "renumber"


class Strategy(str, Enum):
    """How a clash is settled; the provisional winner of MANUAL_REVIEW waits for a person."""

    MANUAL_REVIEW = "manual_review"
    LATEST_WINS = "latest_wins"
    OURS = "ours"
    THEIRS = "theirs"


class Strategies(NamedTuple):
    """The strategy of everything, and of single tables and fields ("table" or "table.column")."""

    default: Strategy = Strategy.MANUAL_REVIEW
    tables: Mapping[str, Strategy] = MappingProxyType({})

    def turned(self) -> Strategies:
        """The same, for a merge with its sides exchanged."""
        other = {Strategy.OURS: Strategy.THEIRS, Strategy.THEIRS: Strategy.OURS}
        tables = {name: other.get(each, each) for name, each in self.tables.items()}
        return Strategies(other.get(self.default, self.default), tables)

    def of(self, table: str, column: str | None = None) -> Strategy:
        """The field's own, else its table's, else the default; of the whole row without a column."""
        return self.tables.get(f"{table}.{column}") or self.tables.get(table) or self.default


class Clash(NamedTuple):
    """What the sides wanted, as values for JSON; `is_settled` when nobody needs to be asked."""

    reason: str
    base: object
    ours: object
    theirs: object
    is_settled: bool = False

    def turned(self) -> Clash:
        """With the sides exchanged, in the words of the reason too."""
        others = {"ours": "theirs", "theirs": "ours"}
        reason = re.sub(r"\b(ours|theirs)\b", lambda found: others[found[0]], self.reason)
        return self._replace(reason=reason, ours=self.theirs, theirs=self.ours)

    @staticmethod
    def of(reason: str, versions: Sequence[object], *, is_settled: bool = False) -> Clash:
        """Base, ours, theirs."""
        base, ours, theirs = versions
        return Clash(reason, base, ours, theirs, is_settled)


class Decision(NamedTuple):
    """One thing decided; `key` None speaks of the table itself, `column` None of the whole row.

    `table` is a table of a database, an array's name, or a part of a session.
    """

    table: str
    key: str | None
    action: Action
    side: Side
    column: str | None = None
    clash: Clash | None = None

    def turned(self) -> Decision:
        """The same, of a merge with its sides exchanged."""
        sides = {Side.OURS: Side.THEIRS, Side.THEIRS: Side.OURS, Side.BASE: Side.BASE}
        return self._replace(side=sides[self.side], clash=self.clash and self.clash.turned())

    def to_json(self) -> dict[str, object]:
        """As `--json` and the report show it."""
        shape: dict[str, object] = {"table": self.table, "key": self.key, "action": self.action.value}
        shape |= {"column": self.column, "side": self.side.value}
        if self.clash is not None:
            clash = self.clash
            shape["conflict"] = {"reason": clash.reason, "settled": clash.is_settled}
            shape["conflict"] |= {  # type: ignore[operator]  # made a line above
                "base": clash.base,
                "ours": clash.ours,
                "theirs": clash.theirs,
            }
        return shape


class Difference(NamedTuple):
    """What the second of two files has otherwise than the first; `fields` is column to (first, second)."""

    table: str
    key: str | None
    action: Action
    fields: Mapping[str, tuple[object, object]]
    text: str = ""

    def to_json(self) -> dict[str, object]:
        """As `diff-file --json` shows it."""
        fields = {name: {"from": before, "to": after} for name, (before, after) in self.fields.items()}
        shape: dict[str, object] = {"table": self.table, "key": self.key, "action": self.action.value}
        return shape | {"fields": fields} | ({"text": self.text} if self.text else {})


def conflicts(decisions: Iterable[Decision]) -> list[Decision]:
    """Those that a person should look at: clashes that no strategy settled."""
    return [each for each in decisions if each.clash is not None and not each.clash.is_settled]


def which(base: object, ours: object, theirs: object) -> Side | None:
    """Whose version of one field to take, each being comparable by ==; None is a clash."""
    if ours == theirs or theirs == base:
        return Side.OURS
    return Side.THEIRS if ours == base else None


def settle(
    strategy: Strategy,
    ours: object,
    theirs: object,
    *,
    order: Callable[[object], object],
    times: tuple[object, object] | None = None,
) -> tuple[Side, bool]:
    """The (provisional) winner of a clash, the same from both sides, and whether nobody needs to be asked.

    `order` makes values comparable; `times` are the two sides' own stamps, None where there are none.
    """
    if strategy in (Strategy.OURS, Strategy.THEIRS):
        return Side(strategy.value), True
    if times is not None and times[0] != times[1]:
        later = Side.OURS if order(times[0]) > order(times[1]) else Side.THEIRS  # type: ignore[operator]  # order's job
        return later, strategy is Strategy.LATEST_WINS
    greater = Side.OURS if order(ours) >= order(theirs) else Side.THEIRS  # type: ignore[operator]  # order's job
    return greater, False
