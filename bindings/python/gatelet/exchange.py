"""The gateway without sockets: a host begins an exchange for a request, asks for the next action, and answers it."""

from __future__ import annotations

import ctypes as c
import json
import threading
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Iterator, Optional, Tuple, Union

from . import _ffi, errors
from ._ffi import lib
from ._handle import Handle
from ._values import Clock, Headers, HeadersLike, from_headers, system_clock, to_bytes, to_headers, to_number, to_text, to_time

UNKNOWN_SIZE = 2**64 - 1


@dataclass(frozen=True)
class Stream:
    """A body that the host holds back or passes on itself; ``size`` in bytes, None when unknown."""

    size: Optional[int] = None


Body = Union[None, bytes, Stream]


@dataclass(frozen=True)
class Request:
    """A request for a gateway. Texts are copied.

    ``target`` as received: ``"/shop/orders?x=1"``. ``host`` is the Host header; when empty it is looked for among the headers. ``client_ip`` is
    the text of the peer's address. Values of headers stand for bytes as ISO 8859-1. ``traced``: ``Exchange.trace`` tells what happens to it.
    """

    method: str = "GET"
    target: str = "/"
    headers: HeadersLike = ()
    body: Body = None
    host: str = ""
    scheme: str = "http"
    client_ip: str = ""
    traced: bool = False


@dataclass(frozen=True)
class Response:
    """An answer: of a backend when given to ``Exchange.reply``, or of a handler.

    ``reason`` empty: the standard phrase. A ``Stream`` body is passed on by the host and is refused where the action said ``hold_response``.
    """

    status: int = 200
    headers: HeadersLike = ()
    body: Body = b""
    reason: str = ""


class Fault(IntEnum):
    """Why a ``Send`` had no answer, or a body could not be read."""

    CONNECT = 1  #: no connection
    BROKEN = 2  #: the connection broke
    TIMEOUT = 3
    BAD_RESPONSE = 4  #: not an HTTP answer
    TOO_LARGE = 5  #: a body over ``bytes_max``
    CLIENT_GONE = 6


@dataclass(frozen=True)
class ReadBody:
    """Collect the client's body, at most ``bytes_max`` bytes, and give it with ``Exchange.reply_body``."""

    id: int
    bytes_max: int


@dataclass(frozen=True)
class Send:
    """Send this request and give the answer with ``Exchange.reply`` or ``Exchange.reply_fault``.

    ``to_host_handler``: the API has no service URL, so the program itself answers, and ``url`` is only path and query; otherwise it is absolute.
    ``headers`` are end-to-end lines only: framing is the host's, a Content-Length among them may be out of date. ``body`` is a ``Stream`` when
    the client's body goes through. ``hold_response``: the answer's body is wanted whole. ``timeout_ms``: until the head of the answer.
    """

    id: int
    method: str
    url: str
    host: str
    headers: Headers
    body: Body
    to_host_handler: bool
    hold_response: bool
    timeout_ms: int


@dataclass(frozen=True)
class Respond:
    """Send this response to the client, then call ``Exchange.finish``.

    A ``Stream`` body is that of the answer to the ``Send`` with the id ``stream_id``. ``headers`` as in ``Send``.
    """

    id: int
    status: int
    reason: str
    headers: Headers
    body: Body
    stream_id: int


@dataclass(frozen=True)
class Wait:
    """Come back with ``Exchange.reply_time`` when the exchange's steady clock shows ``until_us`` (microseconds)."""

    id: int
    until_us: int


Action = Union[ReadBody, Send, Respond, Wait]


@dataclass(frozen=True)
class LastError:
    """``context.LastError`` of a request: which policy failed, and why."""

    source: str
    reason: str
    message: str
    scope: str
    section: str
    path: str
    policy_id: str


@dataclass(frozen=True)
class TraceEntry:
    """One step of a traced request.

    ``source`` is the policy's element, or a step of the gateway, whose ``scope``, ``section`` and ``path`` are empty; ``elapsed_us``
    microseconds since the request began; ``data`` what JSON says: a dict, a str or None.
    """

    source: str
    scope: str
    section: str
    path: str
    elapsed_us: int
    data: Any


