"""Dataclasses and named tuples as the standard library has them, but nearly free to declare.

A command declares a hundred of these classes, and makes objects of a few dozen. What the standard library
writes and compiles at each declaration (440 µs for a dataclass, 70 µs for a named tuple) is written here by
the first call. See docs/decisions/0034.
"""

from __future__ import annotations

from _collections import _tuplegetter  # type: ignore[import-not-found]  # what collections.namedtuple reads with

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself costs more than all of this
    from collections.abc import Callable, Iterable
    from typing import Any

_REQUIRED: object = object()
_MADE_ANEW: object = object()


class _Field:
    """How a field gets its value when none is given; `is_given` is False where none can be."""

    __slots__ = ("default", "factory", "is_given")

    def __init__(self, default: object, factory: Callable[[], object] | None, is_given: bool) -> None:
        self.default, self.factory, self.is_given = default, factory, is_given


def _field(*, default_factory: Callable[[], object] | None = None, init: bool = True) -> _Field:
    return _Field(_REQUIRED if default_factory is None else _MADE_ANEW, default_factory, init)


class _StandardFields:
    """For `dataclasses.fields`, `asdict` and `replace`, which a program may call with our values."""

    __slots__ = ("fields",)

    def __init__(self, fields: dict[str, _Field]) -> None:
        self.fields = fields

    def __get__(self, value: object, owner: type) -> object:
        import dataclasses

        def standard(field: _Field) -> Any:  # Any: as the standard library has it
            if field.factory is not None:
                return dataclasses.field(default_factory=field.factory, init=field.is_given)
            default = dataclasses.MISSING if field.default is _REQUIRED else field.default
            return dataclasses.field(default=default, init=field.is_given)

        types = owner.__annotations__
        described = [(name, types[name], standard(each)) for name, each in self.fields.items()]
        made: Any = dataclasses.make_dataclass(owner.__name__, described)  # Any: as above
        return made.__dataclass_fields__


def _given(value: Any) -> tuple[str, ...]:  # Any: as above
    names: tuple[str, ...] = value.__match_args__
    return names


def _names(value: Any) -> tuple[str, ...]:  # Any: whatever dataclass was given
    names: tuple[str, ...] = value.__slots__
    return names


class _Open:
    """What every dataclass can do. Methods that depend on its fields replace themselves, in its class."""

    __slots__ = ()

    def __init__(self, *given: object, **named: object) -> None:
        made: Any = self.__class__  # Any: its methods are written here
        made.__init__ = _initializer(made)
        made.__init__(self, *given, **named)

    def __eq__(self, other: object) -> bool:
        made: Any = self.__class__  # Any: as above
        made.__eq__ = _equality(made)
        equal: bool = made.__eq__(self, other)
        return equal

    __hash__ = None  # type: ignore[assignment]  # what may change is no key

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in _names(self))
        return f"{self.__class__.__qualname__}({told})"


