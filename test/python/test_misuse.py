"""Misuse is a Python exception that says what to do; it never crashes, hangs or leaks."""
import gc
import os
import subprocess
import sys
import textwrap
import threading
import weakref

import gatelet
import pytest
from conftest import PACKAGE, PATIENCE, SHOP
from gatelet import Request, Response


def run(program, **environment):
    """Runs a program of its own; its answer is (exit code, output, errors)."""
    text = textwrap.dedent(program)
    prelude = f"import json, os, sys, gatelet\nSHOP = json.loads({__import__('json').dumps(__import__('json').dumps(SHOP))})\n"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE), **environment}
    done = subprocess.run([sys.executable, "-X", "dev", "-c", prelude + text], env=environment, capture_output=True, text=True, timeout=PATIENCE * 2)
    return done.returncode, done.stdout, done.stderr


def test_using_a_closed_object():
    config = gatelet.Config.from_document(SHOP)
    gateway = gatelet.Gateway(config)
    exchange = gateway.exchange()
    server = gateway.serve("http://127.0.0.1:0")
    for thing in (server, exchange, gateway, config):
        thing.close()
        thing.close()  # twice is harmless
    for use in (
        lambda: config.revision,
        lambda: config.effective_policy("shop", "get"),
        lambda: gatelet.Gateway(config),
        lambda: gateway.publish(gatelet.Config.from_document(SHOP)),
        lambda: gateway.is_ready,
        lambda: gateway.exchange(),
        lambda: gateway.serve("http://127.0.0.1:0"),
        lambda: exchange.begin(Request()),
        lambda: exchange.next(),
        lambda: exchange.last_error,
        lambda: server.begin_drain(),
    ):
        with pytest.raises(gatelet.ClosedError, match="is closed"):
            use()
    assert server.wait(0), "a closed server has stopped"
    assert repr(config) == "<gatelet.Config closed>"


def test_a_gateway_that_is_closed_first_is_freed_last():
    gateway = gatelet.Gateway(gatelet.Config.from_document(SHOP))
    exchange = gateway.exchange()
    gateway.close()
    exchange.begin(Request(target="/shop/items/1", host="h"))
    assert exchange.next().to_host_handler
    exchange.close()


def test_objects_that_are_collected_in_any_order():
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]):
        config = gatelet.Config.from_document(SHOP)
        gateway = gatelet.Gateway(config, log=lambda level, line: None)
        things = [config, gateway, gateway.exchange(), gateway.serve("http://127.0.0.1:0")]
        watch = [weakref.ref(thing) for thing in things]
        del config, gateway
        for index in order:
            things[index] = None
            gc.collect()
        assert [ref() for ref in watch] == [None] * 4


def test_callbacks_are_forgotten_with_their_owner():
    from gatelet._callbacks import _targets

    before = dict(_targets)
    with gatelet.Gateway(gatelet.Config.from_document(SHOP), log=print) as gateway:
        with gateway.serve("http://127.0.0.1:0", handler=lambda request: Response()):
            assert len(_targets) == len(before) + 2
    with pytest.raises(gatelet.InputOutputError):
        gatelet.Gateway(log=print).serve("http://192.0.2.1:1", handler=lambda request: Response())
    gc.collect()
    assert _targets == before


@pytest.mark.parametrize(
    "use, message",
    [
        (lambda: gatelet.Config(), "use Config.from_path"),
        (lambda: gatelet.Config.from_document("text"), "document must be a mapping"),
        (lambda: gatelet.Config.from_text(7), "text must be str or bytes, not int"),
        (lambda: gatelet.Config.from_path(None), "os.PathLike"),
        (lambda: gatelet.Config.from_files({"a": 7}), "the file 'a' must be str or bytes, not int"),
        (lambda: gatelet.Gateway("config"), "config must be a gatelet.Config, not str"),
        (lambda: gatelet.Gateway(log="x"), "log must be a function, not str"),
        (lambda: gatelet.Gateway(body_bytes_max="1"), "body_bytes_max must be an int, not str"),
        (lambda: gatelet.Gateway().serve(7), "a listener must be str or bytes, not int"),
        (lambda: gatelet.Gateway().serve(handler=7), "handler must be a function, not int"),
        (lambda: gatelet.Gateway().serve(options={"workers": 1}), "options must be ServerOptions, not dict"),
        (lambda: gatelet.Exchange(gatelet.Gateway()), "made by Gateway.exchange"),
        (lambda: gatelet.Server(gatelet.Gateway(), [], None, gatelet.ServerOptions()), "made by Gateway.serve"),
        (lambda: gatelet.Gateway().exchange().begin(Request(method=None)), "method must be str or bytes, not NoneType"),
        (lambda: gatelet.Gateway().exchange().begin(Request(body="text")), "body must be bytes, not str; encode it"),
        (lambda: gatelet.Gateway().exchange().begin(Request(headers=["X"])), "a header must be a .name, value. pair"),
        (lambda: gatelet.Gateway().exchange().begin(Request(headers=[("X", 1)])), "the value of the header 'X' must be str or bytes"),
    ],
)
def test_wrong_types_are_named(use, message):
    with pytest.raises(TypeError, match=message):
        use()