class Exchange:
    """One request at a time; made by ``Gateway.exchange()``, used again for the next request after ``finish``.

    Threads: one at a time, any over its life; a second one at the same time gets ``BusyError``. What an action holds is copied and lives as long
    as you like. Times come from ``clock``, which gives (microseconds of a monotonic clock, milliseconds since 1970 UTC); None: the system's.
    """

    def __init__(self, gateway: Handle, clock: Optional[Clock] = None) -> None:
        if not isinstance(gateway, Handle):
            raise TypeError("an exchange is made by Gateway.exchange()")
        self._clock = clock or system_clock
        self._busy = threading.Lock()
        pointer, error = c.c_void_p(), errors.new_error()
        owner = gateway.__enter__()  # until the exchange is destroyed
        try:
            errors.check(lib.gatelet_exchange_create(owner, c.byref(pointer), c.byref(error)), error)
        except BaseException:
            gateway.__exit__()
            raise
        self._handle = Handle("exchange", pointer.value, lib.gatelet_exchange_destroy, gateway)
        self._finalizer = weakref.finalize(self, self._handle.close)

    @contextmanager
    def _use(self) -> Iterator[int]:
        if not self._busy.acquire(blocking=False):
            raise errors.BusyError("the exchange is used by another call at this moment; give each thread its own")
        try:
            with self._handle as pointer:
                yield pointer
        finally:
            self._busy.release()

    def begin(self, request: Request) -> None:
        """Begins a request; the one before must be finished.

        Raises ``ArgumentError`` for a target, method or header that no HTTP message could carry: answer 400. Nothing was begun then.
        """
        headers = to_headers(request.headers)
        kind, body, size = _body_members(request.body)
        native = _ffi.Request(
            now=to_time(self._clock),
            method=to_text(request.method, "method"),
            target=to_text(request.target, "target"),
            scheme=to_text(request.scheme, "scheme"),
            host=to_text(request.host, "host"),
            client_ip=to_text(request.client_ip, "client_ip"),
            headers=headers,
            header_count=len(headers),
            body_kind=kind,
            body=_ffi.text(body),
            body_size=size,
            traced=1 if request.traced else 0,
        )
        error = errors.new_error()
        with self._use() as pointer:
            errors.check(lib.gatelet_exchange_begin(pointer, c.byref(native), c.byref(error)), error)

    def next(self) -> Optional[Action]:
        """What to do next. None: wait for replies that are still open, or nothing more is to be done since the client has gone."""
        native, error = _ffi.Action(), errors.new_error()
        with self._use() as pointer:
            errors.check(lib.gatelet_exchange_next(pointer, c.byref(native), c.byref(error)), error)
            return _action(native)  # copied before anybody else may use the exchange

    def reply(self, action: Send, response: Response) -> None:
        """Gives the answer to a ``Send``. Raises ``StaleError`` when it came too late, ``ArgumentError`` for an answer that is none: try again."""
        headers = to_headers(response.headers)
        kind, body, _ = _body_members(response.body)
        native = _ffi.Response(
            status=to_number(response.status, "status", 999),
            reason=_ffi.text(to_bytes(response.reason, "reason", "latin-1")),
            headers=headers,
            header_count=len(headers),
            body_kind=kind,
            body=_ffi.Buf(body, len(body), None, None),
        )
        error = errors.new_error()
        with self._use() as pointer:
            errors.check(lib.gatelet_exchange_reply(pointer, action.id, c.byref(native), to_time(self._clock), c.byref(error)), error)

    def reply_body(self, action: ReadBody, body: bytes) -> None:
        """Gives the client's body. Raises ``StaleError`` when it came too late."""
        data = to_bytes(body, "body")
        error = errors.new_error()
        native = _ffi.Buf(data, len(data), None, None)
        with self._use() as pointer:
            errors.check(lib.gatelet_exchange_reply_body(pointer, action.id, native, to_time(self._clock), c.byref(error)), error)

    def reply_fault(self, action: Union[Send, ReadBody], fault: Fault, text: str = "") -> None:
        """Says that a ``Send`` or ``ReadBody`` failed; ``text`` is for ``context.LastError.Message`` and the log."""
        error = errors.new_error()
        native = to_text(text, "text")
        with self._use() as pointer:
            status = lib.gatelet_exchange_reply_fault(pointer, action.id, int(fault), native, to_time(self._clock), c.byref(error))
            errors.check(status, error)

    def reply_time(self, action: Wait) -> None:
        """Says that the time of a ``Wait`` has come. Raises ``ArgumentError`` when the clock says that it has not, ``StaleError`` too late."""
        error = errors.new_error()
        with self._use() as pointer:
            errors.check(lib.gatelet_exchange_reply_time(pointer, action.id, to_time(self._clock), c.byref(error)), error)

    def client_gone(self) -> None:
        """The client has gone: what was sent may be abandoned. ``finish`` still follows."""
        error = errors.new_error()
        with self._use() as pointer:
            errors.check(lib.gatelet_exchange_client_gone(pointer, to_time(self._clock), c.byref(error)), error)

    def finish(self, *, request_bytes: int = 0, response_bytes: int = 0, incomplete: bool = False) -> None:
        """Ends the request; its record goes to the request log. ``incomplete``: the response did not reach the client whole."""
        native = _ffi.ExchangeEnd(
            now=to_time(self._clock),
            request_bytes=to_number(request_bytes, "request_bytes", UNKNOWN_SIZE),
            response_bytes=to_number(response_bytes, "response_bytes", UNKNOWN_SIZE),
            incomplete=1 if incomplete else 0,
        )
        error = errors.new_error()
        with self._use() as pointer:
            errors.check(lib.gatelet_exchange_finish(pointer, c.byref(native), c.byref(error)), error)

    @property
    def last_error(self) -> Optional[LastError]:
        """``context.LastError`` of the request under way or just finished; None when there was no error."""
        native, error = _ffi.LastError(), errors.new_error()
        with self._use() as pointer:
            errors.check(lib.gatelet_exchange_last_error(pointer, c.byref(native), c.byref(error)), error)
            members = {field[0]: getattr(native, field[0]).text() for field in _ffi.LastError._fields_[1:]}
        return LastError(**members) if members["source"] or members["reason"] else None

    def set_variable(self, name: str, value: str) -> None:
        """Sets ``context.Variables[name]``, usually between ``begin`` and the first ``next``: policies read it."""
        native_name, native_value, error = to_text(name, "name"), to_text(value, "value"), errors.new_error()
        with self._use() as pointer:
            errors.check(lib.gatelet_exchange_set_variable(pointer, native_name, native_value, c.byref(error)), error)

    def variable(self, name: str) -> Optional[str]:
        """The value of ``context.Variables[name]``, the status code of a response; None when there is none of the name."""
        native_name, out = to_text(name, "name"), _ffi.View()
        with self._use() as pointer:
            return out.text() if lib.gatelet_exchange_variable(pointer, native_name, c.byref(out)) else None

    @property
    def trace(self) -> Tuple[TraceEntry, ...]:
        """The steps of a request begun with ``traced``, in order; the last one comes with ``finish``."""
        with self._use() as pointer:
            return tuple(_trace_entry(pointer, index) for index in range(lib.gatelet_exchange_trace_count(pointer)))

    def close(self) -> None:
        """Frees the exchange, also in the middle of a request, which is then abandoned. May be called again."""
        self._handle.close()

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_NONE, _BYTES, _STREAM = 0, 1, 2


