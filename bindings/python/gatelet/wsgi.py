"""A gateway in front of a WSGI application: the application is the backend of the APIs that have no service URL.

    application = Middleware(application, gateway)

Each request becomes an exchange: routed, checked for its key, changed by policies, given to the application below the API's path, and its answer
changed on the way out. What the gateway answers itself (401, 404, 429, 500, ...) never reaches the application. Requests that policies send to
URLs go out through ``gatelet.client``. Threads: any number of requests at once; no thread is started. Made before a fork, used after it.
"""

from __future__ import annotations

import io
import json
import time
import traceback
from collections import abc, deque
from types import TracebackType
from typing import Any, Callable, Deque, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple, Type, Union
from urllib.parse import quote, unquote_to_bytes

from . import client, errors
from ._values import Headers, system_clock
from .exchange import Exchange, Fault, ReadBody, Request, Respond, Response, Send, Stream, Wait
from .gateway import Gateway

Environ = Dict[str, Any]
ExcInfo = Union[Tuple[Type[BaseException], BaseException, TracebackType], Tuple[None, None, None]]
StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_IDLE_EXCHANGES_MAX = 64  # kept for the next requests, which then allocate less
_PIECE_BYTES = 64 * 1024


class Middleware:
    """The WSGI application that is the gateway with ``application`` behind it.

    An API's path is where the gateway stands: with the API at ``/shop`` a request for ``/shop/orders`` reaches the application with
    ``SCRIPT_NAME`` ``/shop`` and ``PATH_INFO`` ``/orders``. Bodies stream in both directions unless a policy needs one whole. An application that
    raises before its first bytes, or answers after the timeout of forward-request, is a failed backend: on-error runs, and the client gets what
    policies made of it, 500 if nothing. One that raises later raises in the server, which then breaks the answer off.

    ``send`` carries out requests to URLs: ``gatelet.client.send`` unless given.
    """

    def __init__(self, application: Application, gateway: Gateway, *, send: client.Sender = client.send) -> None:
        if not callable(application):
            raise TypeError(f"application must be a WSGI application, not {type(application).__name__}")
        if not isinstance(gateway, Gateway):
            raise TypeError(f"gateway must be a gatelet.Gateway, not {type(gateway).__name__}")
        self._application = application
        self._gateway = gateway
        self._send = send
        self._idle: Deque[Exchange] = deque(maxlen=_IDLE_EXCHANGES_MAX)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        exchange = self._take()
        try:
            request = _request(environ)
            exchange.begin(request)
        except (ValueError, errors.LimitError) as failure:
            self._idle.append(exchange)
            return _refuse(start_response, failure)
        transaction = _Transaction(self, exchange, environ, _head_bytes(request))
        try:
            return transaction.run(start_response)
        except BaseException:
            transaction.end(complete=False)
            raise


    def _take(self) -> Exchange:
        if self._gateway.is_closed:
            self._idle.clear()
        try:
            return self._idle.pop()
        except IndexError:
            return self._gateway.exchange()


