"""The middleware between a real wsgiref server and an application."""
import dataclasses
import io
import socket
import threading

import gatelet
import pytest
from conftest import PATIENCE, SHOP, Site, api, document, error_of
from gatelet.wsgi import Middleware


def echo(environ, start_response):
    """Answers with what it sees, one line each."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    seen = [environ["REQUEST_METHOD"], environ["SCRIPT_NAME"], environ["PATH_INFO"], environ.get("QUERY_STRING", ""), environ["wsgi.input"].read(size).decode()]
    seen += sorted(f"{key}={value}" for key, value in environ.items() if key.startswith("HTTP_X_"))
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("X-App", "yes")])
    return ["\n".join(seen).encode()]


def text(content, status="200 OK"):
    def application(environ, start_response):
        start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(content)))])
        return [content]

    return application


def shop_with(policy, operations=None):
    return document(api("shop", operations or {"get": "GET /items/{id}", "head": "HEAD /items/{id}", "add": "POST /items"}, policy))


def test_the_application_stands_below_the_path_of_the_api():
    with Site(echo, SHOP) as site:
        answer = site.get("/shop/items/42?full=1&x=%20")
        assert answer.status == 200
        assert answer.headers["X-App"] == "yes"
        assert answer.body.decode().split("\n")[:5] == ["GET", "/shop", "/items/42", "full=1&x=%20", ""]


def test_an_api_at_the_root_leaves_the_application_where_it_is():
    with Site(echo, document(api("all", {"any": "GET /*"}, path=""))) as site:
        assert site.get("/a/b").body.decode().split("\n")[1:3] == ["", "/a/b"]


@pytest.mark.parametrize("path", ["/shop/items/a%20b", "/shop/items/%C3%A4", "/shop/items/a+b", "/shop/items/a;v=1", "/shop/items/50%25"])
def test_paths_reach_the_application_decoded_once(path):
    from urllib.parse import unquote_to_bytes

    with Site(echo, SHOP) as site:
        seen = site.get(path).body.decode().split("\n")[2]
        assert seen == unquote_to_bytes(path[len("/shop") :]).decode("latin-1")


def test_policies_change_what_the_application_sees_and_what_the_client_gets():
    policy = """<policies>
      <inbound><base/><set-header name="X-Seen-By"><value>gatelet</value></set-header>
        <set-query-parameter name="lang"><value>en</value></set-query-parameter><set-method>POST</set-method><set-body>by policy</set-body></inbound>
      <outbound><base/><set-header name="X-Governed"><value>yes</value></set-header><set-header name="X-App" exists-action="delete"/></outbound>
    </policies>"""
    with Site(echo, shop_with(policy)) as site:
        answer = site.get("/shop/items/1", headers={"X-Own": "mine"})
        assert answer.body.decode().split("\n") == ["POST", "/shop", "/items/1", "lang=en", "by policy", "HTTP_X_OWN=mine", "HTTP_X_SEEN_BY=gatelet"]
        assert (answer.headers["X-Governed"], answer.headers["X-App"]) == ("yes", None)


def test_what_the_gateway_refuses_never_reaches_the_application():
    called = []

    def application(environ, start_response):
        called.append(environ["PATH_INFO"])
        return text(b"ok")(environ, start_response)

    keyed = document(api("shop", {"get": "GET /items/{id}"}, subscriptionRequired=True))
    keyed["resources"].append({"k": "subscriptions/me", "v": {"displayName": "me", "scope": "/apis/shop", "state": "active", "primaryKey": "secret-key"}})
    with Site(application, keyed) as site:
        assert error_of(site.get("/shop/items/1"))["statusCode"] == 401
        assert error_of(site.get("/nowhere"))["statusCode"] == 404
        assert called == []
        assert site.get("/shop/items/1", headers={"Ocp-Apim-Subscription-Key": "secret-key"}).body == b"ok"
        assert called == ["/items/1"]


def test_a_limit_holds_for_all_threads_of_the_server():
    policy = "<policies><inbound><base/><rate-limit-by-key calls='3' renewal-period='60' counter-key='all'/></inbound></policies>"
    with Site(text(b"ok"), shop_with(policy)) as site:
        assert sorted(site.get("/shop/items/1").status for _ in range(5)) == [200, 200, 200, 429, 429]


def test_a_body_goes_up_to_the_application():
    with Site(echo, SHOP) as site:
        assert site.get("/shop/items", "POST", b"hello").body.decode().split("\n")[4] == "hello"
        assert site.get("/shop/items", "POST", b"").body.decode().split("\n")[4] == ""


def test_a_body_streams_up_while_the_application_reads():
    received = []

    def application(environ, start_response):
        stream = environ["wsgi.input"]
        received.append(stream.read(5))
        first_read.set()
        received.append(stream.read(5))
        return text(b"done")(environ, start_response)

    first_read = threading.Event()
    with Site(application, SHOP) as site:
        connection = site.connect()
        connection.putrequest("POST", "/shop/items")
        connection.putheader("Content-Length", "10")
        connection.endheaders(b"first")
        assert first_read.wait(PATIENCE), "the application has the first half before the second is sent"
        connection.send(b"other")
        assert connection.getresponse().read() == b"done"
        assert received == [b"first", b"other"]


def test_a_body_that_a_policy_needs_whole_is_held():
    policy = "<policies><backend><forward-request buffer-request-body='true'/></backend></policies>"
    with Site(echo, shop_with(policy)) as site:
        assert site.get("/shop/items", "POST", b"held").body.decode().split("\n")[4] == "held"


def test_a_body_larger_than_policies_may_hold_is_refused():
    policy = "<policies><backend><forward-request buffer-request-body='true'/></backend></policies>"
    with Site(echo, shop_with(policy), body_bytes_max=10) as site:
        assert error_of(site.get("/shop/items", "POST", b"x" * 11))["statusCode"] == 413


def test_a_body_streams_down_while_the_application_makes_it():
    may_go_on = threading.Event()

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "10")])

        def body():
            yield b"first"
            assert may_go_on.wait(PATIENCE)
            yield b"other"

        return body()

    with Site(application, SHOP) as site:
        connection = site.connect()
        connection.request("GET", "/shop/items/1")
        answer = connection.getresponse()
        assert answer.read(5) == b"first"
        may_go_on.set()
        assert answer.read() == b"other"


def test_start_response_may_come_with_the_first_bytes():
    def application(environ, start_response):
        yield b""
        start_response("202 Accepted", [("Content-Type", "text/plain")])
        yield b""
        yield b"late"

    with Site(application, SHOP, validate=False) as site:
        answer = site.get("/shop/items/1")
        assert (answer.status, answer.body) == (202, b"late")


def test_write_is_supported():
    def application(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"written ")

        def rest():
            write(b"between ")
            yield b"iterated "
            write(b"after")

        return rest()

    with Site(application, SHOP, validate=False) as site:
        assert site.get("/shop/items/1").body == b"written between iterated after"


def test_close_is_called_after_the_body():
    closed = threading.Event()

    class Body:
        def __iter__(self):
            return iter([b"a", b"b"])

        def close(self):
            closed.set()

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body()

    with Site(application, SHOP) as site:
        assert site.get("/shop/items/1").body == b"ab"
        assert closed.wait(PATIENCE)


def test_close_is_called_when_the_answer_is_not_wanted():
    policy = "<policies><outbound><base/><return-response><set-status code='418' reason='Teapot'/></return-response></outbound></policies>"
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body([b"thrown away"])

    with Site(application, shop_with(policy), validate=False) as site:
        answer = site.get("/shop/items/1")
        assert (answer.status, answer.reason, answer.body) == (418, "Teapot", b"")
        assert closed == [True]


def test_an_application_that_raises_is_a_failed_backend():
    def application(environ, start_response):
        raise ValueError("the stock is gone")

    with Site(application, SHOP, validate=False) as site:
        answer = site.get("/shop/items/1")
        assert answer.status == 500
        assert error_of(answer)["message"] == "Internal server error"
        assert "activityId" in error_of(answer)
    assert any("BackendConnectionFailure" in line and "ValueError: the stock is gone" in line for line in site.lines)


def test_on_error_sees_the_failure_of_the_application():
    policy = "<policies><on-error><base/><set-status code='503' reason='Closed'/><set-header name='X-Why'><value>app</value></set-header></on-error></policies>"

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        raise RuntimeError("half an answer")

    with Site(application, shop_with(policy), validate=False) as site:
        answer = site.get("/shop/items/1")
        assert (answer.status, answer.reason, answer.headers["X-Why"]) == (503, "Closed", "app")


def test_start_response_with_exc_info_replaces_the_head():
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            raise RuntimeError("changed its mind")
        except RuntimeError:
            import sys

            start_response("409 Conflict", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"no"]

    with Site(application, SHOP) as site:
        assert site.get("/shop/items/1").status == 409


@pytest.mark.parametrize(
    "application, why",
    [
        (lambda environ, start_response: [b"no head"], "before it called start_response"),
        (lambda environ, start_response: [], "did not call start_response"),
        (lambda environ, start_response: (start_response("OK", []), [b""])[1], "it must be like '200 OK'"),
        (lambda environ, start_response: (start_response("200 OK", []), start_response("200 OK", []), [b""])[2], "a second time"),
        (lambda environ, start_response: (start_response("200 OK", [("Bad Name", "x")]), [b""])[1], "BadResponse"),
        (lambda environ, start_response: (start_response("200 OK", [("X-A", "1\r\nX-B: 2")]), [b""])[1], "BadResponse"),
        (lambda environ, start_response: 7, "TypeError"),
    ],
)
def test_an_application_that_breaks_the_rules_is_a_failed_backend(application, why):
    with Site(application, SHOP, validate=False) as site:
        assert site.get("/shop/items/1").status == 500
    assert any(why in line or why == "BadResponse" for line in site.lines), site.lines


def test_an_application_that_raises_in_the_middle_breaks_the_answer_off():
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "10")])

        def body():
            yield b"first"
            raise RuntimeError("in the middle")

        return body()

    import http.client

    with Site(application, SHOP, validate=False) as site:
        with pytest.raises(http.client.IncompleteRead) as broken:
            site.get("/shop/items/1")
        assert broken.value.partial == b"first"
        assert site.get("/nowhere").status == 404, "and the next request is served"


def test_head_has_the_length_and_no_body():
    with Site(text(b"12345"), SHOP) as site:
        answer = site.get("/shop/items/1", "HEAD")
        assert (answer.status, answer.headers["Content-Length"], answer.body) == (200, "5", b"")


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_answers_without_body(status):
    def application(environ, start_response):
        start_response(status, [("X-App", "yes")])
        return []

    with Site(application, SHOP) as site:
        answer = site.get("/shop/items/1")
        assert (answer.status, answer.body, answer.headers["X-App"]) == (int(status[:3]), b"", "yes")


def test_an_answer_after_the_timeout_counts_as_none():
    policy = "<policies><backend><forward-request timeout-ms='1'/></backend></policies>"
    may_answer = threading.Event()

    def application(environ, start_response):
        may_answer.wait(0.05)  # longer than the timeout, whatever the machine does
        return text(b"late")(environ, start_response)

    with Site(application, shop_with(policy)) as site:
        assert site.get("/shop/items/1").status == 500
    assert any("Timeout" in line for line in site.lines)


def test_several_lines_of_a_header_reach_the_client_each():
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [b"ok"]

    with Site(application, SHOP) as site:
        assert site.get("/shop/items/1").headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_what_no_http_message_could_carry_is_400():
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/shop/items/1",
        "SERVER_NAME": "gateway.test",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    with gatelet.Gateway(gatelet.Config.from_document(SHOP)) as gateway:
        application = Middleware(text(b"ok"), gateway)
        for change in ({"PATH_INFO": "/../secret"}, {"PATH_INFO": "/a\x00b"}, {"HTTP_X_A": "1\n2"}, {"CONTENT_LENGTH": "-1"}, {"HTTP_HOST": "a@b"}):
            heads = []
            body = b"".join(application({**environ, **change}, lambda *head: heads.append(head)))
            assert heads[0][0] == "400 Bad Request", change
            assert b'"statusCode": 400' in body
        heads = []
        assert b"".join(application(environ, lambda *head: heads.append(head))) == b"ok"


def test_a_closed_gateway_is_an_exception_of_the_server():
    with Site(text(b"ok"), SHOP) as site:
        assert site.get("/shop/items/1").status == 200
        site.gateway.close()
        with pytest.raises(gatelet.ClosedError):
            list(Middleware(text(b"ok"), site.gateway)({"REQUEST_METHOD": "GET"}, None))
        assert site.get("/shop/items/1").status == 500  # wsgiref's


def test_an_api_with_a_service_url_goes_there():
    with Site(echo, document(api("inner", {"all": "POST /*"}))) as backend:
        url = f"http://127.0.0.1:{backend.server.server_port}/inner"
        with Site(text(b"never"), document(api("outer", {"all": "POST /*"}, serviceUrl=url))) as site:
            answer = site.get("/outer/deep?q=1", "POST", b"through")
            assert answer.body.decode().split("\n")[:5] == ["POST", "/inner", "/deep", "q=1", "through"]
        refused = document(api("outer", {"all": "POST /*"}, serviceUrl="http://127.0.0.1:1"))
        with Site(text(b"never"), refused) as site:
            assert site.get("/outer/deep", "POST", b"x").status == 500
        assert any("BackendConnectionFailure" in line for line in site.lines)


def test_a_policy_that_waits_calls_the_application_again():
    policy = "<policies><backend><retry condition='true' count='2' interval='1' first-fast-retry='true'><forward-request/></retry></backend></policies>"
    called, closed = [], []

    class Body(list):
        def close(self):
            closed.append(True)

    def application(environ, start_response):
        called.append(True)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body([b"%d" % len(called)])

    with Site(application, shop_with(policy), validate=False) as site:
        assert site.get("/shop/items/1").body == b"3"
    assert closed == [True] * 3, "the answers that were not wanted as well"


@pytest.fixture
def held(monkeypatch):
    """Every answer is wanted whole, as by a policy that looks into it."""
    original = gatelet.Exchange.next

    def next_held(self):
        action = original(self)
        return dataclasses.replace(action, hold_response=True) if isinstance(action, gatelet.Send) else action

    monkeypatch.setattr(gatelet.Exchange, "next", next_held)


def test_an_answer_that_a_policy_needs_whole_is_held(held):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter([b"in ", b"pieces"])

    with Site(application, SHOP) as site:
        answer = site.get("/shop/items/1")
        assert (answer.headers["Content-Length"], answer.body) == ("9", b"in pieces")


def test_an_answer_that_is_too_large_to_be_held_or_fails_on_the_way_is_a_failed_backend(held):
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body([b"x" * 11] if environ["PATH_INFO"] == "/items/1" else [b"x", 1])

    with Site(application, SHOP, validate=False, body_bytes_max=10) as site:
        assert [site.get(f"/shop/items/{number}").status for number in (1, 2)] == [500, 500]
    assert closed == [True, True]
    assert "larger than a policy may need whole" in site.lines[0]


def test_a_client_that_goes_while_its_body_is_held_is_no_request():
    policy = "<policies><backend><forward-request buffer-request-body='true'/></backend></policies>"
    called = []
    with Site(lambda *arguments: called.append(arguments), shop_with(policy), validate=False) as site:
        connection = site.connect()
        connection.putrequest("POST", "/shop/items")
        connection.putheader("Content-Length", "10")
        connection.endheaders(b"half")
        connection.sock.shutdown(socket.SHUT_WR)
        assert connection.getresponse().status == 400
    assert called == []
    assert "ClientConnectionFailure" in site.lines[0]


def test_a_configuration_is_replaced_under_requests():
    with Site(text(b"ok"), SHOP) as site:
        assert site.get("/shop/items/1").status == 200
        site.gateway.publish(gatelet.Config.from_document(document(api("other", {"get": "GET /items/{id}"}))))
        assert site.get("/shop/items/1").status == 404
        assert site.get("/other/items/1").status == 200


def test_the_record_counts_heads_and_bodies():
    with Site(text(b"12345"), SHOP) as site:
        site.get("/shop/items", "POST", b"1234567")
    sizes = {name: int(site.lines[0].split(f"{name}: ")[1].split(",")[0]) for name in ("requestSize", "responseSize")}
    assert sizes["requestSize"] > len("POST /shop/items HTTP/1.1") + 7
    assert sizes["responseSize"] > len("HTTP/1.1 200 OK") + 5


def test_many_requests_at_once():
    with Site(echo, SHOP) as site:
        failures = []

        def ask(number):
            for _ in range(20):
                seen = site.get(f"/shop/items/{number}", headers={"X-Number": str(number)}).body.decode().split("\n")
                if (seen[2], seen[5]) != (f"/items/{number}", f"HTTP_X_NUMBER={number}"):
                    failures.append(seen)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert failures == []
    assert sum("responseCode: 200" in line for line in site.lines) == 160


def test_wrong_types_are_named():
    with gatelet.Gateway() as gateway:
        with pytest.raises(TypeError, match="application must be a WSGI application, not str"):
            Middleware("app", gateway)
        with pytest.raises(TypeError, match="gateway must be a gatelet.Gateway, not Config"):
            Middleware(echo, gatelet.Config.from_document(SHOP))