def _body_members(body: Body) -> "tuple[int, bytes, int]":
    if body is None:
        return _NONE, b"", 0
    if isinstance(body, Stream):
        return _STREAM, b"", UNKNOWN_SIZE if body.size is None else to_number(body.size, "the size of the body", UNKNOWN_SIZE)
    if isinstance(body, str):
        raise TypeError("body must be bytes, not str; encode it")
    data = to_bytes(body, "body")
    return _BYTES, data, len(data)


def _body(action: _ffi.Action) -> Body:
    if action.body_kind == _STREAM:
        return Stream()
    return action.body.bytes() if action.body_kind == _BYTES else None


def _trace_entry(pointer: int, index: int) -> TraceEntry:
    native = _ffi.TraceEntry()
    lib.gatelet_exchange_trace_get(pointer, index, c.byref(native))
    return TraceEntry(
        source=native.source.text(),
        scope=native.scope.text(),
        section=native.section.text(),
        path=native.path.text(),
        elapsed_us=native.elapsed_us,
        data=json.loads(native.data.bytes() or b"null"),
    )


def _action(action: _ffi.Action) -> Optional[Action]:
    if action.kind == 0:
        return None
    if action.kind == 1:
        return ReadBody(action.id, action.bytes_max)
    headers = from_headers(action.headers, action.header_count)
    if action.kind == 2:
        return Send(
            action.id,
            action.method.text(),
            action.url.text(),
            action.host.text(),
            headers,
            _body(action),
            bool(action.to_host_handler),
            bool(action.hold_response),
            action.timeout_ms,
        )
    if action.kind == 3:
        return Respond(action.id, action.status, action.reason.bytes().decode("latin-1"), headers, _body(action), action.stream_id)
    if action.kind == 4:
        return Wait(action.id, action.wait_until_us)
    raise errors.UnsupportedError(f"the library asks for an action of kind {action.kind}, which this package does not know; update the package")
