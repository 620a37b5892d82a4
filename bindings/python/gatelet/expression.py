"""Policy expressions, ``@(...)`` and ``@{...}`` in C#, without a gateway: for trying them out and for tests."""

from __future__ import annotations

import ctypes as c
import json
import weakref
from collections import abc
from dataclasses import dataclass, fields
from typing import Any, Iterable, Iterator, Mapping, Optional, Tuple, Union

from . import _ffi, errors
from ._ffi import lib
from ._handle import Handle
from ._values import to_number, to_text

Context = Mapping[str, Any]

_JSON_DATES_NONE = 1


@dataclass(frozen=True)
class ExpressionLimits:
    """What an expression may use. 0: the default, which is also the most unless said otherwise.

    ``steps`` (1,000,000, may be more) and ``memory_bytes`` (16 MiB, may be more; four times the body that is read comes on top) are those of one
    evaluation. ``body_bytes`` (10 MiB) of a body that ``As<T>`` reads; ``string_units`` (8 Mi) of a string in UTF-16 units; ``elements``
    (1,000,000) of an array; ``call_depth`` (64) of lambdas and local functions; ``regex_steps`` (1,000,000) of one search; ``json_depth`` (64)
    and ``xml_depth`` (128). ``source_bytes`` (32 KiB, at most 256 KiB) and ``source_depth`` (200) count when an expression is compiled.
    ``json_dates`` is no limit: whether texts of JSON that look like ISO dates become dates, as in API Management, or stay texts.
    """

    steps: int = 0
    memory_bytes: int = 0
    body_bytes: int = 0
    string_units: int = 0
    elements: int = 0
    call_depth: int = 0
    regex_steps: int = 0
    json_depth: int = 0
    xml_depth: int = 0
    source_bytes: int = 0
    source_depth: int = 0
    json_dates: bool = True


@dataclass(frozen=True)
class ExpressionResult:
    """What an expression gave.

    ``type`` is the .NET short name such as ``"Int32"`` or ``"JObject"``, None for the null reference; ``value`` is None, a bool, number, str,
    list or dict where JSON has such a thing, bytes in base64, and the text of anything else; ``text`` is what ``ToString()`` gives.
    """

    type: Optional[str]
    value: Any
    text: str


class ExpressionError(errors.GateletError):
    """An expression that did not compile or ended with an exception.

    ``reason`` is ``"ExpressionCompilationFailed"`` or ``"ExpressionValueEvaluationFailure"``, as policies see it; ``exception`` the .NET
    exception such as ``"FormatException"``, empty when it did not compile; ``message``, ``line`` and ``column`` are those in the expression.
    """

    def __init__(self, reason: str, exception: str, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message, "", line, column)
        self.reason = reason
        self.exception = exception

    def __str__(self) -> str:
        return f"{self.reason}: {self.line}:{self.column}: " + (f"{self.exception}: " if self.exception else "") + self.message


