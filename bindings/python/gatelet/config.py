"""What a gateway serves: loaded once, immutable, shared by any number of gateways and threads."""

from __future__ import annotations

import ctypes as c
import json
import os
import weakref
from collections import abc
from dataclasses import dataclass
from typing import Any, Callable, List, Mapping, Optional, Tuple, Union

from . import _ffi, errors
from ._callbacks import Lookup, look_up
from ._ffi import lib
from ._handle import Handle
from ._values import to_text
from .diagnostics import Diagnostic, take_report
from .expression import ExpressionLimits, to_native

Environment = Union[Mapping[str, str], Callable[[str], Optional[str]]]


@dataclass(frozen=True)
class ConfigOptions:
    """How a configuration is loaded.

    ``gateway_name``: serve only the APIs associated with this gateway; empty: all.
    ``region``: what policies see as ``context.Deployment.Region``.
    ``overrides``: the text of an overrides file (``configuration.<env>.yaml``); ``overrides_name`` is its name in messages.
    ``environment``: values of ``{#name#}`` placeholders, as a mapping or a function. None: the process environment when a path is loaded,
    nothing otherwise.
    ``ignore_scheme``: an API is served over http and https, whatever its protocols say.
    ``expression_limits``: of the sources of expressions; the gateway has those of evaluations.
    """

    gateway_name: str = ""
    region: str = ""
    overrides: str = ""
    overrides_name: str = "overrides"
    environment: Optional[Environment] = None
    ignore_scheme: bool = False
    expression_limits: Optional[ExpressionLimits] = None


