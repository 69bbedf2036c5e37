"""`waifusync diff-file`: what one database (array, session) has otherwise than another, row by row.

one file             all that is in it, a line for each row: what git calls as textconv
two files            counts by table, then the rows
seven or nine words  the same, as git calls it: path old-file old-hex old-mode new-file new-hex new-mode
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.core.three_way import Difference
    from waifusync.merging.files import CannotMerge

EXAMPLES = (
    "waifusync diff-file yesterday.db today.db",
    "waifusync diff-file yesterday.npz today.npz --json",
    "GIT_EXTERNAL_DIFF='waifusync diff-file' git diff -- memories.db",
)
_WIDTH = 120
_GITS_WORDS = 7
_SAID = {"add": "added", "change": "changed", "remove": "removed", "keep": "kept", "renumber": "renumbered"}


def diff_file(
    files: Annotated[tuple[str, ...], Argument("A B", help="Two files; one alone is shown whole.")],
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Show what B has otherwise than A: rows added, changed and removed, by table, and the schema."""
    if len(files) == 1:
        _show_whole(directory / files[0], json=json)
    elif len(files) == 2:
        _compare(directory / files[0], directory / files[1], json=json)
    elif len(files) >= _GITS_WORDS:
        _compare_for_git(files, directory, json=json)
    else:
        raise UsageError("diff-file takes one file or two", hint="see 'waifusync diff-file --help'")
    return ExitCode.DONE


def _show_whole(file: Path, *, json: bool) -> None:
    """Sorted, so that two versions of one file differ in the lines of the rows that differ."""
    from waifusync.merging.files import CannotMerge
    from waifusync.workflows.merging_files import contents

    if json:
        for each in contents(file):
            output.answer_json(each.to_json())
        return
    try:
        lines = sorted(_whole_line(each) for each in contents(file))
    except CannotMerge as error:
        lines = _otherwise(file, error)
    for line in lines:
        output.answer(line)


def _otherwise(file: Path, error: CannotMerge) -> list[str]:
    """A text that is only called like a database as it is. git shows nothing at all once a textconv fails."""
    content = file.read_bytes()
    if b"\0" not in content:
        return content.decode("utf-8", "replace").splitlines()
    import hashlib

    return [
        error.message.replace(str(file), "this"),
        f"{len(content):,} bytes, {hashlib.sha256(content).hexdigest()}",
    ]


def _whole_line(each: Difference) -> str:
    key = "" if each.key is None else f" {each.key}"
    fields = [f"{name}={after!r}" for name, (_, after) in each.fields.items()]
    return output.plain(f"{each.table}{key}: {', '.join(fields) or each.text}")


def _compare_for_git(files: tuple[str, ...], directory: Path, *, json: bool) -> None:
    """git ends its whole diff when this fails, so what cannot be compared is only said."""
    from waifusync.merging.files import CannotMerge

    output.answer(f"diff {output.plain(files[0])}")
    try:
        _compare(directory / files[1], directory / files[4], json=json)
    except CannotMerge as error:
        output.answer(output.plain(error.message))


def _compare(one: Path, other: Path, *, json: bool) -> None:
    """Read twice, once to count: there may be more rows than memory."""
    from waifusync.workflows.merging_files import differences

    if json:
        for each in differences(one, other):
            output.answer_json(each.to_json())
        return
    counts = Counter((each.table, _what(each)) for each in differences(one, other))
    _summarize(counts)
    if counts:
        for each in differences(one, other):
            output.answer(_line(each))


def _what(each: Difference) -> str:
    return _SAID[each.action.value] if each.key is not None else "schema"


def _summarize(counts: Counter[tuple[str, str]]) -> None:
    tables: dict[str, list[str]] = {}
    for (table, what), count in sorted(counts.items()):
        tables.setdefault(table, []).append(f"{count:,} {what}")
    for table, told in tables.items():
        output.answer(f"{output.plain(table)}: {', '.join(told)}")
    if not tables:
        output.answer("No difference.")


def _line(each: Difference) -> str:
    key = "" if each.key is None else f"{each.key} "
    text = each.text if each.key is None and each.text else _fields(each) or each.text
    return output.plain(f"{_what(each)} {each.table} {key}{text}", width=_WIDTH)


def _fields(each: Difference) -> str:
    if each.action.value == "change":
        return ", ".join(f"{name}: {before!r} → {after!r}" for name, (before, after) in each.fields.items())
    at = 0 if each.action.value == "remove" else 1
    return ", ".join(f"{name}: {pair[at]!r}" for name, pair in each.fields.items())
