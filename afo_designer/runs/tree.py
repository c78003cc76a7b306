"""Tree: frozen dataclasses and named tuples as JSON and arrays, and back, by walking their fields.

Nothing but declared fields is written, nothing but declared classes is made: a class is known when
the annotations of the root, or of a class that they lead to, name it or a base of it. A new field
of any class comes along by itself; a file that lacks one, or has one more, is refused by name.

A value is written as: None, True, a number, a text; `{"nan": …}` for a number that is none;
`{"list": [values]}`, `{"table": [[key, value]]}`, `{"word": [class, value]}` of an enum,
`{"of": class, "fields": {name: value}}`; an array as `{"array": name}` of one kept beside,
`{"small": [numbers], …}` or `{"even": number, …}`, both with dtype and shape.
"""

from __future__ import annotations

import dataclasses
import math
import sys
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from afo_designer.geometry.refusal import InputRefused

# Arrays of fewer numbers are written among the fields, where a person can read them.
SMALL = 24
# No array of a design comes near it: a fifth of a gigabyte of doubles.
MOST_NUMBERS = 25_000_000
DTYPES = ("<f8", "<i8", "|b1")

Array = NDArray[Any]


class TreeRefused(InputRefused):
    """A tree that does not hold what its classes declare; the message names the field."""


def written(value: Any) -> tuple[Any, dict[str, Array]]:
    """A dataclass as (JSON, {dotted name: array}); equal arrays are kept once, under the first.

    Raises `TypeError` that names the field for what cannot be written: a function, say.
    """
    writer = _Writer()
    return writer.node(value, ""), writer.arrays


def read(root: type[Any], node: Any, arrays: Mapping[str, Array]) -> Any:
    """The dataclass `root` from what `written` made of it. Raises `TreeRefused`."""
    return _Reader(kinds(root), arrays).value(node, root, "")


def kinds(root: type[Any]) -> dict[str, type[Any]]:
    """{name: class} of all dataclasses and enums that the annotations of `root` lead to."""
    found: dict[str, type[Any]] = {}
    waiting: list[Any] = [root]
    while waiting:
        hint = waiting.pop()
        waiting += typing.get_args(hint)
        if not isinstance(hint, type) or not hint.__module__.startswith("afo_designer."):
            continue
        # a dataclass with slots is made twice, and its bases may remember the first
        kind = getattr(sys.modules[hint.__module__], hint.__name__)
        if kind.__name__ not in found:
            found[kind.__name__] = kind
            waiting += kind.__subclasses__()
            waiting += _hints(kind).values() if _has_fields(kind) else ()
        elif found[kind.__name__] is not kind:
            raise TypeError(f"two classes are called {kind.__name__}")
    return found


def _has_fields(kind: Any) -> bool:
    """Whether a class is a dataclass or a named tuple."""
    return dataclasses.is_dataclass(kind) or hasattr(kind, "_fields")


def _hints(kind: type[Any]) -> dict[str, Any]:
    """The annotations of the fields that an object is made from, in order."""
    hints = typing.get_type_hints(kind)
    if not dataclasses.is_dataclass(kind):
        return hints
    return {item.name: hints[item.name] for item in dataclasses.fields(kind) if item.init}