class _Transaction:
    """One request on its way through the gateway, to the application and back."""

    def __init__(self, middleware: Middleware, exchange: Exchange, environ: Environ, request_bytes: int) -> None:
        self._middleware = middleware
        self._exchange = exchange
        self._environ = environ
        self._answers: Dict[int, _Answer] = {}  # by the id of their Send; closed in the end
        self._request_bytes = request_bytes
        self._response_bytes = 0
        self._is_over = False

    def run(self, start_response: StartResponse) -> Iterable[bytes]:
        while True:
            action = self._exchange.next()
            if isinstance(action, Respond):
                return self._respond(action, start_response)
            if isinstance(action, Send):
                self._answer(action)
            elif isinstance(action, Wait):
                time.sleep(max(0.0, (action.until_us - system_clock()[0] + 1) / 1_000_000))
                self._exchange.reply_time(action)
            elif not (isinstance(action, ReadBody) and self._read_body(action)):
                self.end(complete=False)
                return _refuse(start_response, ValueError("The request ends before its body is complete."))

    def _read_body(self, action: ReadBody) -> bool:
        size = _content_length(self._environ)
        if size is not None and size > action.bytes_max:
            self._exchange.reply_fault(action, Fault.TOO_LARGE)
            return True
        try:
            body = b"".join(_pieces(self._environ["wsgi.input"], action.bytes_max + 1 if size is None else size))
        except OSError:
            body, size = b"", 1
        if size is not None and len(body) < size:
            self._exchange.reply_fault(action, Fault.CLIENT_GONE)
            return False
        if len(body) > action.bytes_max:
            self._exchange.reply_fault(action, Fault.TOO_LARGE)
        else:
            self._exchange.reply_body(action, body)
        return True

    def _answer(self, action: Send) -> None:
        began_us, _ = system_clock()
        try:
            answer = self._call_application(action) if action.to_host_handler else self._call_url(action)
            body = self._hold(answer) if action.hold_response else None
        except client.Failed as failure:
            return self._exchange.reply_fault(action, failure.fault, str(failure))
        except Exception as failure:
            traceback.print_exc(file=self._environ["wsgi.errors"])
            return self._exchange.reply_fault(action, Fault.BROKEN, f"{type(failure).__name__}: {failure}")
        if system_clock()[0] - began_us > action.timeout_ms * 1000:
            answer.close()
            return self._exchange.reply_fault(action, Fault.TIMEOUT, "the answer came after the timeout")
        if not action.hold_response:
            self._answers[action.id] = answer
        try:
            self._exchange.reply(action, Response(answer.status, answer.headers, body if action.hold_response else Stream(), answer.reason))
        except errors.ArgumentError as failure:
            self._exchange.reply_fault(action, Fault.BAD_RESPONSE, failure.message)

    def _call_application(self, action: Send) -> _Answer:
        return call_application(self._middleware._application, _environ(self._environ, action))

    def _call_url(self, action: Send) -> _Answer:
        body: Optional[Iterable[bytes]] = None
        if isinstance(action.body, Stream):
            body = _pieces(self._environ["wsgi.input"], _content_length(self._environ))
        reply = self._middleware._send(action, body, _content_length(self._environ))
        return _Answer(reply.status, reply.reason, reply.headers, iter(reply.chunks), reply.close)

    def _hold(self, answer: _Answer) -> bytes:
        """The whole body, as far as the gateway holds bodies."""
        try:
            pieces, size = [], 0
            for chunk in answer.chunks:
                pieces.append(chunk)
                size += len(chunk)
                if size > self._middleware._gateway.body_bytes_max:
                    raise client.Failed(Fault.TOO_LARGE, "the body of the answer is larger than a policy may need whole")
            return b"".join(pieces)
        finally:
            answer.close()

    def _respond(self, action: Respond, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answers.get(action.stream_id) if isinstance(action.body, Stream) else None
        has_body = self._environ["REQUEST_METHOD"] != "HEAD" and action.status not in (204, 304)
        length = _length_of(action, answer, has_body)
        headers = [(name, value) for name, value in action.headers if name.lower() != "content-length"]
        if length is not None and action.status != 204:
            headers.append(("Content-Length", str(length)))
        self._response_bytes = _lines_bytes(headers) + len(action.reason) + 17
        start_response(f"{action.status} {action.reason}", headers)
        if answer is not None and has_body:
            return _Body(self, answer)
        body = action.body if has_body and isinstance(action.body, bytes) else b""
        self.end(complete=True, body_bytes=len(body))
        return [body] if body else []

    def end(self, complete: bool, body_bytes: int = 0) -> None:
        """Gives everything back: answers that nobody wanted, the record of the request, the exchange."""
        if self._is_over:
            return
        self._is_over = True
        try:
            for answer in self._answers.values():
                answer.close()
        finally:
            received = self._request_bytes + (_content_length(self._environ) or 0)
            self._exchange.finish(request_bytes=received, response_bytes=self._response_bytes + body_bytes, incomplete=not complete)
            self._middleware._idle.append(self._exchange)


class _Answer:
    """An answer whose head is here; its body follows from ``chunks``. ``close`` runs once."""

    def __init__(self, status: int, reason: str, headers: Headers, chunks: Iterator[bytes], close: Optional[Callable[[], object]]) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.chunks = chunks
        self._close = close

    def close(self) -> None:
        close, self._close = self._close, None
        if close is not None:
            close()


class _Body:
    """The streaming body that the server iterates and closes."""

    def __init__(self, transaction: _Transaction, answer: _Answer) -> None:
        self._transaction = transaction
        self._answer = answer
        self._size = 0
        self._is_complete = False

    def __iter__(self) -> _Body:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._answer.chunks)
        except StopIteration:
            self._is_complete = True
            raise
        self._size += len(chunk)
        return chunk

    def close(self) -> None:
        self._transaction.end(self._is_complete, self._size)


