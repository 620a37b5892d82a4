"""One problem of a configuration, with its place and the remedy."""

from __future__ import annotations

import ctypes as c
from dataclasses import dataclass, field
from typing import Tuple

from . import _ffi


@dataclass(frozen=True)
class Diagnostic:
    """A problem found while loading. Immutable.

    ``severity`` is ``"error"``, ``"warning"`` or, where nothing is wrong, ``"note"``; ``code`` a kebab-case name such as ``"unknown-element"``,
    ``file`` a path or resource key; ``line`` and ``column`` count from 1, 0 when there is no place; ``scope`` says ``"api echo;rev=1"`` and the
    like, empty outside policies. ``source`` is the text that line and column count in, where ``file`` is no file: a policy of a document.
    """

    severity: str
    code: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    scope: str = ""
    source: str = field(default="", repr=False, compare=False)

    @property
    def is_error(self) -> bool:
        """False for a warning or note."""
        return self.severity == "error"

    @property
    def hint(self) -> str:
        """What to do about it: the part of ``message`` behind its last semicolon; empty when it has none."""
        return self.message.rpartition("; ")[2] if "; " in self.message else ""

    def __str__(self) -> str:
        return f"{self.file or '-'}:{self.line}:{self.column}: {self.severity}: {self.message} [{self.code}]"


def take_report(report: c.c_void_p) -> Tuple[Diagnostic, ...]:
    """The problems of a gatelet_report, and its end."""
    try:
        return tuple(_diagnostic(report, index) for index in range(_ffi.lib.gatelet_report_count(report)))
    finally:
        _ffi.lib.gatelet_report_destroy(report)


def _diagnostic(report: c.c_void_p, index: int) -> Diagnostic:
    item = _ffi.Diagnostic()
    _ffi.lib.gatelet_report_get(report, index, c.byref(item))
    severity = {1: "warning", 2: "note"}.get(item.severity, "error")
    place = item.file.text(), item.line, item.column, item.scope.text(), item.source.text()
    return Diagnostic(severity, item.code.text(), item.message.text(), *place)
