"""Values of Python on their way into the library, checked: what does not fit is a TypeError or a ValueError that names it."""

from __future__ import annotations

import ctypes as c
import time
from collections import abc
from typing import Callable, Iterable, Mapping, Tuple, Union

from . import _ffi

Headers = Tuple[Tuple[str, str], ...]
HeadersLike = Union[Mapping[str, str], Iterable[Tuple[str, str]]]

# Microseconds of a monotonic clock, and milliseconds since 1970 UTC.
Clock = Callable[[], Tuple[int, int]]


def system_clock() -> Tuple[int, int]:
    return time.monotonic_ns() // 1000, time.time_ns() // 1_000_000


def to_time(clock: Clock) -> _ffi.Time:
    steady_us, wall_ms = clock()
    return _ffi.Time(steady_us, wall_ms)


def to_bytes(value: Union[str, bytes], what: str, encoding: str = "utf-8") -> bytes:
    if isinstance(value, str):
        return value.encode(encoding)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"{what} must be str or bytes, not {type(value).__name__}")


def to_text(value: Union[str, bytes], what: str) -> _ffi.Text:
    return _ffi.text(to_bytes(value, what))


def to_number(value: int, what: str, maximum: int = 2**32 - 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} must be an int, not {type(value).__name__}")
    if not 0 <= value <= maximum:
        raise ValueError(f"{what} must be between 0 and {maximum}, not {value}")
    return value


def to_headers(headers: HeadersLike) -> "c.Array[_ffi.Header]":
    """Header lines; a ``str`` stands for bytes as ISO 8859-1, as everywhere in Python's HTTP."""
    pairs = headers.items() if isinstance(headers, abc.Mapping) else headers
    lines = []
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(f"a header must be a (name, value) pair, not {pair!r}")
        name = to_bytes(pair[0], "a header's name", "latin-1")
        value = to_bytes(pair[1], f"the value of the header {pair[0]!r}", "latin-1")
        lines.append(_ffi.Header(_ffi.text(name), _ffi.text(value)))
    return (_ffi.Header * len(lines))(*lines)


def from_headers(lines: "c.Array[_ffi.HeaderView]", count: int) -> Headers:
    out = []
    for index in range(count):
        line = lines[index]
        out.append((line.name.bytes().decode("latin-1"), line.value.bytes().decode("latin-1")))
    return tuple(out)
