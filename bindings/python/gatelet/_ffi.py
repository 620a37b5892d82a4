"""The C interface as ctypes sees it: where the library is, its structs, its functions. Nothing outside this file declares any of them.

Two rules keep memory right. A struct that we fill uses ``Text``, whose ``data`` keeps the bytes object alive; one that the library fills uses
``View``, whose bytes are copied before the next call. And every call goes through ``CDLL``, which lets other threads run meanwhile.
"""

from __future__ import annotations

import ctypes as c
import os
from pathlib import Path
from typing import Any, List, Tuple

API_VERSION = 1  # the least gatelet_api_version() that has all of FUNCTIONS

SONAME = "libgatelet.so.0"


class LibraryNotFoundError(ImportError):
    """The shared library could not be loaded; the message says where it was looked for and what to do."""


def _candidates() -> List[str]:
    named = os.environ.get("GATELET_LIBRARY")
    if named:
        return [named]
    packaged = Path(__file__).resolve().parent / "lib" / SONAME
    return [str(packaged)] if packaged.exists() else [SONAME]


def load() -> c.CDLL:
    """The library: the file that GATELET_LIBRARY names, else the one packaged beside this module, else the system loader's."""
    tried = []
    for candidate in _candidates():
        try:
            library = c.CDLL(candidate)
            library.gatelet_api_version.restype = c.c_uint32
            version = library.gatelet_api_version()
        except (OSError, AttributeError) as error:
            tried.append(f"{candidate}: {error}")
            continue
        if version < API_VERSION:
            raise LibraryNotFoundError(f"{candidate} has interface {version}, but this package needs {API_VERSION}; install a newer libgatelet")
        return library
    raise LibraryNotFoundError(
        "the gatelet library cannot be loaded; install libgatelet, or set GATELET_LIBRARY to the path of libgatelet.so ("
        + "; ".join(tried)
        + ")"
    )


class Text(c.Structure):
    """gatelet_str that we fill: ``Text(b"GET", 3)``."""

    _fields_ = [("data", c.c_char_p), ("size", c.c_size_t)]


class View(c.Structure):
    """gatelet_str that the library fills. ``data`` is an address, since a ``c_char_p`` would end at the first NUL."""

    _fields_ = [("data", c.c_void_p), ("size", c.c_size_t)]
    data: "int | None"
    size: int

    def bytes(self) -> bytes:
        return c.string_at(self.data, self.size) if self.data and self.size else b""

    def text(self) -> str:
        return self.bytes().decode("utf-8", "replace")


def text(value: bytes) -> Text:
    return Text(value, len(value))


class Buf(c.Structure):
    """gatelet_buf. ``destroy`` stays NULL: the library copies."""

    _fields_ = [("data", c.c_char_p), ("size", c.c_size_t), ("destroy", c.c_void_p), ("user", c.c_void_p)]


class Header(c.Structure):
    _fields_ = [("name", Text), ("value", Text)]


class HeaderView(c.Structure):
    _fields_ = [("name", View), ("value", View)]
    name: View
    value: View


class Time(c.Structure):
    _fields_ = [("steady_us", c.c_uint64), ("wall_ms", c.c_int64)]


class Sized(c.Structure):
    """A struct whose first member is its size, as the _INIT macros of the headers set it."""

    def __init__(self, **members: Any) -> None:
        super().__init__(c.sizeof(type(self)), **members)


class File(c.Structure):
    _fields_ = [("path", Text), ("bytes", Text)]


LOOKUP_FN = c.CFUNCTYPE(c.c_int32, c.c_void_p, View, c.POINTER(View))
LOG_FN = c.CFUNCTYPE(None, c.c_void_p, c.c_int32, View)
HANDLER_FN = c.CFUNCTYPE(None, c.c_void_p, c.c_void_p)
DESTROY_FN = c.CFUNCTYPE(None, c.c_void_p)


class Diagnostic(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("severity", c.c_int32),
        ("line", c.c_uint32),
        ("column", c.c_uint32),
        ("code", View),
        ("message", View),
        ("file", View),
        ("scope", View),
        ("source", View),
    ]


