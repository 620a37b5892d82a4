"""Sends a gateway's requests to URLs with the standard library: one connection a request, bodies streamed both ways."""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import dataclass
from typing import Callable, Iterable, Iterator, Optional
from urllib.parse import urlsplit

from ._values import Headers
from .exchange import Fault, Send, Stream

_PIECE_BYTES = 64 * 1024


class Failed(Exception):
    """A request that got no answer."""

    def __init__(self, fault: Fault, text: str) -> None:
        super().__init__(text)
        self.fault = fault


@dataclass(frozen=True)
class Reply:
    """The head of an answer, and where its body comes from; ``close`` must be called in the end."""

    status: int
    reason: str
    headers: Headers
    chunks: Iterable[bytes]
    close: Callable[[], object]


# Sends an action; the second argument is the client's body when the action's is a Stream, the third its size in bytes (None: unknown).
Sender = Callable[[Send, Optional[Iterable[bytes]], Optional[int]], Reply]


def send(action: Send, stream: Optional[Iterable[bytes]] = None, stream_size: Optional[int] = None) -> Reply:
    """Sends one request and waits for the head of its answer; no step may take longer than ``action.timeout_ms``. Raises ``Failed``."""
    url = urlsplit(action.url)
    seconds = action.timeout_ms / 1000
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=seconds)
    try:
        connection.connect()
    except socket.timeout as failure:
        raise Failed(Fault.TIMEOUT, f"no connection to {url.netloc} within {action.timeout_ms} ms") from failure
    except (OSError, ssl.SSLError) as failure:
        raise Failed(Fault.CONNECT, f"no connection to {url.netloc}: {failure}") from failure
    try:
        _write(connection, action, f"{url.path or '/'}?{url.query}" if url.query else url.path or "/", stream, stream_size)
        answer = connection.getresponse()
    except socket.timeout as failure:
        connection.close()
        raise Failed(Fault.TIMEOUT, f"no answer from {url.netloc} within {action.timeout_ms} ms") from failure
    except (http.client.HTTPException, OSError) as failure:
        connection.close()
        fault = Fault.BROKEN if isinstance(failure, (OSError, http.client.RemoteDisconnected)) else Fault.BAD_RESPONSE
        raise Failed(fault, f"{url.netloc}: {failure}") from failure
    except BaseException:
        connection.close()
        raise
    return Reply(answer.status, answer.reason, tuple(answer.getheaders()), _chunks(answer), connection.close)


def _write(connection: http.client.HTTPConnection, action: Send, target: str, stream: Optional[Iterable[bytes]], size: Optional[int]) -> None:
    body = stream if isinstance(action.body, Stream) else [action.body] if action.body else None
    if isinstance(action.body, bytes):
        size = len(action.body)
    connection.putrequest(action.method, target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", action.host)
    for name, value in action.headers:
        if name.lower() not in ("host", "content-length"):
            connection.putheader(name, value)
    is_chunked = body is not None and size is None
    if is_chunked:
        connection.putheader("Transfer-Encoding", "chunked")
    elif body is not None or action.method in ("POST", "PUT", "PATCH"):
        connection.putheader("Content-Length", str(size if body is not None else 0))
    connection.endheaders(body, encode_chunked=is_chunked)


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        chunk = answer.read1(_PIECE_BYTES)
        if chunk:
            yield chunk
        elif answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
        else:
            return