class _Start:
    """start_response for the application."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: List[Tuple[str, str]] = []
        self.written: List[bytes] = []
        self.is_sent = False

    def __call__(self, status: str, headers: List[Tuple[str, str]], exc_info: Optional[ExcInfo] = None) -> Callable[[bytes], object]:
        if exc_info is not None and exc_info[1] is not None:
            if self.is_sent:
                raise exc_info[1].with_traceback(exc_info[2])
        elif self.status:
            raise RuntimeError("start_response was called a second time without exc_info")
        if not isinstance(status, str) or not status[:3].isdigit() or status[3:4] not in ("", " "):
            raise ValueError(f"start_response got the status {status!r}; it must be like '200 OK'")
        self.status, self.headers = status, list(headers)
        return self.written.append


def call_application(application: Application, environ: Environ) -> _Answer:
    """Runs the application until its head is known: up to its first bytes, when it calls start_response late."""
    start = _Start()
    result = application(environ, start)
    close = getattr(result, "close", None)
    try:
        chunks = iter(result)
        first: List[bytes] = []
        while not (start.status and (first or start.written)):
            try:
                chunk = next(chunks)
            except StopIteration:
                break
            if chunk:
                first.append(chunk)
                if not start.status:
                    raise RuntimeError("the application gave bytes before it called start_response")
        if not start.status:
            raise RuntimeError("the application did not call start_response")
    except BaseException:
        if close is not None:
            close()
        raise
    start.is_sent = True
    return _Answer(int(start.status[:3]), start.status[4:], tuple(start.headers), _chunks(start.written, first, chunks), close)


def _chunks(written: List[bytes], first: List[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in (*written, *first):
        yield chunk
    done = len(written)
    for chunk in rest:
        if len(written) > done:  # write() between two pieces: its bytes come first
            yield from written[done:]
            done = len(written)
        yield chunk
    yield from written[done:]


def _request(environ: Environ) -> Request:
    headers = [(key[5:].replace("_", "-").title(), value) for key, value in environ.items() if key.startswith("HTTP_")]
    for key, name in (("CONTENT_TYPE", "Content-Type"), ("CONTENT_LENGTH", "Content-Length")):
        if environ.get(key):
            headers.append((name, environ[key]))
    query = environ.get("QUERY_STRING", "")
    target = quote(environ.get("PATH_INFO", "").encode("latin-1"), safe="/:@!$&'()*+,;=~-._") or "/"
    size = _content_length(environ)
    return Request(
        method=environ["REQUEST_METHOD"],
        target=f"{target}?{query}" if query else target,
        headers=headers,
        body=Stream(size) if size != 0 else None,
        host=environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}",
        scheme=environ["wsgi.url_scheme"],
        client_ip=environ.get("REMOTE_ADDR", ""),
    )


def _environ(environ: Environ, action: Send) -> Environ:
    """What the application sees: the request as the policies left it."""
    out = {key: value for key, value in environ.items() if not key.startswith("HTTP_")}
    path, _, out["QUERY_STRING"] = action.url.partition("?")
    path = unquote_to_bytes(path).decode("latin-1")
    for original in (environ.get("PATH_INFO", ""), environ.get("PATH_INFO", "") + "/"):
        if original.endswith(path):  # what is gone in front is where the API stands
            out["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + original[: len(original) - len(path)]
            break
    out["PATH_INFO"] = path
    out["REQUEST_METHOD"] = action.method
    lines: Dict[str, List[str]] = {}
    for name, value in action.headers:
        lines.setdefault(name.upper().replace("-", "_"), []).append(value)
    for key, values in lines.items():
        out["HTTP_" + key] = ("; " if key == "COOKIE" else ", ").join(values)
    out["HTTP_HOST"] = action.host or environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    out.pop("HTTP_CONTENT_LENGTH", None)
    out["CONTENT_TYPE"] = out.pop("HTTP_CONTENT_TYPE", "")
    if not isinstance(action.body, Stream):
        body = action.body or b""
        out["wsgi.input"] = io.BytesIO(body)
        out["CONTENT_LENGTH"] = str(len(body)) if body or environ.get("CONTENT_LENGTH") else ""
    return out


def _content_length(environ: Environ) -> Optional[int]:
    """Size of the request's body; None: it ends where wsgi.input ends."""
    text = environ.get("CONTENT_LENGTH") or ""
    if text:
        if not (text.isascii() and text.isdigit()):
            raise errors.ArgumentError("Content-Length is not a decimal number.")
        return int(text)
    return None if environ.get("wsgi.input_terminated") else 0


def _pieces(stream: Any, size: Optional[int]) -> Iterator[bytes]:
    left = size
    while left is None or left > 0:
        piece = stream.read(_PIECE_BYTES if left is None else min(left, _PIECE_BYTES))
        if not piece:
            return
        if left is not None:
            left -= len(piece)
        yield piece


def _length_of(action: Respond, answer: Optional[_Answer], has_body: bool) -> Optional[int]:
    """The Content-Length of the answer: exact for bytes; what the backend said for a stream, or where no body is sent."""
    if isinstance(action.body, bytes):
        return len(action.body)
    source = answer.headers if answer is not None else action.headers
    said = [value for name, value in source if name.lower() == "content-length" and value.isascii() and value.isdigit()]
    if said and (answer is not None or not has_body):
        return int(said[0])
    return None if answer is not None or not has_body else 0


def _lines_bytes(headers: Iterable[Tuple[str, str]]) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers)


def _head_bytes(request: Request) -> int:
    """About what the head took on the wire, for the records and bandwidth quotas; the server has seen the real one."""
    headers = request.headers.items() if isinstance(request.headers, abc.Mapping) else request.headers
    return len(request.method) + len(request.target) + 14 + _lines_bytes(headers)


def _refuse(start_response: StartResponse, failure: Exception) -> Iterable[bytes]:
    """Answers a request that was not begun, as the gateway's own server does."""
    status = "431 Request Header Fields Too Large" if isinstance(failure, errors.LimitError) else "400 Bad Request"
    body = f'{{ "statusCode": {status[:3]}, "message": {json.dumps(str(failure))} }}'.encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