class ExpressionLimits(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("steps", c.c_uint64),
        ("memory_bytes", c.c_uint64),
        ("body_bytes", c.c_uint64),
        ("string_units", c.c_uint32),
        ("elements", c.c_uint32),
        ("call_depth", c.c_uint32),
        ("regex_steps", c.c_uint32),
        ("json_depth", c.c_uint32),
        ("xml_depth", c.c_uint32),
        ("source_bytes", c.c_uint32),
        ("source_depth", c.c_uint32),
        ("json_dates", c.c_uint32),
    ]


class ConfigOptions(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("gateway_name", Text),
        ("region", Text),
        ("overrides", Text),
        ("overrides_name", Text),
        ("environment", LOOKUP_FN),
        ("environment_user", c.c_void_p),
        ("ignore_scheme", c.c_int32),
        ("listener_schemes", c.c_int32),
        ("previous", c.c_void_p),
        ("expression_limits", c.POINTER(ExpressionLimits)),
    ]


class GatewayOptions(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("lenient_foreign_keys", c.c_int32),
        ("debug_route_header", c.c_int32),
        ("forwarded_proto", c.c_int32),
        ("body_bytes_max", c.c_uint64),
        ("request_log", c.c_int32),
        ("log_format", c.c_int32),
        ("log", LOG_FN),
        ("log_user", c.c_void_p),
        ("log_destroy", DESTROY_FN),
        ("expression_limits", c.POINTER(ExpressionLimits)),
        ("cache_bytes_max", c.c_uint64),
        ("identity_endpoint", Text),
        ("identity_secret", Text),
        ("azure_authority", Text),
        ("identity_kind", c.c_int32),
        ("identity_client_id", Text),
    ]


class Request(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("now", Time),
        ("method", Text),
        ("target", Text),
        ("scheme", Text),
        ("host", Text),
        ("client_ip", Text),
        ("headers", c.POINTER(Header)),
        ("header_count", c.c_size_t),
        ("body_kind", c.c_int32),
        ("body", Text),
        ("body_size", c.c_uint64),
        ("random", c.c_uint64 * 2),
        ("traced", c.c_int32),
    ]


class Action(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("kind", c.c_int32),
        ("id", c.c_uint32),
        ("method", View),
        ("url", View),
        ("host", View),
        ("to_host_handler", c.c_int32),
        ("hold_response", c.c_int32),
        ("timeout_ms", c.c_uint64),
        ("status", c.c_int32),
        ("reason", View),
        ("stream_id", c.c_uint32),
        ("headers", c.POINTER(HeaderView)),
        ("header_count", c.c_size_t),
        ("body_kind", c.c_int32),
        ("body", View),
        ("bytes_max", c.c_uint64),
        ("wait_until_us", c.c_uint64),
    ]


class Response(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("status", c.c_int32),
        ("reason", Text),
        ("headers", c.POINTER(Header)),
        ("header_count", c.c_size_t),
        ("body_kind", c.c_int32),
        ("body", Buf),
    ]


class ExchangeEnd(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("now", Time),
        ("request_bytes", c.c_uint64),
        ("response_bytes", c.c_uint64),
        ("incomplete", c.c_int32),
    ]


class LastError(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("source", View),
        ("reason", View),
        ("message", View),
        ("scope", View),
        ("section", View),
        ("path", View),
        ("policy_id", View),
    ]


class TraceEntry(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("source", View),
        ("scope", View),
        ("section", View),
        ("path", View),
        ("elapsed_us", c.c_uint64),
        ("data", View),
    ]


class TlsOptions(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("certificate_file", Text),
        ("key_file", Text),
        ("key_password", Text),
        ("suites", Text),
        ("client_authorities_file", Text),
        ("asks_for_client_certificate", c.c_int32),
        ("backend_authorities_file", Text),
        ("backend_suites", Text),
        ("backend_versions", c.c_int32),
        ("checks_revocation", c.c_int32),
        ("trusts_gateway_authorities", c.c_int32),
        ("period_ms", c.c_uint32),
    ]