class _Writer:
    """Collects arrays by name while values become nodes."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def node(self, value: Any, name: str) -> Any:
        if isinstance(value, Enum):
            return {"word": [type(value).__name__, value.value]}
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and not math.isfinite(value):
            return {"nan": repr(value)}
        if value is None or isinstance(value, bool | int | float | str):
            return value
        return self._of_parts(value, name)

    def _of_parts(self, value: Any, name: str) -> Any:
        if isinstance(value, np.ndarray):
            return self._array(value, name)
        inside = f"{name}." if name else ""
        if _has_fields(value):
            names = _hints(type(value))
            fields = {each: self.node(getattr(value, each), f"{inside}{each}") for each in names}
            return {"of": type(value).__name__, "fields": fields}
        if isinstance(value, tuple | list):
            return {"list": [self.node(each, f"{inside}{i}") for i, each in enumerate(value)]}
        if isinstance(value, Mapping):
            rows = [[key, self.node(each, f"{inside}{key}")] for key, each in value.items()]
            return {"table": rows}
        raise TypeError(
            f"{name} is a {type(value).__name__}, which no file can hold: make it a frozen "
            "dataclass of numbers, words and arrays"
        )

    def _array(self, array: Array, name: str) -> Any:
        plain = np.ascontiguousarray(array)
        dtype = plain.dtype.newbyteorder("<").str
        if dtype not in DTYPES:
            raise TypeError(f"{name} is an array of {plain.dtype}; {', '.join(DTYPES)} are kept")
        plain = plain.astype(dtype, copy=False)
        about = {"dtype": dtype, "shape": list(array.shape)}
        if plain.size < SMALL and np.isfinite(plain).all():
            return {"small": plain.ravel().tolist(), **about}
        content = plain.tobytes()
        width = plain.dtype.itemsize
        if content == content[:width] * plain.size:
            return {"even": self.node(plain.ravel()[0], name), **about}
        key = dtype, array.shape, content
        if key not in self._known:
            self._known[key] = name
            self.arrays[name] = plain
        return {"array": self._known[key]}


class _Reader:
    """Makes values of nodes, each held against what its field is declared to be."""

    def __init__(self, known: Mapping[str, type[Any]], arrays: Mapping[str, Array]) -> None:
        self._known, self._arrays, self._numbers = known, arrays, 0

    def value(self, node: Any, hint: Any, name: str) -> Any:
        found = self._made(node, hint, name)
        if not _fits(found, hint):
            raise TreeRefused(f"{name or 'it'} is {_shown(found)}, not {_words(hint)}")
        return found

    def _made(self, node: Any, hint: Any, name: str) -> Any:
        if node is None or isinstance(node, bool | int | float | str):
            return node
        if not isinstance(node, dict) or not node:
            raise TreeRefused(f"{name or 'it'} is {_shown(node)}, not {_words(hint)}")
        mark = next(iter(node))
        makers = {
            "nan": self._no_number,
            "word": self._word,
            "list": self._list,
            "table": self._table,
            "of": self._object,
            "array": self._array,
            "small": self._small,
            "even": self._even,
        }
        if mark not in makers:
            raise TreeRefused(f"{name or 'it'} is marked {mark[:40]!r}, which means nothing")
        return makers[mark](node, hint, name)

    def _no_number(self, node: Any, hint: Any, name: str) -> float:
        if node["nan"] not in ("nan", "inf", "-inf"):
            raise TreeRefused(f"{name} is {_shown(node['nan'])}, not nan, inf or -inf")
        return float(node["nan"])

    def _word(self, node: Any, hint: Any, name: str) -> Any:
        kind, word = _pair(node["word"], name)
        found = self._known.get(str(kind))
        if found is None or not issubclass(found, Enum):
            raise TreeRefused(f"{name} is of a kind {_shown(kind)}, which there is not")
        try:
            return found(word)
        except ValueError:
            raise TreeRefused(f"{name} is {_shown(word)}, which no {kind} is") from None

    def _list(self, node: Any, hint: Any, name: str) -> Any:
        parts = node["list"]
        if not isinstance(parts, list):
            raise TreeRefused(f"{name} is {_shown(parts)}, not a list")
        declared = _elements(hint, len(parts))
        made = [
            self.value(part, want, f"{name}.{i}")
            for i, (part, want) in enumerate(zip(parts, declared, strict=True))
        ]
        return made if typing.get_origin(hint) is list else tuple(made)

    def _table(self, node: Any, hint: Any, name: str) -> Any:
        rows = node["table"]
        if not isinstance(rows, list):
            raise TreeRefused(f"{name} is {_shown(rows)}, not a table")
        arguments = typing.get_args(_choice(hint, Mapping)) or (Any, Any)
        made = {}
        for row in rows:
            key, part = _pair(row, name)
            if not isinstance(key, str) or key in made:
                raise TreeRefused(f"{name} has a key {_shown(key)} twice, or one that is no text")
            made[key] = self.value(part, arguments[-1], f"{name}.{key}")
        return made

    def _object(self, node: Any, hint: Any, name: str) -> Any:
        kind = self._known.get(str(node["of"]))
        fields = node.get("fields")
        if kind is None or not _has_fields(kind) or not isinstance(fields, dict):
            raise TreeRefused(f"{name or 'it'} is of a kind {_shown(node['of'])}, unknown here")
        declared = _hints(kind)
        for wrong, word in (
            (sorted(set(fields) - set(declared)), "has an unknown field"),
            (sorted(set(declared) - set(fields)), "lacks the field"),
        ):
            if wrong:
                raise TreeRefused(f"{name or kind.__name__} {word} {wrong[0][:60]!r}")
        values = {
            each: self.value(fields[each], want, f"{name}.{each}" if name else each)
            for each, want in declared.items()
        }
        try:
            return kind(**values)
        except (ValueError, TypeError, IndexError) as error:
            raise TreeRefused(f"{name or kind.__name__} cannot be: {error!s:.160}") from None

    def _array(self, node: Any, hint: Any, name: str) -> Array:
        found = self._arrays.get(str(node["array"]))
        if found is None:
            raise TreeRefused(f"{name} is an array {_shown(node['array'])} that is not there")
        return found

    def _small(self, node: Any, hint: Any, name: str) -> Array:
        dtype, shape = self._about(node, name)
        numbers = node["small"]
        if (
            not isinstance(numbers, list)
            or len(numbers) != math.prod(shape)
            or not all(isinstance(each, bool | int | float) for each in numbers)
        ):
            raise TreeRefused(f"{name} is {_shown(numbers)}, not {math.prod(shape)} numbers")
        try:
            return np.array(numbers, dtype=dtype).reshape(shape)
        except OverflowError:
            raise TreeRefused(f"{name} holds a number too large for {dtype}") from None

    def _even(self, node: Any, hint: Any, name: str) -> Array:
        dtype, shape = self._about(node, name)
        number = self._made(node["even"], float, name)
        if not isinstance(number, bool | int | float):
            raise TreeRefused(f"{name} is {_shown(number)}, not a number")
        return np.full(shape, number, dtype=dtype)

    def _about(self, node: Any, name: str) -> tuple[str, tuple[int, ...]]:
        """Dtype and shape, bounded before memory is asked for."""
        dtype, shape = node.get("dtype"), node.get("shape")
        sound = isinstance(shape, list) and all(type(n) is int and n >= 0 for n in shape)
        if dtype not in DTYPES or not sound or len(shape) > 4:
            raise TreeRefused(f"{name} is an array of {_shown(dtype)} and shape {_shown(shape)}")
        self._numbers += math.prod(shape)
        if self._numbers > MOST_NUMBERS:
            raise TreeRefused(f"{name} has the shape {_shown(shape)}; that is too much")
        return dtype, tuple(shape)


def _pair(node: Any, name: str) -> Sequence[Any]:
    if not isinstance(node, list) or len(node) != 2:
        raise TreeRefused(f"{name} holds {_shown(node)}, not a pair")
    return node


def _options(hint: Any) -> tuple[Any, ...]:
    """A union's members; any other hint alone."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return typing.get_args(hint)
    return (hint,)


