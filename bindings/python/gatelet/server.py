"""A gateway's server: listeners and event loops on threads of the library, and the program's own handler behind them."""

from __future__ import annotations

import ctypes as c
import logging
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Type, Union

from . import _callbacks, _ffi, errors
from ._ffi import lib
from ._handle import Handle, is_in_callback
from ._values import Headers, to_bytes, to_headers, to_number, to_text
from .exchange import Response, Stream

_logger = logging.getLogger("gatelet")


@dataclass(frozen=True)
class TlsOptions:
    """TLS 1.2 and 1.3 of a server's ``https://`` listeners and towards backends. Files are looked at again every ``period_ms`` (10,000): good
    ones serve new connections from then on, bad ones are logged and the old ones serve on.

    ``certificate_file``: PEM with the whole chain, or PKCS#12; empty: the gateway makes one. ``key_file``: empty: the key is in the same file.
    ``suites``: IANA names divided by commas. ``asks_for_client_certificate``: a client may show one, which policies then find, looked at with
    ``client_authorities_file``. ``backend_authorities_file``: roots besides those of the system. ``backend_versions``: 1 is TLS 1.2, 2 is
    TLS 1.3, 0 both. ``checks_revocation``: what revocation lists among the authorities name is not trusted. ``trusts_gateway_authorities``:
    authorities of the configuration are trusted, towards both sides.
    """

    certificate_file: str = ""
    key_file: str = ""
    key_password: str = ""
    suites: str = ""
    client_authorities_file: str = ""
    asks_for_client_certificate: bool = False
    backend_authorities_file: str = ""
    backend_suites: str = ""
    backend_versions: int = 0
    checks_revocation: bool = False
    trusts_gateway_authorities: bool = False
    period_ms: int = 0


@dataclass(frozen=True)
class ServerOptions:
    """Numbers of a server; 0 means the default.

    ``workers``: event loops, one thread each (1). ``connections_max``: client connections of the process (10,000). Times in milliseconds:
    ``header_timeout_ms`` (10,000), ``idle_timeout_ms`` (120,000), ``body_timeout_ms`` between bytes (60,000), ``connect_timeout_ms`` (5,000),
    ``drain_timeout_ms`` (30,000). ``handler_threads``: threads of the pool that runs the handler (8).
    ``memory_bytes_max``: resident memory of the process, near which clients are refused; 0 is no limit.
    ``http_proxy``, ``https_proxy``: proxies in front of backends, ``http://user:password@host:port``; ``proxy_exceptions``: what is reached
    without, names, addresses and networks divided by commas. The environment is not looked at.
    ``external_cache``: connection string of a server that speaks the protocol of Redis, which the cache policies use instead of that of the
    configuration, ``redis.example:6380,password=...,ssl=True``. ``egress_denied``: addresses that nothing is sent to where a policy took the
    URL from a text, ``loopback``, ``link-local``, ``private``, addresses and networks.
    ``shares_limits``: rates, quotas and tokens are counted in the external cache, together with all gateways of the same ``limits_prefix``;
    ``limits_failure``: while it is away, 0 this gateway counts by itself, 1 limits do not hold, 2 what has a limit is refused.
    ``statsd_endpoint``: where metrics of policies go, ``host:port``; empty: into the log. ``statsd_sampling``: the share that is sent, ``0.5``.
    ``statsd_tags``: ``none``, ``librato``, ``dogStatsD`` or ``influxDB``. ``drops_local_events``: events of loggers that are no event hubs of the
    configuration are dropped instead of logged.
    ``quota_file``: a file that keeps the counters of quotas over a restart; empty: they begin anew. One gateway a file, and no exchange before.
    """

    workers: int = 0
    connections_max: int = 0
    header_timeout_ms: int = 0
    idle_timeout_ms: int = 0
    body_timeout_ms: int = 0
    connect_timeout_ms: int = 0
    drain_timeout_ms: int = 0
    handler_threads: int = 0
    quota_file: str = ""
    memory_bytes_max: int = 0
    tls: Optional[TlsOptions] = None
    http_proxy: str = ""
    https_proxy: str = ""
    proxy_exceptions: str = ""
    external_cache: str = ""
    egress_denied: str = ""
    shares_limits: bool = False
    limits_failure: int = 0
    limits_prefix: str = ""
    statsd_endpoint: str = ""
    statsd_sampling: str = ""
    statsd_tags: str = ""
    drops_local_events: bool = False


@dataclass(frozen=True)
class HandlerRequest:
    """A request that passed the policies and whose API has no service URL. Everything is copied.

    ``path`` is below the API's path, after rewrite-uri, and canonical; ``query`` is without ``?``; ``body`` is whole.
    """

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    client_ip: str