class _Frozen(_Open):
    """What does not change can be a key, and is copied by being made again."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]  # this one can be a key
        made: Any = self.__class__  # Any: as above
        made.__hash__ = _hashing(made)
        hashed: int = made.__hash__(self)
        return hashed

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot assign to field {name!r}: {self.__class__.__qualname__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"cannot delete field {name!r}: {self.__class__.__qualname__} is frozen")

    def __reduce__(self) -> tuple[object, ...]:
        return self.__class__, tuple(getattr(self, name) for name in _given(self))


def _dataclass(*, slots: bool, frozen: bool = False) -> Callable[[type], type]:
    """For classes with slots, and with nothing above them."""
    return _made_frozen if frozen else _made_open


def _made_open(declared: type) -> type:
    return _made(declared, _Open)


def _made_frozen(declared: type) -> type:
    return _made(declared, _Frozen)


def _made(declared: type, base: type) -> type:
    """The class anew: slots have to be known when a class is made."""
    assert declared.__bases__ == (object,)
    namespace = dict(vars(declared))
    del namespace["__dict__"], namespace["__weakref__"]
    fields = {name: _read(namespace.pop(name, _REQUIRED)) for name in namespace.get("__annotations__", ())}
    namespace["__slots__"] = tuple(fields)
    namespace["__match_args__"] = tuple([name for name, each in fields.items() if each.is_given])
    namespace["__qualname__"] = declared.__qualname__
    namespace["__dataclass_fields__"] = _StandardFields(fields)
    return type(declared.__name__, (base,), namespace)


def _read(stated: object) -> _Field:
    return stated if isinstance(stated, _Field) else _Field(stated, None, True)


def _initializer(made: Any) -> Any:  # Any: a class, and a function of any parameters
    fields: dict[str, _Field] = vars(made)["__dataclass_fields__"].fields
    known = {f"_set_{name}": getattr(made, name).__set__ for name in fields}
    known |= {f"_default_{name}": each.default for name, each in fields.items()}
    known |= {f"_factory_{name}": each.factory for name, each in fields.items()}
    line = "_set_{0}(self, {0})" if issubclass(made, _Frozen) else "self.{0} = {0}"
    lines = [text.format(name) for name, each in fields.items() for text in _steps(each, line)]
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    taken = [_parameter(name, each.default) for name, each in fields.items() if each.is_given]
    return _compiled("__init__", ["self", *taken], lines or ["pass"], known)


def _steps(field: _Field, line: str) -> list[str]:
    """How a field is filled; one that is not given and not made is left to `__post_init__`."""
    if field.factory is None:
        return [line] if field.is_given else []
    make = "{0} = _factory_{0}()"
    return [f"if {{0}} is _default_{{0}}: {make}" if field.is_given else make, line]


def _parameter(name: str, default: object) -> str:
    return name if default is _REQUIRED else f"{name}=_default_{name}"


def _equality(made: Any) -> Any:  # Any: a class, and its method
    same = f"{_whole(made, 'self')} == {_whole(made, 'other')}"
    line = f"return {same} if other.__class__ is self.__class__ else NotImplemented"
    return _compiled("__eq__", ["self", "other"], [line], {})


def _hashing(made: Any) -> Any:  # Any: a class, and its method
    return _compiled("__hash__", ["self"], [f"return hash({_whole(made, 'self')})"], {})


def _whole(made: Any, name: str) -> str:  # Any: a class
    return f"({''.join(f'{name}.{each}, ' for each in made.__slots__)})"


def _compiled(name: str, parameters: list[str], lines: list[str], known: dict[str, Any]) -> Any:
    """A function out of its text, as the standard library makes them. Any: of any parameters."""
    text = f"def {name}({', '.join(parameters)}):\n " + "\n ".join(lines)
    exec(text, known)  # noqa: S102 - the text is made of names that stand in our own source
    return known[name]


def _replace(value: Any, **changes: object) -> Any:  # Any: whatever dataclass was given
    kept = {name: getattr(value, name) for name in _given(value) if name not in changes}
    return value.__class__(**kept, **changes)


def _asdict(value: Any) -> dict[str, object]:  # Any: whatever dataclass was given
    return {name: _plain(getattr(value, name)) for name in _names(value)}


def _plain(value: object) -> object:
    if isinstance(value, tuple | list):
        return value.__class__(map(_plain, value))
    return _asdict(value) if isinstance(value, _Open) else value


class _Tuple(tuple):  # type: ignore[type-arg]  # of anything
    """What every named tuple can do. `__new__` replaces itself, in the class that is called."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _field_defaults: dict[str, object] = {}  # noqa: RUF012 - each class has its own

    def __new__(cls, *given: object, **named: object) -> Any:  # Any: one of the class it is called on
        made: Any = cls  # Any: its methods are written here
        made.__new__ = _maker(made)
        return made.__new__(made, *given, **named)

    @classmethod
    def _make(cls, values: Iterable[object]) -> Any:  # Any: one of the class it is called on
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"expected {len(cls._fields)} values, got {len(made)}")
        return made

    def _replace(self, **changes: object) -> Any:  # Any: one of the same class
        made = self._make([changes.pop(name, value) for name, value in zip(self._fields, self)])
        if changes:
            raise TypeError(f"unknown fields: {list(changes)}")
        return made

    def _asdict(self) -> dict[str, object]:
        return dict(zip(self._fields, self))

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self))
        return f"{self.__class__.__name__}({told})"

    def __getnewargs__(self) -> tuple[object, ...]:
        return tuple(self)


class _Declaring(type):
    """Makes a tuple with named fields of a class that is declared as one."""

    def __new__(cls, name: str, bases: tuple[type, ...], declared: dict[str, Any]) -> Any:  # Any: any class
        if not bases:
            return super().__new__(cls, name, bases, declared)
        fields = tuple(declared.get("__annotations__", ()))
        defaults = {each: declared[each] for each in fields if each in declared}
        readers = {each: _tuplegetter(place, "") for place, each in enumerate(fields)}
        facts = {"__slots__": (), "_fields": fields, "__match_args__": fields, "_field_defaults": defaults}
        return type(name, (_Tuple,), {**declared, **readers, **facts})


def _maker(made: Any) -> Any:  # Any: a class, and a function of any parameters
    defaults = made._field_defaults
    known = {f"_default_{name}": each for name, each in defaults.items()} | {"_new": tuple.__new__}
    taken = [_parameter(name, defaults.get(name, _REQUIRED)) for name in made._fields]
    whole = "".join(f"{name}, " for name in made._fields)
    return staticmethod(_compiled("__new__", ["_cls", *taken], [f"return _new(_cls, ({whole}))"], known))


class _NamedTuple(metaclass=_Declaring):
    """As `typing.NamedTuple`."""


if TYPE_CHECKING:
    from dataclasses import asdict as asdict
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import replace as replace
    from typing import NamedTuple as NamedTuple
else:
    NamedTuple, asdict, dataclass, field, replace = _NamedTuple, _asdict, _dataclass, _field, _replace
