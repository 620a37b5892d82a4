"""Exchanges: one request through the gateway, without a socket."""
import gatelet
import pytest
from conftest import api, document
from gatelet import Fault, ReadBody, Request, Respond, Response, Send, Stream, Wait

FORWARD = document(api("echo", {"get": "GET /things/{id}", "post": "POST /things"}, serviceUrl="http://backend.test/v1"))
HELD = "<policies><backend><forward-request buffer-request-body='true'/></backend></policies>"


@pytest.fixture
def exchange():
    gateway = gatelet.Gateway(gatelet.Config.from_document(FORWARD))
    with gateway.exchange() as made:
        yield made


def get(target="/echo/things/42?a=b", **members):
    return Request(target=target, host="gateway.test", client_ip="192.0.2.1", **members)


def test_a_request_is_sent_on_and_its_answer_returned(exchange):
    exchange.begin(get(headers=[("X-Own", "ä"), ("Connection", "close")]))
    send = exchange.next()
    assert send == Send(send.id, "GET", "http://backend.test/v1/things/42?a=b", "backend.test", (("X-Own", "ä"),), None, False, False, 300_000)
    assert exchange.next() is None, "nothing to do until the reply is here"
    exchange.reply(send, Response(201, {"Content-Type": "text/plain"}, b"a\0b"))
    respond = exchange.next()
    assert respond == Respond(respond.id, 201, "Created", (("Content-Type", "text/plain"),), b"a\0b", respond.stream_id)
    exchange.finish(response_bytes=3)
    assert exchange.last_error is None


def test_an_exchange_is_used_again(exchange):
    for number in range(3):
        exchange.begin(get(f"/echo/things/{number}"))
        send = exchange.next()
        assert send.url.endswith(f"/things/{number}")
        exchange.reply(send, Response(200))
        assert exchange.next().status == 200
        exchange.finish()


def test_a_streaming_body_goes_through(exchange):
    exchange.begin(get("/echo/things", method="POST", body=Stream(1000)))
    send = exchange.next()
    assert isinstance(send.body, Stream)
    exchange.reply(send, Response(200, body=Stream()))
    respond = exchange.next()
    assert isinstance(respond.body, Stream) and respond.stream_id == send.id


def test_a_body_that_policies_need_is_asked_for():
    held = document(api("echo", {"post": "POST /things"}, HELD, serviceUrl="http://backend.test"))
    with gatelet.Gateway(gatelet.Config.from_document(held), body_bytes_max=100) as gateway, gateway.exchange() as exchange:
        exchange.begin(get("/echo/things", method="POST", body=Stream()))
        action = exchange.next()
        assert action == ReadBody(action.id, 100)
        exchange.reply_body(action, b"whole")
        assert exchange.next().body == b"whole"


def test_a_fault_is_context_last_error(exchange):
    exchange.begin(get())
    exchange.reply_fault(exchange.next(), Fault.CONNECT, "refused")
    assert exchange.next().status == 500
    error = exchange.last_error
    assert (error.reason, error.section, error.message) == ("BackendConnectionFailure", "backend", "refused")


def test_a_late_reply_is_stale(exchange):
    exchange.begin(get())
    send = exchange.next()
    exchange.reply(send, Response(200))
    with pytest.raises(gatelet.StaleError):
        exchange.reply(send, Response(200))
    with pytest.raises(gatelet.StaleError):
        exchange.reply_fault(send, Fault.TIMEOUT)


def test_a_client_that_has_gone_ends_the_request(exchange):
    exchange.begin(get())
    exchange.next()
    exchange.client_gone()
    assert exchange.next() is None
    exchange.finish(incomplete=True)


@pytest.mark.parametrize("target", ["no-slash", "/a b", "/%zz", "/%00", "/../../etc"])
def test_a_target_that_no_request_carries_is_refused(exchange, target):
    with pytest.raises(gatelet.ArgumentError, match="target"):
        exchange.begin(get(target))
    exchange.begin(get())  # nothing was begun


def test_the_wrong_order_is_refused(exchange):
    with pytest.raises(gatelet.ArgumentError, match="no request"):
        exchange.next()
    exchange.begin(get())
    with pytest.raises(gatelet.ArgumentError, match="request"):
        exchange.begin(get())


def test_an_answer_that_is_none_may_be_corrected(exchange):
    exchange.begin(get())
    send = exchange.next()
    for wrong in (Response(99), Response(200, [("Bad Name", "x")]), Response(200, [("X", "1\r\n2")]), Response(200, reason="a\nb")):
        with pytest.raises(gatelet.ArgumentError):
            exchange.reply(send, wrong)
    exchange.reply(send, Response(200))
    assert exchange.next().status == 200


def test_times_come_from_the_clock_that_was_given():
    lines = []
    with gatelet.Gateway(gatelet.Config.from_document(FORWARD), log=lambda level, line: lines.append(line), request_log="all") as gateway:
        now = [5_000_000, 1_767_225_600_000]
        exchange = gateway.exchange(clock=lambda: tuple(now))
        exchange.begin(get())
        now[0] += 1_234_000
        exchange.reply(exchange.next(), Response(200))
        exchange.next()
        exchange.finish()
    assert "totalTime: 1234" in lines[0] and "2026-01-01T00:00:00" in lines[0]


def test_a_wait_ends_when_the_clock_says_so():
    retry = "<policies><backend><retry condition='true' count='1' interval='10'><forward-request/></retry></backend></policies>"
    resources = document(api("echo", {"get": "GET /things/{id}"}, retry, serviceUrl="http://backend.test"))
    now = [5_000_000, 1_767_225_600_000]
    with gatelet.Gateway(gatelet.Config.from_document(resources)) as gateway, gateway.exchange(clock=lambda: tuple(now)) as exchange:
        exchange.begin(get())
        exchange.reply(exchange.next(), Response(503))
        wait = exchange.next()
        assert wait == Wait(wait.id, 15_000_000)
        with pytest.raises(gatelet.ArgumentError):
            exchange.reply_time(wait)
        now[0] = wait.until_us
        exchange.reply_time(wait)
        exchange.reply(exchange.next(), Response(200))
        assert exchange.next().status == 200
        with pytest.raises(gatelet.StaleError):
            exchange.reply_time(wait)


def test_variables_go_in_and_come_out():
    policy = "<policies><inbound><base/><set-variable name='from-policy' value='set'/></inbound></policies>"
    with gatelet.Gateway(gatelet.Config.from_document(document(api("echo", {"get": "GET /things/{id}"}, policy)))) as gateway:
        with gateway.exchange() as exchange:
            exchange.begin(get())
            exchange.set_variable("from-host", "ä")
            exchange.next()
            assert [exchange.variable(name) for name in ("from-host", "from-policy", "nothing")] == ["ä", "set", None]


def test_a_traced_request_tells_its_steps(exchange):
    exchange.begin(get(traced=True))
    exchange.reply(exchange.next(), Response(200))
    exchange.next()
    exchange.finish()
    sources = [entry.source for entry in exchange.trace]
    assert "forward-request" in sources
    entry = exchange.trace[sources.index("forward-request")]
    assert (entry.section, entry.elapsed_us >= 0) == ("backend", True)
    exchange.begin(get())
    assert exchange.trace == ()


def test_without_a_configuration_every_request_is_503():
    with gatelet.Gateway() as gateway, gateway.exchange() as exchange:
        assert not gateway.is_ready
        exchange.begin(get())
        assert exchange.next().status == 503