class Config:
    """An immutable configuration. Make one with ``from_path``, ``from_document``, ``from_text`` or ``from_files``.

    A broken API is held back and the rest serves: ``diagnostics`` tells what is wrong, ``strict=True`` makes any error a ``ConfigError``. When
    nothing is usable, loading raises ``ConfigError`` in any case. Loading takes as long as the configuration is large.

    Threads: any. No thread is started, so a parent process may load before it forks. A gateway keeps what it needs: close it, or leave it to
    the garbage collector, whenever you like.
    """

    def __init__(self) -> None:
        raise TypeError("use Config.from_path, from_document, from_text or from_files")

    @classmethod
    def _load(cls, options: Optional[ConfigOptions], strict: bool, call: Callable[..., int]) -> Config:
        given = options or ConfigOptions()
        report, pointer, error = c.c_void_p(), c.c_void_p(), errors.new_error()
        with Lookup(given.environment) as lookup:
            native = _ffi.ConfigOptions(
                gateway_name=to_text(given.gateway_name, "gateway_name"),
                region=to_text(given.region, "region"),
                overrides=to_text(given.overrides, "overrides"),
                overrides_name=to_text(given.overrides_name, "overrides_name"),
                ignore_scheme=1 if given.ignore_scheme else 0,
                expression_limits=to_native(given.expression_limits),
            )
            if given.environment is not None:
                native.environment, native.environment_user = look_up, lookup.user
            status = call(c.byref(native), c.byref(report), c.byref(pointer), c.byref(error))
        diagnostics = take_report(report) if report.value else ()
        config = cls.__new__(cls)
        if pointer.value:
            config._handle = Handle("configuration", pointer.value, lib.gatelet_config_unref)
            config._finalizer = weakref.finalize(config, config._handle.close)
            config._diagnostics = diagnostics
        raised = errors.take(status, error)
        lookup.reraise()
        if status == errors.STATUS_CONFIG or (strict and any(item.is_error for item in diagnostics)):
            raise errors.ConfigError(diagnostics)
        if raised is not None:
            raise raised
        return config

    @classmethod
    def from_path(cls, path: Union[str, "os.PathLike[str]"], options: Optional[ConfigOptions] = None, *, strict: bool = False) -> Config:
        """Loads an APIOps folder, or a file with a resource document (.json, .yaml, .yml).

        Raises ``ConfigError``, and ``InputOutputError`` when the path cannot be read.
        """
        text = to_text(os.fspath(path), "path")
        return cls._load(options, strict, lambda *out: lib.gatelet_config_load_path(text, *out))

    @classmethod
    def from_document(cls, document: Mapping[str, Any], options: Optional[ConfigOptions] = None, *, name: str = "document", strict: bool = False) -> Config:
        """Loads a resource document given as an object: ``{"resources": [{"k": "apis/echo;rev=1", "v": {...}}]}``."""
        if not isinstance(document, abc.Mapping):
            raise TypeError(f"document must be a mapping with 'resources', not {type(document).__name__}; a text goes to Config.from_text")
        return cls.from_text(json.dumps(document), options, name=name, strict=strict)

    @classmethod
    def from_text(cls, text: Union[str, bytes], options: Optional[ConfigOptions] = None, *, name: str = "document", strict: bool = False) -> Config:
        """Loads the text of a resource document, JSON or YAML. ``name`` is what messages call it."""
        native, native_name = to_text(text, "text"), to_text(name, "name")
        return cls._load(options, strict, lambda *out: lib.gatelet_config_load(native, native_name, *out))

    @classmethod
    def from_files(
        cls, files: Mapping[str, Union[str, bytes]], options: Optional[ConfigOptions] = None, *, root_name: str = "folder", strict: bool = False
    ) -> Config:
        """Loads an APIOps folder that the caller read: paths relative to its root, with ``/``, and their contents."""
        native = (_ffi.File * len(files))(*[_ffi.File(to_text(path, "a path"), to_text(data, f"the file {path!r}")) for path, data in files.items()])
        root = to_text(root_name, "root_name")
        return cls._load(options, strict, lambda *out: lib.gatelet_config_load_files(native, len(native), root, *out))

    @property
    def diagnostics(self) -> Tuple[Diagnostic, ...]:
        """All problems found while loading: warnings, and the errors of APIs that are held back."""
        return self._diagnostics

    @property
    def revision(self) -> str:
        """A hash of the content, hexadecimal: the same resources give the same text."""
        with self._handle as pointer:
            return str(lib.gatelet_config_revision(pointer).text())

    @property
    def api_count(self) -> int:
        """How many API revisions there are."""
        with self._handle as pointer:
            return int(lib.gatelet_config_api_count(pointer))

    def effective_policy(self, api: str, operation: str, product: str = "") -> str:
        """The merged policy of one operation as a document, with fragments and ``<base/>`` expanded.

        ``api`` is ``"echo"`` or ``"echo;rev=2"``. Raises ``ArgumentError`` when there is no such operation.
        """
        names: List[_ffi.Text] = [to_text(api, "api"), to_text(operation, "operation"), to_text(product, "product")]
        text, error = _ffi.View(), errors.new_error()
        with self._handle as pointer:
            errors.check(lib.gatelet_config_effective_policy(pointer, *names, c.byref(text), c.byref(error)), error)
        try:
            return text.text()
        finally:
            lib.gatelet_text_destroy(text)

    @property
    def buffered_bodies(self) -> Tuple[Diagnostic, ...]:
        """A note for each body of an operation that is held in memory because a policy needs it whole; all others stream through."""
        report, error = c.c_void_p(), errors.new_error()
        with self._handle as pointer:
            errors.check(lib.gatelet_config_buffered_bodies(pointer, c.byref(report), c.byref(error)), error)
        return take_report(report)

    def close(self) -> None:
        """Lets go of the configuration; gateways that serve it keep it. May be called again."""
        self._handle.close()

    def __enter__(self) -> Config:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<gatelet.Config closed>" if self._handle.is_closed else f"<gatelet.Config {self.revision[:12]}, {self.api_count} APIs>"

    _handle: Handle
    _diagnostics: Tuple[Diagnostic, ...]
    _finalizer: Any


def check_policy(
    text: Union[str, bytes], *, name: str = "policy", scope: str = "", expression_limits: Optional[ExpressionLimits] = None
) -> Tuple[Diagnostic, ...]:
    """Checks one ``<policies>`` or ``<fragment>`` document without its service, and returns every problem.

    ``scope`` is ``"global"``, ``"product"``, ``"api"`` or ``"operation"``; empty: operation, where most is allowed. Threads: any.
    """
    report, error = c.c_void_p(), errors.new_error()
    status = lib.gatelet_policy_check_within(
        to_native(expression_limits), to_text(text, "text"), to_text(name, "name"), to_text(scope, "scope"), c.byref(report), c.byref(error)
    )
    errors.check(status, error)
    return take_report(report)