def _choice(hint: Any, kind: type[Any]) -> Any:
    """The member of a hint that is of a kind; the hint where none is."""
    for option in _options(hint):
        origin = typing.get_origin(option) or option
        if isinstance(origin, type) and issubclass(origin, kind):
            return option
    return hint


def _elements(hint: Any, count: int) -> Iterable[Any]:
    """What each of a tuple's or list's elements is declared to be."""
    chosen = _choice(_choice(hint, list), tuple)
    arguments = typing.get_args(chosen)
    if typing.get_origin(chosen) is tuple and not (len(arguments) == 2 and arguments[1] is ...):
        return arguments if len(arguments) == count else [typing.Any] * count
    return [arguments[0] if arguments else typing.Any] * count


def _fits(value: Any, hint: Any) -> bool:
    return any(_is(value, option) for option in _options(hint))


def _is(value: Any, hint: Any) -> bool:
    """Whether a value is of one plain kind; what a container holds was looked at before."""
    if hint is Any or hint is None:
        return hint is Any or value is None
    origin = typing.get_origin(hint) or hint
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if isinstance(value, bool):
        return origin is bool
    if origin is float:
        return isinstance(value, float | int)
    declared = typing.get_args(hint)
    if origin is tuple and declared and declared[-1] is not ...:
        return isinstance(value, tuple) and len(value) == len(declared)
    return isinstance(origin, type) and isinstance(value, origin)


def _words(hint: Any) -> str:
    return str(getattr(hint, "__name__", hint)).replace("typing.", "")


def _shown(value: Any) -> str:
    """A value in a few characters."""
    if dataclasses.is_dataclass(value) or isinstance(value, np.ndarray | Mapping | tuple):
        return f"a {type(value).__name__}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
