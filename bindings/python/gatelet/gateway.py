"""A gateway: the configuration in force and its counters, for exchanges in process and for servers with listeners."""

from __future__ import annotations

import ctypes as c
import weakref
from typing import List, Optional

from . import _callbacks, _ffi, errors
from ._callbacks import LogFunction
from ._ffi import lib
from ._handle import Handle
from ._values import Clock, to_number, to_text
from .config import Config
from .exchange import Exchange
from .expression import ExpressionLimits, to_native
from .server import Handler, Server, ServerOptions

_REQUEST_LOGS = {"errors": 0, "off": 1, "all": 2}
_LOG_FORMATS = {"text": 0, "json": 1}


def _cache_bytes(bytes_max: Optional[int]) -> int:
    """As the C interface has it: 0 is the default, the greatest number no cache."""
    if bytes_max is None:
        return 0
    return to_number(bytes_max, "cache_bytes_max", 2**63) or 2**64 - 1


class Gateway:
    """Serves a configuration; without one every request is answered 503.

    ``log``: a function for the lines of the process log and the request log, called with a level (0 debug, 1 info, 2 warn, 3 error, 4 fatal)
    and a line without its newline. It runs on any thread, must be quick, and must not use gatelet: that raises ``BusyError``. What it raises
    goes to ``sys.unraisablehook``.
    ``request_log``: ``"errors"``, ``"all"`` or ``"off"``. ``log_format``: ``"text"`` or ``"json"``.
    ``body_bytes_max``: largest body that a policy may need whole, in bytes; 0: 8 MiB.
    ``lenient_foreign_keys``: a key of another product counts as no key. ``debug_route_header``: a request with
    ``Gatelet-Debug-Route`` learns from the answer's ``Gatelet-Route-Miss`` why nothing matched. ``forwarded_proto``: ``X-Forwarded-Proto``
    chooses the scheme. ``expression_limits``: of evaluations; the configuration has those of sources.
    ``cache_bytes_max``: of the cache in the process, which the cache policies use; 0: none; ``None``: 128 MiB.

    Threads: any. The first thread of the library starts with the second ``publish`` or the first ``serve``: before that a process may fork, and
    parent and child both use the gateway. ``close`` stops its servers; exchanges that live on keep what they need.
    """

    def __init__(
        self,
        config: Optional[Config] = None,
        *,
        log: Optional[LogFunction] = None,
        request_log: str = "errors",
        log_format: str = "text",
        body_bytes_max: int = 0,
        lenient_foreign_keys: bool = False,
        debug_route_header: bool = False,
        forwarded_proto: bool = False,
        expression_limits: Optional[ExpressionLimits] = None,
        cache_bytes_max: Optional[int] = None,
    ) -> None:
        if config is not None:
            _check_config(config)
        if log is not None and not callable(log):
            raise TypeError(f"log must be a function, not {type(log).__name__}")
        native = _ffi.GatewayOptions(
            lenient_foreign_keys=1 if lenient_foreign_keys else 0,
            debug_route_header=1 if debug_route_header else 0,
            forwarded_proto=1 if forwarded_proto else 0,
            body_bytes_max=to_number(body_bytes_max, "body_bytes_max", 2**63),
            request_log=_choice(request_log, "request_log", _REQUEST_LOGS),
            log_format=_choice(log_format, "log_format", _LOG_FORMATS),
            expression_limits=to_native(expression_limits),
            cache_bytes_max=_cache_bytes(cache_bytes_max),
        )
        log_id = _callbacks.register(log) if log is not None else 0
        if log is not None:
            native.log, native.log_user, native.log_destroy = _callbacks.log, log_id, _callbacks.destroy
        pointer, error = c.c_void_p(), errors.new_error()
        try:
            if config is None:
                errors.check(lib.gatelet_gateway_create(c.byref(native), None, c.byref(pointer), c.byref(error)), error)
            else:
                with config._handle as config_pointer:
                    errors.check(lib.gatelet_gateway_create(c.byref(native), config_pointer, c.byref(pointer), c.byref(error)), error)
        except BaseException:
            _callbacks.unregister(log_id)
            raise
        self._body_bytes_max = body_bytes_max or 8 * 1024 * 1024
        self._has_config = config is not None
        self._servers: List[Server] = []
        self._handle = Handle("gateway", pointer.value, lib.gatelet_gateway_destroy)
        self._finalizer = weakref.finalize(self, self._handle.close)

    def publish(self, config: Config) -> None:
        """Puts another configuration in force; exchanges under way keep theirs."""
        _check_config(config)
        error = errors.new_error()
        with self._handle as pointer, config._handle as config_pointer:
            if self._has_config:
                self._handle.owns_threads()  # the configuration before is taken apart on a thread of its own
            errors.check(lib.gatelet_gateway_publish(pointer, config_pointer, c.byref(error)), error)
        self._has_config = True

    def set_authorizations(self, json: str) -> None:
        """Replaces what get-authorization-context finds: ``{"authorizations": [{"provider": ..., "id": ..., "expires": ..., "token": {...}}]}``."""
        error = errors.new_error()
        with self._handle as pointer:
            errors.check(lib.gatelet_gateway_set_authorizations(pointer, to_text(json, "json"), c.byref(error)), error)

    @property
    def is_ready(self) -> bool:
        """True when a usable configuration is in force and the gateway is not draining."""
        with self._handle as pointer:
            return bool(lib.gatelet_gateway_is_ready(pointer))

    @property
    def body_bytes_max(self) -> int:
        """Largest body that a policy may need whole, in bytes."""
        return self._body_bytes_max

    @property
    def is_closed(self) -> bool:
        return self._handle.is_closed

    def exchange(self, *, clock: Optional[Clock] = None) -> Exchange:
        """A new exchange, for requests of the caller's own server. See ``Exchange`` for ``clock``."""
        return Exchange(self._handle, clock)

    def serve(self, *listeners: str, handler: Optional[Handler] = None, options: Optional[ServerOptions] = None) -> Server:
        """Serves on threads of the library and returns at once.

        ``listeners``: ``"http://127.0.0.1:8080"`` and the like, port 0 for any free one; none: ``http://0.0.0.0:8080``.
        ``handler`` answers requests of APIs without a service URL: it gets a ``HandlerRequest``, returns a ``Response``, and runs on threads of a
        pool; what it raises is a failed backend. Without one such an API answers 500.

        Raises ``InputOutputError`` when an address cannot be bound, ``ArgumentError`` for a listener that is no URL.
        """
        server = Server(self._handle, listeners, handler, options or ServerOptions())
        self._servers = [known for known in self._servers if not known.is_closed] + [server]
        return server

    def drain(self, timeout: Optional[float] = None) -> bool:
        """Drains all servers: they stop accepting and answer what is under way. Waits until they have stopped, at most ``timeout`` seconds.

        True when all have stopped.
        """
        servers = [server for server in self._servers if not server.is_closed]
        for server in servers:
            server.begin_drain()
        return all([server.wait(timeout) for server in servers])

    def close(self) -> None:
        """Stops its servers at once and frees the gateway. May be called again."""
        for server in self._servers:
            server.close()
        self._servers = []
        self._handle.close()

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, kind: Optional[type], *_: object) -> None:
        """Drains its servers, unless the block failed, and closes."""
        if kind is None and not self._handle.is_closed:
            self.drain()
        self.close()


def _check_config(config: object) -> None:
    if not isinstance(config, Config):
        raise TypeError(f"config must be a gatelet.Config, not {type(config).__name__}; Config.from_path loads a folder")


def _choice(value: str, what: str, choices: "dict[str, int]") -> int:
    if value not in choices:
        raise ValueError(f"{what} must be one of {', '.join(choices)}, not {value!r}")
    return choices[value]