class ServerOptions(Sized):
    _fields_ = [
        ("size", c.c_size_t),
        ("listeners", c.POINTER(Text)),
        ("listener_count", c.c_size_t),
        ("workers", c.c_uint32),
        ("connections_max", c.c_uint32),
        ("header_timeout_ms", c.c_uint32),
        ("idle_timeout_ms", c.c_uint32),
        ("body_timeout_ms", c.c_uint32),
        ("connect_timeout_ms", c.c_uint32),
        ("drain_timeout_ms", c.c_uint32),
        ("handler", HANDLER_FN),
        ("handler_user", c.c_void_p),
        ("handler_destroy", DESTROY_FN),
        ("memory_bytes_max", c.c_uint64),
        ("tls", c.POINTER(TlsOptions)),
        ("http_proxy", Text),
        ("https_proxy", Text),
        ("proxy_exceptions", Text),
        ("external_cache", Text),
        ("egress_denied", Text),
        ("shares_limits", c.c_int32),
        ("limits_failure", c.c_int32),
        ("limits_prefix", Text),
        ("statsd_endpoint", Text),
        ("statsd_sampling", Text),
        ("statsd_tags", Text),
        ("drops_local_events", c.c_int32),
    ]


# The C names of the structs above; a test compares sizes and offsets with the headers.
STRUCTS = {
    "gatelet_str": Text,
    "gatelet_buf": Buf,
    "gatelet_header": Header,
    "gatelet_time": Time,
    "gatelet_file": File,
    "gatelet_diagnostic": Diagnostic,
    "gatelet_expression_limits": ExpressionLimits,
    "gatelet_config_options": ConfigOptions,
    "gatelet_gateway_options": GatewayOptions,
    "gatelet_request": Request,
    "gatelet_action": Action,
    "gatelet_response": Response,
    "gatelet_exchange_end": ExchangeEnd,
    "gatelet_last_error": LastError,
    "gatelet_trace_entry": TraceEntry,
    "gatelet_tls_options": TlsOptions,
    "gatelet_server_options": ServerOptions,
}

_HANDLE = c.c_void_p
_OUT = c.POINTER(c.c_void_p)
_STATUS = c.c_int32