class Expression:
    """An expression that is compiled once and evaluated often.

    ``source`` is ``"@(...)"`` or ``"@{...}"``; ``named_values`` are what ``{{name}}`` in it stands for. Raises ``ExpressionError`` with line and
    column when it does not compile.

    Threads: any, also several at once. The library runs without the interpreter's lock.
    """

    def __init__(self, source: str, *, named_values: Optional[Mapping[str, str]] = None, limits: Optional[ExpressionLimits] = None) -> None:
        pointer, error = c.c_void_p(), errors.new_error()
        status = lib.gatelet_expression_compile(
            to_text(source, "source"), _to_json(named_values, "named_values"), to_native(limits), c.byref(pointer), c.byref(error)
        )
        raised = errors.take(status, error)
        if raised is not None and status == errors.STATUS_CONFIG:
            raise ExpressionError("ExpressionCompilationFailed", "", raised.message, raised.line, raised.column)
        if raised is not None:
            raise raised
        self._source = source
        self._handle = Handle("expression", pointer.value, lib.gatelet_expression_destroy)
        self._finalizer = weakref.finalize(self, self._handle.close)

    def evaluate(self, context: Optional[Context] = None) -> ExpressionResult:
        """Evaluates it over a context: ``request``, ``response``, ``variables``, ``api`` and so on, as ``context`` has them, in camelCase.

        What is absent is null; the request is ``GET https://gateway.test/`` unless given. Raises ``ExpressionError`` when it ends with an
        exception or exceeds a limit, ``ArgumentError`` for a context that is not read.
        """
        text, error = _ffi.View(), errors.new_error()
        with self._handle as pointer:
            status = lib.gatelet_expression_run(pointer, _to_json(context, "context"), None, c.byref(text), c.byref(error))
        errors.check(status, error)
        return _raised(_take_result(text))

    def close(self) -> None:
        """Frees the expression. May be called again."""
        self._handle.close()

    def __enter__(self) -> Expression:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<gatelet.Expression {self._source!r}{' closed' if self._handle.is_closed else ''}>"


def evaluate(source: str, context: Optional[Context] = None, *, limits: Optional[ExpressionLimits] = None) -> ExpressionResult:
    """Compiles and evaluates an expression once; ``context["namedValues"]`` are what ``{{name}}`` stands for. See ``Expression``."""
    return _raised(_evaluate(source, context, to_native(limits)))


def evaluate_batch(
    rows: Iterable[Tuple[str, Optional[Context]]], *, limits: Optional[ExpressionLimits] = None
) -> Iterator[Union[ExpressionResult, ExpressionError]]:
    """Evaluates pairs of an expression and its context one by one, and yields for each its result, or its error without raising it."""
    native = to_native(limits)
    for source, context in rows:
        yield _evaluate(source, context, native)


def to_native(limits: Optional[ExpressionLimits]) -> "Optional[c._Pointer[_ffi.ExpressionLimits]]":
    """The limits for a call of the library; None: the defaults."""
    if limits is None:
        return None
    if not isinstance(limits, ExpressionLimits):
        raise TypeError(f"limits must be a gatelet.ExpressionLimits, not {type(limits).__name__}")
    most = {member[0]: 2 ** (8 * c.sizeof(member[1])) - 1 for member in _ffi.ExpressionLimits._fields_}
    names = [field.name for field in fields(limits) if field.name != "json_dates"]
    numbers = {name: to_number(getattr(limits, name), name, most[name]) for name in names}
    return c.pointer(_ffi.ExpressionLimits(json_dates=0 if limits.json_dates else _JSON_DATES_NONE, **numbers))


def _to_json(value: Optional[Mapping[str, Any]], what: str) -> _ffi.Text:
    if value is None:
        return _ffi.text(b"")
    if not isinstance(value, abc.Mapping):
        raise TypeError(f"{what} must be a mapping, not {type(value).__name__}")
    return to_text(json.dumps(dict(value)), what)


def _evaluate(source: str, context: Optional[Context], limits: Any) -> Union[ExpressionResult, ExpressionError]:
    text, error = _ffi.View(), errors.new_error()
    status = lib.gatelet_expression_evaluate_within(
        limits, to_text(source, "source"), _to_json(context, "context"), None, c.byref(text), c.byref(error)
    )
    errors.check(status, error)
    return _take_result(text)


def _take_result(text: _ffi.View) -> Union[ExpressionResult, ExpressionError]:
    try:
        document = json.loads(text.bytes())
    finally:
        lib.gatelet_text_destroy(text)
    error = document.get("error")
    if error is None:
        return ExpressionResult(document["type"], document["value"], document["text"])
    return ExpressionError(error["reason"], error.get("exception", ""), error["message"], error.get("line", 0), error.get("column", 0))


def _raised(result: Union[ExpressionResult, ExpressionError]) -> ExpressionResult:
    if isinstance(result, ExpressionError):
        raise result
    return result
