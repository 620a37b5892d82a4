"""The client of the middleware: what a server says, and what comes of it."""
import socket
import threading

import pytest
from conftest import PATIENCE
from gatelet import Fault, Send, Stream
from gatelet.client import Failed, send


class Backend:
    """Answers one connection with the given bytes, and keeps what it was sent."""

    def __init__(self, answer, expects=b"\r\n\r\n"):
        self.received = b""
        self._answer, self._expects = answer, expects
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        connection, _ = self._listener.accept()
        while self._expects not in self.received:
            self.received += connection.recv(65536)
        if self._answer is None:
            connection.recv(65536)  # says nothing until the client goes
        else:
            connection.sendall(self._answer)
        connection.close()

    def close(self):
        self._thread.join(PATIENCE)
        self._listener.close()


def request(url, method="GET", body=None, headers=(), timeout_ms=PATIENCE * 1000):
    return Send(1, method, url, "host.test", tuple(headers), body, False, False, timeout_ms)


OK = b"HTTP/1.1 200 Fine\r\nX-A: 1\r\nX-A: 2\r\n"


@pytest.mark.parametrize(
    "answer, body",
    [
        (OK + b"Content-Length: 5\r\n\r\nhello", b"hello"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", b"hello"),
        (OK + b"\r\nhello", b"hello"),
        (OK + b"Content-Length: 0\r\n\r\n", b""),
    ],
)
def test_an_answer_is_head_and_chunks(answer, body):
    backend = Backend(answer)
    reply = send(request(backend.url + "/a?b=c"))
    assert (reply.status, reply.reason) == (200, "Fine")
    assert [value for name, value in reply.headers if name == "X-A"] == ["1", "2"]
    assert b"".join(reply.chunks) == body
    reply.close()
    backend.close()
    assert backend.received.startswith(b"GET /a?b=c HTTP/1.1\r\nHost: host.test\r\n")


@pytest.mark.parametrize(
    "body, stream, size, framing, sent",
    [
        (b"bytes", None, None, b"Content-Length: 5", b"bytes"),
        (Stream(), [b"in ", b"two"], 6, b"Content-Length: 6", b"in two"),
        (Stream(), [b"in ", b"two"], None, b"Transfer-Encoding: chunked", b"3\r\nin \r\n3\r\ntwo\r\n0\r\n\r\n"),
        (None, None, None, b"Content-Length: 0", b""),
    ],
)
def test_a_body_is_framed_anew(body, stream, size, framing, sent):
    backend = Backend(OK + b"Content-Length: 0\r\n\r\n", expects=sent or b"\r\n\r\n")
    send(request(backend.url, "POST", body, [("Content-Length", "999"), ("X-Own", "\xe4")]), stream, size).close()
    backend.close()
    head, _, rest = backend.received.partition(b"\r\n\r\n")
    assert framing in head and b"999" not in head and b"X-Own: \xe4" in head
    assert rest == sent


@pytest.mark.parametrize("answer, fault", [(b"", Fault.BROKEN), (b"nonsense\r\n\r\n", Fault.BAD_RESPONSE), (None, Fault.TIMEOUT)])
def test_what_is_no_answer_is_a_fault(answer, fault):
    backend = Backend(answer)
    with pytest.raises(Failed) as raised:
        send(request(backend.url, timeout_ms=50 if answer is None else PATIENCE * 1000))
    assert raised.value.fault == fault
    backend.close()


@pytest.mark.parametrize("answer", [OK + b"Content-Length: 9\r\n\r\nhello", OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nhello"])
def test_a_body_that_is_cut_off_is_not_taken_for_whole(answer):
    import http.client

    backend = Backend(answer)
    with pytest.raises(http.client.IncompleteRead):
        list(send(request(backend.url)).chunks)
    backend.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://no.such.host.invalid/"])
def test_without_a_connection_nothing_was_sent(url):
    with pytest.raises(Failed) as raised:
        send(request(url))
    assert raised.value.fault == Fault.CONNECT
