"""Gateways and their servers on threads of the library."""
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import gatelet
import pytest
from conftest import PATIENCE, SHOP, SOURCE, api, document
from gatelet import Response, ServerOptions, TlsOptions


def fetch(url, **options):
    """(status, headers, body) of one request."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, **options), timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()


def test_a_server_answers_with_the_programs_handler(shop):
    seen = []

    def handler(request):
        seen.append(request)
        return Response(201, [("X-Handler", "yes")], b"made " + request.body)

    with shop.serve("http://127.0.0.1:0", handler=handler) as server:
        status, headers, body = fetch(server.url + "/shop/items?x=1", data=b"tea", method="POST")
        assert (status, headers["X-Handler"], body) == (201, "yes", b"made tea")
        assert (seen[0].method, seen[0].path, seen[0].query, seen[0].client_ip) == ("POST", "/items", "x=1", "127.0.0.1")


def test_a_handler_that_fails_is_a_failed_backend(shop):
    answers = [lambda: 1 / 0, lambda: "no response", lambda: Response(1000), lambda: Response(200, [("Bad Name", "x")]), lambda: Response(99)]
    with shop.serve("http://127.0.0.1:0", handler=lambda request: answers[int(request.path[-1])]()) as server:
        for number in range(len(answers)):
            assert fetch(f"{server.url}/shop/items/{number}")[0] == 500
    assert any("ZeroDivisionError" in line for line in shop.lines)


def test_several_listeners_and_workers(shop):
    with shop.serve("http://127.0.0.1:0", "http://127.0.0.1:0", options=ServerOptions(workers=2)) as server:
        assert len(set(server.urls)) == 2
        assert [fetch(url + "/nowhere")[0] for url in server.urls] == [404, 404]


def test_a_published_configuration_is_in_force_at_once(shop):
    with shop.serve("http://127.0.0.1:0", handler=lambda request: Response(200)) as server:
        assert fetch(server.url + "/other/items/1")[0] == 404
        shop.publish(gatelet.Config.from_document(document(api("other", {"get": "GET /items/{id}"}))))
        assert fetch(server.url + "/other/items/1")[0] == 200


def test_a_drain_answers_what_is_under_way(shop):
    inside, may_answer, answers = threading.Event(), threading.Event(), []

    def handler(request):
        inside.set()
        assert may_answer.wait(PATIENCE)
        return Response(200, body=b"answered")

    server = shop.serve("http://127.0.0.1:0", handler=handler)
    client = threading.Thread(target=lambda: answers.append(fetch(server.url + "/shop/items/1")))
    client.start()
    assert inside.wait(PATIENCE)
    server.begin_drain()
    assert not server.wait(0.01), "one request is still under way"
    may_answer.set()
    assert server.wait(PATIENCE)
    client.join(PATIENCE)
    assert answers[0][2] == b"answered"
    server.close()


def test_a_gateway_drains_its_servers(shop):
    first, second = shop.serve("http://127.0.0.1:0"), shop.serve("http://127.0.0.1:0")
    assert shop.drain(PATIENCE)
    for server in (first, second):
        with pytest.raises(urllib.error.URLError):
            fetch(server.url + "/nowhere")


def test_a_server_keeps_serving_when_only_it_is_left():
    server = gatelet.Gateway(gatelet.Config.from_document(SHOP)).serve("http://127.0.0.1:0")
    assert fetch(server.url + "/nowhere")[0] == 404
    server.close()


def test_quotas_survive_a_restart(tmp_path):
    policy = "<policies><inbound><base/><quota-by-key calls='2' renewal-period='3600' counter-key='all'/></inbound></policies>"
    config = gatelet.Config.from_document(document(api("shop", {"get": "GET /items/{id}"}, policy)), strict=True)
    options = ServerOptions(quota_file=str(tmp_path / "quotas"))
    seen = []
    for _ in range(2):
        with gatelet.Gateway(config) as gateway, gateway.serve("http://127.0.0.1:0", handler=lambda request: Response(200), options=options) as server:
            seen += [fetch(server.url + "/shop/items/1")[0] for _ in range(2)]
    assert seen == [200, 200, 403, 403]
    with pytest.raises(gatelet.InputOutputError):
        gatelet.Gateway(config).serve("http://127.0.0.1:0", options=ServerOptions(quota_file="/nowhere/quotas"))


def make_certificate(folder, name):
    """A certificate that signs itself, with its key in the same file."""
    pair, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "9", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", pair], check=True, capture_output=True)
    pair.write_text(pair.read_text() + key.read_text())
    return pair


def test_a_server_speaks_tls_with_the_certificate_that_it_has_or_gets(shop, tmp_path):
    shop.publish(gatelet.Config.from_document(document(api("shop", {"get": "GET /items/{id}"}, protocols=["https"]))))
    first, second = make_certificate(tmp_path, "first"), make_certificate(tmp_path, "second")

    def fetch_trusting(pair):
        context = ssl.create_default_context(cafile=pair)
        with urllib.request.urlopen(server.url + "/shop/items/1", timeout=PATIENCE, context=context) as answer:
            return answer.status

    options = ServerOptions(tls=TlsOptions(certificate_file=str(first)))
    with shop.serve("https://127.0.0.1:0", handler=lambda request: Response(200), options=options) as server:
        assert fetch_trusting(first) == 200
        with pytest.raises(urllib.error.URLError):
            fetch_trusting(second)
        server.use_certificate(second.read_bytes())
        assert fetch_trusting(second) == 200
        with pytest.raises(gatelet.ArgumentError):
            server.use_certificate("no certificate")
        with pytest.raises(TypeError):
            server.use_certificate(1)
    with shop.serve("http://127.0.0.1:0") as server, pytest.raises(gatelet.ArgumentError) as raised:
        server.use_certificate(second.read_bytes())
    assert "no listener of the server is https://" in str(raised.value)
    with pytest.raises(TypeError):
        shop.serve("http://127.0.0.1:0", options=ServerOptions(tls={"suites": ""}))


def test_an_address_that_cannot_be_bound(shop):
    with shop.serve("http://127.0.0.1:0") as server:
        with pytest.raises(gatelet.InputOutputError) as raised:
            shop.serve(server.url)
        assert server.url.split("/")[2] in str(raised.value)
    with pytest.raises(gatelet.ArgumentError):
        shop.serve("gopher://127.0.0.1:0")


def test_the_sample_store_is_served():
    options = gatelet.ConfigOptions(environment={"STORE_BACKEND": "127.0.0.1:1"})
    with gatelet.Gateway(gatelet.Config.from_path(SOURCE / "examples" / "store", options, strict=True)) as gateway:
        with gateway.serve("http://127.0.0.1:0") as server:
            assert fetch(server.url + "/orders/42")[0] == 401


def test_what_a_log_function_raises_is_reported_and_serving_goes_on(monkeypatch):
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: reported.append(report.exc_value))

    def log(level, line):
        raise RuntimeError("the log is full")

    with gatelet.Gateway(gatelet.Config.from_document(SHOP), log=log, request_log="all") as gateway:
        with gateway.serve("http://127.0.0.1:0") as server:
            assert fetch(server.url + "/nowhere")[0] == 404
    assert str(reported[0]) == "the log is full"
