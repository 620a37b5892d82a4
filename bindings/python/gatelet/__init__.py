"""Gatelet: an API gateway in this process.

``Config`` is what a gateway serves, ``Gateway`` serves it, ``Exchange`` takes one request through it without a socket, and
``gatelet.wsgi.Middleware`` puts a gateway in front of a WSGI application. ``Expression`` is one policy expression on its own. The shared library
is found by the environment variable ``GATELET_LIBRARY``, beside this package, or by the system's loader.

Conventions: times are in milliseconds unless a name says otherwise, sizes in bytes; a ``str`` of a header stands for bytes as ISO 8859-1, any
other ``str`` for UTF-8. An object frees what it holds when it is closed or collected; closing twice is harmless, using it afterwards raises
``ClosedError``. Every error is a ``GateletError``.
"""

from ._ffi import LibraryNotFoundError, lib as _lib
from .config import Config, ConfigOptions, check_policy
from .diagnostics import Diagnostic
from .errors import (
    ArgumentError,
    BusyError,
    ClosedError,
    ConfigError,
    GateletError,
    InputOutputError,
    InternalError,
    LimitError,
    OutOfMemoryError,
    StaleError,
    UnsupportedError,
)
from .exchange import Action, Exchange, Fault, LastError, ReadBody, Request, Respond, Response, Send, Stream, TraceEntry, Wait
from .expression import Expression, ExpressionError, ExpressionLimits, ExpressionResult, evaluate, evaluate_batch
from .gateway import Gateway
from .server import HandlerRequest, Server, ServerOptions, TlsOptions

#: The release of the shared library, such as "0.1.0".
library_version: str = _lib.gatelet_version().decode()

__all__ = [
    "Action",
    "ArgumentError",
    "BusyError",
    "ClosedError",
    "Config",
    "ConfigError",
    "ConfigOptions",
    "Diagnostic",
    "Exchange",
    "Expression",
    "ExpressionError",
    "ExpressionLimits",
    "ExpressionResult",
    "Fault",
    "GateletError",
    "Gateway",
    "HandlerRequest",
    "InputOutputError",
    "InternalError",
    "LastError",
    "LibraryNotFoundError",
    "LimitError",
    "OutOfMemoryError",
    "ReadBody",
    "Request",
    "Respond",
    "Response",
    "Send",
    "Server",
    "ServerOptions",
    "StaleError",
    "Stream",
    "TlsOptions",
    "TraceEntry",
    "UnsupportedError",
    "Wait",
    "check_policy",
    "evaluate",
    "evaluate_batch",
    "library_version",
]
