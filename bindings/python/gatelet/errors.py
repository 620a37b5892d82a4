"""What calls raise. Every class derives from ``GateletError``; the built-in class that fits is a base as well."""

from __future__ import annotations

import ctypes as c
from typing import Dict, Optional, Sequence, Type

from ._ffi import lib
from .diagnostics import Diagnostic


class GateletError(Exception):
    """A call that failed.

    ``message`` names what was wrong and the remedy; ``path`` is a file, a setting or an address, empty when there is none; ``line`` and
    ``column`` count from 1, and are 0 when there is no place.
    """

    def __init__(self, message: str, path: str = "", line: int = 0, column: int = 0) -> None:
        self.message = message
        self.path = path
        self.line = line
        self.column = column
        place = f"{path}:{line}:{column}: " if path and line else f"{path}: " if path else ""
        super().__init__(place + message)


class ArgumentError(GateletError, ValueError):
    """A bad value, or a call in the wrong order."""


class ConfigError(GateletError):
    """A configuration that cannot be used.

    ``diagnostics`` holds every problem. The first error's members stand on the exception as well: ``file``, ``line``, ``column``, ``scope``,
    ``code``, ``message`` and ``hint``.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [item for item in self.diagnostics if item.is_error]
        first = errors[0] if errors else Diagnostic("error", "missing-value", "the configuration serves nothing; add an API to it")
        super().__init__(first.message, first.file, first.line, first.column)
        self.file = first.file
        self.scope = first.scope
        self.code = first.code
        self.hint = first.hint
        self._count = len(errors)

    def __str__(self) -> str:
        more = f" (and {self._count - 1} more; see .diagnostics)" if self._count > 1 else ""
        return super().__str__() + f" [{self.code}]" + more


class OutOfMemoryError(GateletError, MemoryError):
    """The library had no memory left for the call."""


class LimitError(GateletError):
    """An input is larger than a limit."""


class InputOutputError(GateletError):
    """A file, socket or address could not be used; ``path`` names it."""


class StaleError(GateletError):
    """A reply to an action that was cancelled or answered before; it did nothing."""


class UnsupportedError(GateletError):
    """Known, but not in this build of the library."""


class InternalError(GateletError):
    """The library is wrong: please report it."""


class ClosedError(GateletError, RuntimeError):
    """The object was closed before."""


class BusyError(GateletError, RuntimeError):
    """The object is used where it must not be: by a second thread at the same time, from a log function, or in a forked child."""


STATUS_CONFIG = -2  # raised as ConfigError by those who have the report

_CLASSES: Dict[int, Type[GateletError]] = {
    -1: ArgumentError,
    -3: OutOfMemoryError,
    -4: LimitError,
    -5: InputOutputError,
    -6: StaleError,
    -7: UnsupportedError,
}


def new_error() -> c.c_void_p:
    """Room for a gatelet_error that a call may write: pass it by reference, then give it to ``check``."""
    return c.c_void_p()


def take(status: int, error: c.c_void_p) -> Optional[GateletError]:
    """The exception of a call that returned ``status``, and the end of ``error``; None when it succeeded."""
    if status == 0:
        return None
    kind = _CLASSES.get(status, InternalError)
    if not error.value:
        return kind(lib.gatelet_status_text(status).decode())
    try:
        return kind(
            lib.gatelet_error_message(error).text(),
            lib.gatelet_error_path(error).text(),
            lib.gatelet_error_line(error),
            lib.gatelet_error_column(error),
        )
    finally:
        lib.gatelet_error_destroy(error)


def check(status: int, error: c.c_void_p) -> None:
    """Raises when a call failed."""
    raised = take(status, error)
    if raised is not None:
        raise raised