Handler = Callable[[HandlerRequest], Response]


class Server:
    """A server that runs; made by ``Gateway.serve``. Threads: any.

    As a context manager it drains at the end of the block, or stops at once when the block failed. It lives until it is closed, or until
    nobody refers to it and its gateway any more. After a fork the child must not use it.
    """

    def __init__(self, gateway: Handle, listeners: Sequence[str], handler: Optional[Handler], options: ServerOptions) -> None:
        if not isinstance(gateway, Handle):
            raise TypeError("a server is made by Gateway.serve()")
        if handler is not None and not callable(handler):
            raise TypeError(f"handler must be a function, not {type(handler).__name__}")
        if not isinstance(options, ServerOptions):
            raise TypeError(f"options must be ServerOptions, not {type(options).__name__}")
        texts = [to_text(listener, "a listener") for listener in listeners]
        native = _ffi.ServerOptions(listeners=(_ffi.Text * len(texts))(*texts), listener_count=len(texts), **_natives(_ffi.ServerOptions, options))
        if options.tls is not None:
            if not isinstance(options.tls, TlsOptions):
                raise TypeError(f"tls must be TlsOptions, not {type(options.tls).__name__}")
            native.tls = c.pointer(_ffi.TlsOptions(**_natives(_ffi.TlsOptions, options.tls)))
        pool = _Pool(handler, to_number(options.handler_threads, "handler_threads", 10_000) or 8) if handler is not None else None
        pool_id = _callbacks.register(pool.take) if pool is not None else 0
        if pool is not None:
            native.handler, native.handler_user, native.handler_destroy = _callbacks.handle, pool_id, _callbacks.destroy
        owner = gateway.__enter__()  # until the server is destroyed
        try:
            pointer = _start(owner, native, options.quota_file)
        except BaseException:
            _callbacks.unregister(pool_id)
            gateway.__exit__()
            raise
        self._handle = Handle("server", pointer.value, lib.gatelet_server_destroy, gateway)
        self._handle.owns_threads()
        self._urls: Tuple[str, ...] = tuple(lib.gatelet_server_listener_url(pointer, i).text() for i in range(lib.gatelet_server_listener_count(pointer)))
        self._stopped = threading.Event()
        # A call that waits in the library hears no Ctrl-C; an Event does.
        threading.Thread(target=_wait, args=(self._handle, self._stopped), name="gatelet-wait", daemon=True).start()
        self._finalizer = weakref.finalize(self, _end, self._handle, self._stopped, pool)

    @property
    def urls(self) -> Tuple[str, ...]:
        """The bound URLs in the order of the listeners, with the port that was chosen for 0."""
        return self._urls

    @property
    def url(self) -> str:
        """The first of ``urls``."""
        return self._urls[0]

    @property
    def is_closed(self) -> bool:
        return self._handle.is_closed

    def use_certificate(self, certificates: Union[str, bytes], key: Union[str, bytes] = b"", *, key_password: str = "", host: str = "*") -> None:
        """Shows this certificate to clients that ask for ``host``, from the next connection on; for programs that get and renew certificates
        themselves. ``certificates``: PEM with the whole chain, or DER or PKCS#12, with the key when ``key`` is empty."""
        error = errors.new_error()
        texts = (to_text(host, "host"), to_text(certificates, "certificates"), to_text(key, "key"), to_text(key_password, "key_password"))
        with self._handle as pointer:
            errors.check(lib.gatelet_server_use_certificate(pointer, *texts, c.byref(error)), error)

    def begin_drain(self) -> None:
        """Stops accepting, answers what is under way, closes idle connections; returns at once."""
        with self._handle as pointer:
            lib.gatelet_server_drain(pointer)

    def drain(self, timeout: Optional[float] = None) -> bool:
        """``begin_drain`` and ``wait``."""
        self.begin_drain()
        return self.wait(timeout)

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until the server has stopped, at most ``timeout`` seconds; None: for ever, Ctrl-C ends it. True when it has stopped."""
        if not self._handle.is_of_this_process():
            raise errors.BusyError("the server belongs to the parent process; a fork does not copy its threads")
        return self._stopped.wait(timeout)

    def close(self) -> None:
        """Stops at once and frees the server. May be called again; a log function must not."""
        if is_in_callback():
            raise errors.BusyError("a log function must not close a server; keep the line and return")
        self._finalizer()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: Optional[type], *_: object) -> None:
        if kind is None and not self.is_closed:
            self.drain()
        self.close()


def _natives(structure: Type[c.Structure], options: object) -> Dict[str, Any]:
    """The members of a struct that the dataclass has, as C has them; structs in structs are the caller's."""
    values: Dict[str, Any] = {}
    for field in structure._fields_:
        name, kind = field[0], field[1]
        value = getattr(options, name, None)
        if value is None or kind not in (_ffi.Text, c.c_int32, c.c_uint32, c.c_uint64):
            continue
        if kind is _ffi.Text:
            values[name] = to_text(value, name)
        elif isinstance(value, bool):
            values[name] = int(value)
        else:
            values[name] = to_number(value, name, 2**31 - 1 if kind is c.c_int32 else 256 ** c.sizeof(kind) - 1)
    return values


