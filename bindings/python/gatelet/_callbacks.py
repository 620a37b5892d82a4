"""Functions that the library calls back. One trampoline a kind lives as long as the process; what it calls is found by a number, never by a
pointer, so that nothing has to be kept alive by hand."""

from __future__ import annotations

import ctypes as c
import itertools
from collections import abc
from typing import Any, Callable, Dict, Mapping, Optional, Union

from . import _ffi
from ._handle import callback

LogFunction = Callable[[int, str], None]

_ids = itertools.count(1)
_targets: Dict[int, Any] = {}


def register(target: Any) -> int:
    """The number under which a trampoline finds ``target``, until it is destroyed."""
    number = next(_ids)
    _targets[number] = target
    return number


def unregister(number: int) -> None:
    _targets.pop(number, None)


def _destroy(user: int) -> None:
    unregister(user)


def _log(user: int, level: int, line: _ffi.View) -> None:
    target = _targets.get(user)
    if target is None:
        return
    with callback():
        target(level, line.text())  # what it raises, ctypes hands to sys.unraisablehook


def _handle(user: int, call: int) -> None:
    with callback():
        _targets[user](call)


def _look_up(user: int, name: _ffi.View, out: Any) -> int:
    lookup = _targets[user]
    return int(lookup.answer(name.text(), out))


destroy = _ffi.DESTROY_FN(_destroy)
log = _ffi.LOG_FN(_log)
handle = _ffi.HANDLER_FN(_handle)
look_up = _ffi.LOOKUP_FN(_look_up)


class Lookup:
    """The source of ``{#name#}`` values during one load; a failure of it is raised when the load has returned."""

    def __init__(self, environment: Union[Mapping[str, str], Callable[[str], Optional[str]], None]) -> None:
        if environment is not None and not isinstance(environment, abc.Mapping) and not callable(environment):
            raise TypeError(f"environment must be a mapping or a function, not {type(environment).__name__}")
        self._find = environment.get if isinstance(environment, abc.Mapping) else environment
        self._kept: Dict[str, bytes] = {}  # the library reads the bytes after the trampoline returned
        self._failure: Optional[BaseException] = None
        self.user = 0

    def __enter__(self) -> Lookup:
        self.user = register(self)
        return self

    def __exit__(self, *_: object) -> None:
        unregister(self.user)

    def answer(self, name: str, out: Any) -> bool:
        try:
            value = self._find(name) if self._find is not None and self._failure is None else None
            if value is None:
                return False
            if not isinstance(value, str):
                raise TypeError(f"environment gave {type(value).__name__} for {name!r}; it must give str or None")
            self._kept[name] = value.encode()
        except BaseException as failure:  # it must not cross the library; reraise() hands it on
            self._failure = failure
            return False
        kept = self._kept[name]
        out[0].data = c.cast(c.c_char_p(kept), c.c_void_p).value
        out[0].size = len(kept)
        return True

    def reraise(self) -> None:
        if self._failure is not None:
            raise self._failure