@pytest.mark.parametrize(
    "use, message",
    [
        (lambda: gatelet.Gateway(request_log="some"), "request_log must be one of errors, off, all, not 'some'"),
        (lambda: gatelet.Gateway(body_bytes_max=-1), "body_bytes_max must be between 0 and"),
        (lambda: gatelet.Gateway().serve("http://127.0.0.1:0", options=gatelet.ServerOptions(workers=2**32)), "workers must be between 0 and"),
        (lambda: gatelet.Gateway().exchange().begin(Request(headers=[("X", "€")])), "latin-1"),
    ],
)
def test_wrong_values_are_named(use, message):
    with pytest.raises(ValueError, match=message):
        use()


def test_a_second_thread_on_one_exchange_is_refused():
    refused, inside = [], threading.Event()
    gateway = gatelet.Gateway(gatelet.Config.from_document(SHOP), log=lambda level, line: (inside.set(), other.join(PATIENCE)), request_log="all")
    exchange = gateway.exchange()

    def meddle():
        inside.wait(PATIENCE)
        try:
            exchange.next()
        except gatelet.BusyError as error:
            refused.append(str(error))

    other = threading.Thread(target=meddle)
    other.start()
    exchange.begin(Request(target="/nowhere", host="h"))
    exchange.next()
    exchange.finish()  # its log function waits for the other thread
    assert refused == ["the exchange is used by another call at this moment; give each thread its own"]


def test_a_close_in_the_middle_of_a_call_waits_for_its_end():
    inside = threading.Event()
    gateway = gatelet.Gateway(gatelet.Config.from_document(SHOP), log=lambda level, line: (inside.set(), other.join(PATIENCE)), request_log="all")
    exchange = gateway.exchange()
    other = threading.Thread(target=lambda: (inside.wait(PATIENCE), exchange.close(), gateway.close()))
    other.start()
    exchange.begin(Request(target="/nowhere", host="h"))
    exchange.next()
    exchange.finish()
    with pytest.raises(gatelet.ClosedError):
        exchange.next()


def test_a_log_function_must_not_use_the_library():
    refused = []

    def log(level, line):
        if "GatewayStartup" in line:
            return
        for use in (lambda: gateway.is_ready, lambda: gateway.exchange(), lambda: server.close()):
            with pytest.raises(gatelet.BusyError, match="a log function must not"):
                use()
            refused.append(True)

    gateway = gatelet.Gateway(gatelet.Config.from_document(SHOP), log=log, request_log="all")
    server = gateway.serve("http://127.0.0.1:0")
    exchange = gateway.exchange()
    exchange.begin(Request(target="/nowhere", host="h"))
    exchange.next()
    exchange.finish()
    assert refused == [True] * 3


def test_a_process_that_ends_without_closing_anything_ends_well():
    code, out, err = run(
        """
        config = gatelet.Config.from_document(SHOP)
        gateway = gatelet.Gateway(config, log=lambda level, line: print(line), request_log="all")
        server = gateway.serve("http://127.0.0.1:0", handler=lambda request: gatelet.Response(body=b"hello"))
        exchange = gateway.exchange()
        exchange.begin(gatelet.Request(target="/shop/items/1", host="h"))
        import urllib.request
        print(urllib.request.urlopen(server.url + "/shop/items/1").read())
        """
    )
    assert (code, err) == (0, ""), err
    assert "b'hello'" in out


def test_a_process_that_fails_with_a_server_ends_well():
    code, _, err = run(
        """
        server = gatelet.Gateway(gatelet.Config.from_document(SHOP)).serve("http://127.0.0.1:0")
        raise SystemExit(3)
        """
    )
    assert (code, err) == (3, "")


def test_ctrl_c_ends_a_wait():
    code, out, _ = run(
        """
        import signal, threading
        server = gatelet.Gateway(gatelet.Config.from_document(SHOP)).serve("http://127.0.0.1:0")
        threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            server.wait()
        except KeyboardInterrupt:
            print("interrupted")
        """
    )
    assert (code, out) == (0, "interrupted\n")


def test_a_fork_before_the_first_server_serves_in_both_processes():
    code, out, err = run(
        """
        gateway = gatelet.Gateway(gatelet.Config.from_document(SHOP))
        pid = os.fork()
        exchange = gateway.exchange()
        exchange.begin(gatelet.Request(target="/shop/items/1", host="h"))
        assert exchange.next().url == "/items/1"
        with gateway.serve("http://127.0.0.1:0") as server:
            assert server.url
        if pid:
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """
    )
    assert (code, err) == (0, ""), err


def test_after_a_fork_the_child_is_told_that_the_server_is_not_its_own():
    code, out, err = run(
        """
        gateway = gatelet.Gateway(gatelet.Config.from_document(SHOP))
        gateway.publish(gatelet.Config.from_document(SHOP))  # the second one: a thread
        server = gateway.serve("http://127.0.0.1:0")
        pid = os.fork()
        if pid:
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        for use in (server.begin_drain, server.wait, gateway.exchange):
            try:
                use()
            except gatelet.BusyError as error:
                print(error)
        server.close(), gateway.close()
        """,
        PYTHONWARNINGS="ignore::DeprecationWarning",
    )
    assert (code, err) == (0, ""), err
    assert out.count("a fork does not copy") == 3