def _start(gateway: int, options: _ffi.ServerOptions, quota_file: str) -> c.c_void_p:
    pointer, error = c.c_void_p(), errors.new_error()
    errors.check(lib.gatelet_server_create(gateway, c.byref(options), c.byref(pointer), c.byref(error)), error)
    try:
        if quota_file:
            errors.check(lib.gatelet_server_keep_quotas(pointer, to_text(quota_file, "quota_file"), c.byref(error)), error)
        errors.check(lib.gatelet_server_start(pointer, c.byref(error)), error)
    except BaseException:
        lib.gatelet_server_destroy(pointer)
        raise
    return pointer


def _wait(handle: Handle, stopped: threading.Event) -> None:
    try:
        with handle as pointer:
            lib.gatelet_server_wait(pointer, None)
    except errors.ClosedError:
        pass  # closed before this thread ran
    stopped.set()


def _end(handle: Handle, stopped: threading.Event, pool: "Optional[_Pool]") -> None:
    if not handle.is_of_this_process():
        return
    if is_in_callback():  # collected on an event loop, which cannot wait for itself
        threading.Thread(target=_end, args=(handle, stopped, pool), name="gatelet-end").start()
        return
    try:
        with handle as pointer:
            lib.gatelet_server_stop(pointer)
        stopped.wait()
    except errors.ClosedError:
        pass
    handle.close()
    if pool is not None:
        pool.close()


class _Pool:
    """Runs the handler for the calls that event loops hand over; each call is ended exactly once, whatever happens."""

    def __init__(self, handler: Handler, threads: int) -> None:
        self._handler = handler
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="gatelet-handler")

    def take(self, call: int) -> None:
        """On an event loop: must not block."""
        try:
            self._executor.submit(self._run, call)
        except BaseException as failure:  # the pool is shut down: the process ends
            lib.gatelet_call_fail(call, to_text(f"the handler's threads have ended: {failure}", "text"), None)

    def _run(self, call: int) -> None:
        try:
            native = _response(self._handler(_request(call)))
        except BaseException as failure:
            _logger.exception("the handler of a gateway failed")
            lib.gatelet_call_fail(call, to_text(f"{type(failure).__name__}: {failure}", "text"), None)
            return
        error = errors.new_error()
        raised = errors.take(lib.gatelet_call_respond(call, c.byref(native), c.byref(error)), error)
        if isinstance(raised, errors.ArgumentError):
            _logger.error("the handler of a gateway gave an answer that is none: %s", raised)
            lib.gatelet_call_fail(call, to_text(str(raised), "text"), None)

    def close(self) -> None:
        self._executor.shutdown(wait=False)


def _request(call: int) -> HandlerRequest:
    headers = tuple(
        (line.name.bytes().decode("latin-1"), line.value.bytes().decode("latin-1"))
        for line in (lib.gatelet_call_header(call, index) for index in range(lib.gatelet_call_header_count(call)))
    )
    return HandlerRequest(
        lib.gatelet_call_method(call).text(),
        lib.gatelet_call_path(call).text(),
        lib.gatelet_call_query(call).text(),
        headers,
        lib.gatelet_call_body(call).bytes(),
        lib.gatelet_call_client_ip(call).text(),
    )


def _response(response: Response) -> _ffi.Response:
    if not isinstance(response, Response):
        raise TypeError(f"a handler must return a gatelet.Response, not {type(response).__name__}")
    if isinstance(response.body, Stream):
        raise TypeError("the body of a handler's answer must be bytes, not a Stream")
    headers, body = to_headers(response.headers), to_bytes(response.body or b"", "body")
    return _ffi.Response(
        status=to_number(response.status, "status", 999),
        reason=_ffi.text(to_bytes(response.reason, "reason", "latin-1")),
        headers=headers,
        header_count=len(headers),
        body_kind=1,
        body=_ffi.Buf(body, len(body), None, None),
    )