# Every function that the package calls: (name, result, arguments). A test compares them with the headers.
FUNCTIONS: List[Tuple[str, Any, Tuple[Any, ...]]] = [
    ("gatelet_version", c.c_char_p, ()),
    ("gatelet_api_version", c.c_uint32, ()),
    ("gatelet_status_text", c.c_char_p, (_STATUS,)),
    ("gatelet_error_code", _STATUS, (_HANDLE,)),
    ("gatelet_error_message", View, (_HANDLE,)),
    ("gatelet_error_path", View, (_HANDLE,)),
    ("gatelet_error_line", c.c_uint32, (_HANDLE,)),
    ("gatelet_error_column", c.c_uint32, (_HANDLE,)),
    ("gatelet_error_destroy", None, (_HANDLE,)),
    ("gatelet_report_count", c.c_size_t, (_HANDLE,)),
    ("gatelet_report_get", _STATUS, (_HANDLE, c.c_size_t, c.POINTER(Diagnostic))),
    ("gatelet_report_destroy", None, (_HANDLE,)),
    ("gatelet_config_load", _STATUS, (Text, Text, c.POINTER(ConfigOptions), _OUT, _OUT, _OUT)),
    ("gatelet_config_load_files", _STATUS, (c.POINTER(File), c.c_size_t, Text, c.POINTER(ConfigOptions), _OUT, _OUT, _OUT)),
    ("gatelet_config_load_path", _STATUS, (Text, c.POINTER(ConfigOptions), _OUT, _OUT, _OUT)),
    ("gatelet_policy_check_within", _STATUS, (c.POINTER(ExpressionLimits), Text, Text, Text, _OUT, _OUT)),
    ("gatelet_config_effective_policy", _STATUS, (_HANDLE, Text, Text, Text, c.POINTER(View), _OUT)),
    ("gatelet_config_buffered_bodies", _STATUS, (_HANDLE, _OUT, _OUT)),
    ("gatelet_text_destroy", None, (View,)),
    ("gatelet_config_unref", None, (_HANDLE,)),
    ("gatelet_config_revision", View, (_HANDLE,)),
    ("gatelet_config_api_count", c.c_size_t, (_HANDLE,)),
    ("gatelet_expression_compile", _STATUS, (Text, Text, c.POINTER(ExpressionLimits), _OUT, _OUT)),
    ("gatelet_expression_run", _STATUS, (_HANDLE, Text, c.POINTER(c.c_int32), c.POINTER(View), _OUT)),
    ("gatelet_expression_destroy", None, (_HANDLE,)),
    ("gatelet_expression_evaluate_within", _STATUS, (c.POINTER(ExpressionLimits), Text, Text, c.POINTER(c.c_int32), c.POINTER(View), _OUT)),
    ("gatelet_gateway_create", _STATUS, (c.POINTER(GatewayOptions), _HANDLE, _OUT, _OUT)),
    ("gatelet_gateway_destroy", None, (_HANDLE,)),
    ("gatelet_gateway_publish", _STATUS, (_HANDLE, _HANDLE, _OUT)),
    ("gatelet_gateway_set_authorizations", _STATUS, (_HANDLE, Text, _OUT)),
    ("gatelet_gateway_is_ready", c.c_int32, (_HANDLE,)),
    ("gatelet_exchange_create", _STATUS, (_HANDLE, _OUT, _OUT)),
    ("gatelet_exchange_destroy", None, (_HANDLE,)),
    ("gatelet_exchange_begin", _STATUS, (_HANDLE, c.POINTER(Request), _OUT)),
    ("gatelet_exchange_next", _STATUS, (_HANDLE, c.POINTER(Action), _OUT)),
    ("gatelet_exchange_reply", _STATUS, (_HANDLE, c.c_uint32, c.POINTER(Response), Time, _OUT)),
    ("gatelet_exchange_reply_body", _STATUS, (_HANDLE, c.c_uint32, Buf, Time, _OUT)),
    ("gatelet_exchange_reply_fault", _STATUS, (_HANDLE, c.c_uint32, c.c_int32, Text, Time, _OUT)),
    ("gatelet_exchange_reply_time", _STATUS, (_HANDLE, c.c_uint32, Time, _OUT)),
    ("gatelet_exchange_client_gone", _STATUS, (_HANDLE, Time, _OUT)),
    ("gatelet_exchange_finish", _STATUS, (_HANDLE, c.POINTER(ExchangeEnd), _OUT)),
    ("gatelet_exchange_last_error", _STATUS, (_HANDLE, c.POINTER(LastError), _OUT)),
    ("gatelet_exchange_set_variable", _STATUS, (_HANDLE, Text, Text, _OUT)),
    ("gatelet_exchange_variable", c.c_int32, (_HANDLE, Text, c.POINTER(View))),
    ("gatelet_exchange_trace_count", c.c_size_t, (_HANDLE,)),
    ("gatelet_exchange_trace_get", _STATUS, (_HANDLE, c.c_size_t, c.POINTER(TraceEntry))),
    ("gatelet_call_method", View, (_HANDLE,)),
    ("gatelet_call_path", View, (_HANDLE,)),
    ("gatelet_call_query", View, (_HANDLE,)),
    ("gatelet_call_header_count", c.c_size_t, (_HANDLE,)),
    ("gatelet_call_header", HeaderView, (_HANDLE, c.c_size_t)),
    ("gatelet_call_body", View, (_HANDLE,)),
    ("gatelet_call_client_ip", View, (_HANDLE,)),
    ("gatelet_call_respond", _STATUS, (_HANDLE, c.POINTER(Response), _OUT)),
    ("gatelet_call_fail", _STATUS, (_HANDLE, Text, _OUT)),
    ("gatelet_server_use_certificate", _STATUS, (_HANDLE, Text, Text, Text, Text, _OUT)),
    ("gatelet_server_create", _STATUS, (_HANDLE, c.POINTER(ServerOptions), _OUT, _OUT)),
    ("gatelet_server_destroy", None, (_HANDLE,)),
    ("gatelet_server_listener_count", c.c_size_t, (_HANDLE,)),
    ("gatelet_server_listener_url", View, (_HANDLE, c.c_size_t)),
    ("gatelet_server_keep_quotas", _STATUS, (_HANDLE, Text, _OUT)),
    ("gatelet_server_start", _STATUS, (_HANDLE, _OUT)),
    ("gatelet_server_wait", _STATUS, (_HANDLE, _OUT)),
    ("gatelet_server_drain", None, (_HANDLE,)),
    ("gatelet_server_stop", None, (_HANDLE,)),
]

lib = load()
for _name, _result, _arguments in FUNCTIONS:
    _function = getattr(lib, _name)
    _function.restype = _result
    _function.argtypes = _arguments
