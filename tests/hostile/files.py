"""Settings, git's own files, vectors, devices' files and sessions that lie, or that name programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from tests.hostile.cases import Case, Fate, Shared, chained, device_of, entry, log_file, memory, pushed
from tests.hostile.remotes import Content

_ESCAPES = "\x1b[2J\x1b]0;owned\x07\x1b[31mred\u202egnp"
_RUN = "touch ../canary"
_FIRST = 400
_ID = "0123456789abcdef"

_TOML: Mapping[str, bytes] = {
    "no TOML": b"[companion\n",
    "nothing": b"",
    "no UTF-8": b'companion = "\xff"\n',
    "a byte of zero": b'companion = "\0"\n',
    "a key that nobody knows": b'companion = "x"\nrun = "touch ../canary"\n',
    "a key of terminal commands": b'companion = "x"\n"\\u001b[2Jowned" = 1\n',
    "a value of terminal commands": b'companion = "x"\nlayout = "\\u001b[2Jowned"\n',
    "a value of a hundred thousand letters": b'companion = "x"\nlayout = "' + b"x" * 100_000 + b'"\n',
    "a number that is none": b'companion = "x"\nremote_timeout_seconds = nan\n',
    "an infinite time": b'companion = "x"\nremote_timeout_seconds = inf\n',
    "a number of thousands of digits": b'companion = "x"\nremote_timeout_seconds = ' + b"9" * 5000 + b"\n",
    "lists nested too deeply": b'companion = "x"\nexclude = ' + b"[" * 50_000 + b"]" * 50_000 + b"\n",
    "tables nested too deeply": b'companion = "x"\n[' + b"a." * 20_000 + b"a]\n",
    "one key twice": b'companion = "x"\ncompanion = "y"\n',
    "a network that is none": b'companion = "x"\n[ask]\ntrusted_networks = ["-oProxyCommand=x"]\n',
    "conflict markers": b"<<<<<<< HEAD\n=======\n>>>>>>> x\n",
}
_ATTRIBUTES: Mapping[str, bytes] = {
    "a filter for our logs": b"shared_memory/log/** filter=owned\n",
    "an encoding for our vectors": b"shared_memory/vectors/** working-tree-encoding=UTF-16\n",
    "idents in our devices": b"shared_memory/devices/* ident\n",
}
_HARMLESS: Mapping[str, Mapping[str, Content]] = {
    "another end of lines for everything": {".gitattributes": b"/shared_memory/** text eol=crlf\n* text=auto\n"},
    "a filter that nobody has": {".gitattributes": b"notes/* filter=owned diff=owned merge=owned\n", "notes/x": b"x"},
    "settings of git's that git does not read": {".gitconfig": f"[core]\n\tfsmonitor = {_RUN}\n\thooksPath = .\n[alias]\n\tstatus = !{_RUN}\n".encode()},
    "settings of a large file store": {".lfsconfig": f"[lfs]\n\turl = ext::{_RUN}\n".encode(), "notes/x": b"version https://git-lfs.github.com/spec/v1\n"},
    "hooks of a tool's": {".pre-commit-config.yaml": b"repos: []\n", ".husky/post-checkout": f"#!/bin/sh\n{_RUN}\n".encode()},
    "what is to be ignored is everything": {".gitignore": b"*\n!canary\n"},
    "a page of notes of terminal commands": {"device_contexts/EVIL_CONTEXT.md": _ESCAPES.encode()},
    "a program beside the memory": {"shared_memory/run.sh": f"#!/bin/sh\n{_RUN}\n".encode()},
    "an experiment of somebody else's": {"experiments/laptop-00000000/sitecustomize.py": b"import os; os.system('touch ../canary')\n"},
    "Python in the way": {"waifusync/__init__.py": b"raise SystemExit('owned')\n", "json.py": b"raise SystemExit('owned')\n", "sitecustomize.py": b"raise SystemExit('owned')\n"},
}  # fmt: skip


def _device(**facts: object) -> bytes:
    usual = {"format": 1, "id": "evilevil", "name": "eve", "created": 1, "waifusync": "0"}
    return json.dumps({**usual, **facts}).encode()


_DEVICES: Mapping[str, bytes] = {
    "no JSON": b"{",
    "a list": b"[]",
    "nothing": b"",
    "nested too deeply": b'{"name":' + b"[" * 100_000,
    "a name of terminal commands": _device(name=_ESCAPES),
    "a name that is a path": _device(name="../../canary", aliases=["../x", _ESCAPES, 7]),
    "a name that is the laptop's": _device(name="laptop", id="laptop"),
    "a time that is a text": _device(created="now"),
    "a time without end": _device(created=1e308),
    "a time that overflows": _device().replace(b'"created": 1', b'"created": 1e999'),
    "a time of thousands of digits": _device().replace(b'"created": 1', b'"created": ' + b"9" * 5000),
    "an endpoint that runs a program": _device(endpoint=f"ext::{_RUN}", ssh=f"-oProxyCommand={_RUN}"),
    "an endpoint of a file": _device(endpoint="file:///etc/passwd", ssh="eve@-oProxyCommand=x:22"),
    "an endpoint of terminal commands": _device(endpoint="http://" + _ESCAPES, models=[_ESCAPES, {}], model=_ESCAPES),
    "capabilities that are a text": _device(capabilities="all", models="x"),
    "more memory than there is": _device(capabilities={"role": "strong", "memory": 1e308, "power_mode": _ESCAPES}),
    "less memory than none": _device(capabilities={"role": _ESCAPES, "memory": -1}),
    "it retires the laptop": _device(retired=["laptop", 7, None, _ESCAPES]),
    "a hand-over of a path": _device(hand_over={"at": "2026-01-01T00:00:00Z", "session": "../../canary", "note": _ESCAPES}),
    "a hand-over at no time": _device(hand_over={"at": _ESCAPES, "to": [], "note": 7}, picked_up={"x": {}}),
    "a hand-over after the end of time": _device(hand_over={"at": "9999-12-31T23:59:59-23:59", "note": _ESCAPES}),
    "a format of the future": _device(format=99),
}  # fmt: skip


def _session(folder: str, **members: object) -> bytes:
    usual = {
        "format": 1, "session_id": f"{folder}_session_001", "device": "eve", "device_id": folder[-8:],
        "conversation": "eve-1", "continues": None, "created_at": "2026-01-31T12:00:00.000+00:00",
        "updated_at": "2026-01-31T12:00:00.000+00:00", "model": {},
        "messages": [{"id": "a", "role": "user", "content": _ESCAPES, "timestamp": "2026-01-31T12:00:00.000+00:00"}],
    }  # fmt: skip
    return json.dumps({**usual, **members}).encode()


_TOKENS = {"count": 3, "bits": 9, "data": "AIRyAA==", "turn": "a"}
_SESSIONS: Mapping[str, Mapping[str, object]] = {
    "another id than its file's": {"session_id": "laptop-00000000_session_001"},
    "an id that is a path": {"session_id": "../../canary"},
    "a format of the future": {"format": 99},
    "a format that is true": {"format": True},
    "a conversation of terminal commands": {"conversation": _ESCAPES},
    "a conversation of a path": {"conversation": "../../canary"},
    "a device of terminal commands": {"device": _ESCAPES, "device_id": [], "created_at": {}, "updated_at": _ESCAPES},
    "it continues itself": {"continues": {"session_id": "twin-evil0000_session_001", "turn": "a"}},
    "it continues what is nowhere": {"continues": {"session_id": "../x", "turn": _ESCAPES}},
    "it merges what is nowhere": {"merges": [{"session_id": "x", "turn": None}] * 1000},
    "it merges a number": {"merges": 7},
    "one turn twice": {"messages": [{"id": "a", "role": "user"}, {"id": "a", "role": "user"}]},
    "a turn that is a text": {"messages": ["hello"]},
    "a turn without end": {"messages": [{"id": "a", "role": "user", "content": "x" * 1_000_000}]},
    "a role of terminal commands": {"messages": [{"id": _ESCAPES, "role": _ESCAPES, "content": _ESCAPES, "timestamp": _ESCAPES}]},
    "a time of a number": {"messages": [{"id": "a", "role": "user", "content": "x", "timestamp": 1e308}]},
    "a time before all": {"messages": [{"id": "a", "role": "user", "content": "x", "timestamp": "0001-01-01T00:00:00+14:00"}]},
    "images that are numbers": {"messages": [{"id": "a", "role": "user", "content": "x", "images": [1, {}, "%%%"]}]},
    "more tokens than there are": {"context_tokens": {**_TOKENS, "count": 10**12}},
    "tokens of no bits": {"context_tokens": {**_TOKENS, "bits": 0}},
    "tokens of a million bits": {"context_tokens": {**_TOKENS, "bits": 10**6}},
    "fewer tokens than none": {"context_tokens": {**_TOKENS, "count": -5}},
    "tokens that are no base64": {"context_tokens": {**_TOKENS, "data": "%%%"}},
    "tokens that are a text": {"context_tokens": "all"},
    "tokens of another turn": {"context_tokens": {**_TOKENS, "turn": ["a"]}},
    "a model of terminal commands": {"model": {"name": _ESCAPES, "num_ctx": 1e308, "tokenizer": [], "server": _ESCAPES}},
    "a checkpoint of a path": {"checkpoints": {"../../canary": {"turn": "nowhere", "at": _ESCAPES}}},
    "checkpoints that are numbers": {"checkpoints": {"x": 7}},
    "an origin of terminal commands": {"origin": {_ESCAPES: _ESCAPES, "sha256": 7}},
}  # fmt: skip
_BROKEN_SESSIONS: Mapping[str, bytes] = {
    "no JSON": b"{",
    "a list": b"[]",
    "nothing": b"",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "one key twice": b'{"format":1,"format":2}',
    "not a number": b'{"format":NaN}',
    "a number of thousands of digits": b'{"format":' + b"9" * 5000 + b"}",
    "nested too deeply": b'{"format":' + b"[" * 100_000,
    "no UTF-8": b'{"format":"\xff"}',
}


def _header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def _npy(shape: str, kind: str = "<f4", order: str = "False") -> bytes:
    return _header(
        f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': ({shape}), }}".ljust(117) + "\n"
    ) + bytes(16)


_VECTORS: Mapping[str, bytes] = {
    "nothing": b"",
    "another magic": b"\x94NUMPY" + _npy("1, 4")[6:],
    "a later version": b"\x93NUMPY\x03\x00" + _npy("1, 4")[8:],
    "a header that ends nowhere": b"\x93NUMPY\x01\x00\xff\xff{",
    "a header of Python": _header("__import__('os').system('touch ../canary')\n"),
    "objects": _npy("1, 4", "|O"),
    "doubles": _npy("1, 4", "<f8"),
    "columns first": _npy("1, 4", order="True"),
    "more rows than bytes": _npy("9999999999, 9999999999"),
    "rows of no numbers": _npy("4, 0"),
    "no rows": _npy("0, 4"),
    "fewer than none": _npy("-1, -4"),
    "one dimension": _npy("4,"),
    "three dimensions": _npy("1, 2, 2"),
    "not numbers": _npy("1, 4")[:-16] + b"\x00\x00\xc0\x7f" * 4,
    "numbers without end": _npy("1, 4")[:-16] + b"\x00\x00\x80\x7f" * 4,
    "more than the header says": _npy("1, 4") + b"x",
    "a zip file": b"PK\x03\x04" + bytes(100),
}


def shared() -> Iterator[Shared]:
    """Files of devices that nobody knows: whatever is in them stops nothing."""
    number = _FIRST
    for name, content in _DEVICES.items():
        device = device_of(number)
        yield Shared(
            "devices",
            name,
            {f"shared_memory/devices/{device}.json": content, **_good(device)},
            kept=f"good of {device}",
        )
        number += 1
    sessions = {
        name: (lambda device, m=members: _session(device, **m)) for name, members in _SESSIONS.items()
    }  # type: ignore[misc]
    sessions |= {name: (lambda device, c=content: c) for name, content in _BROKEN_SESSIONS.items()}  # type: ignore[misc]
    for name, make in sessions.items():
        device = device_of(number)
        yield Shared(
            "sessions", name, {f"shared_memory/context_tokens/{device}_session_001.json": make(device)}
        )
        number += 1
    for name, content in _VECTORS.items():
        device = device_of(number)
        yield Shared("vectors", name, _with_vector(device, content), kept=f"good of {device}")
        number += 1


def _good(device: str) -> dict[str, Content]:
    return {log_file(device): chained([memory(device, 1)])}


def _with_vector(device: str, content: bytes) -> dict[str, Content]:
    row = {
        "user_input": f"good of {device}",
        "model_used": "minilm",
        "embeddings": {"v": ["minilm-4", 0, _ID]},
    }
    line = entry(1, "memories", f"{device[-8:]}-1", row)
    return {
        log_file(device): chained([line]),
        f"shared_memory/vectors/{device}/minilm-4/0000000000-0000000000.npy": content,
    }


def cases() -> Iterator[Case]:
    yield from pushed("settings", {name: {"waifusync.toml": content} for name, content in _TOML.items()})
    yield from pushed(
        "settings", {name: {".gitattributes": content} for name, content in _ATTRIBUTES.items()}
    )
    yield from pushed("settings", _HARMLESS, Fate.DATA)
