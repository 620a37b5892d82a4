"""A pointer of the library that is freed exactly once, and never while somebody uses it."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import Callable, Iterator, Optional, Set

from .errors import BusyError, ClosedError

# Threads that run a callback of the library, which must not be entered again from there.
_callback_threads: Set[int] = set()


@contextmanager
def callback() -> Iterator[None]:
    """The block runs inside a callback."""
    thread = threading.get_ident()
    _callback_threads.add(thread)
    try:
        yield
    finally:
        _callback_threads.discard(thread)


def is_in_callback() -> bool:
    return threading.get_ident() in _callback_threads


class Handle:
    """``with handle as pointer:`` keeps the pointer alive for the block, also when another thread closes the object meanwhile.

    A child (an exchange, a server) uses its parent's handle as long as it lives, so that a gateway which is closed first is freed last. After
    a fork the child process has none of the library's threads: what ``owns_threads`` is refused there, and left alone at the end.
    """

    def __init__(self, noun: str, pointer: Optional[int], destroy: Callable[[int], None], parent: "Optional[Handle]" = None) -> None:
        self._noun = noun
        self._pointer = pointer or 0
        self._destroy = destroy
        self._parent = parent
        self._users = 0
        self._is_closed = False
        self._threads_pid: Optional[int] = None
        # Reentrant: a finalizer may run wherever Python runs, also in here.
        self._lock = threading.RLock()

    def owns_threads(self) -> None:
        """From now on the object has threads of the library, which a fork does not copy."""
        self._threads_pid = os.getpid()

    def is_of_this_process(self) -> bool:
        return self._threads_pid is None or self._threads_pid == os.getpid()

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def __enter__(self) -> int:
        if is_in_callback():
            raise BusyError(f"a log function must not use the {self._noun}; keep the line and return")
        if not self.is_of_this_process():
            raise BusyError(f"the {self._noun} belongs to process {self._threads_pid}, whose threads a fork does not copy; make one in this process")
        with self._lock:
            is_closed = self._is_closed
            self._users += 0 if is_closed else 1
        if is_closed:
            raise ClosedError(f"the {self._noun} is closed; make a new one")
        return self._pointer

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            is_last = self._is_closed and self._users == 0
        if is_last:
            self._free()

    def close(self) -> None:
        """Frees the object now, or when its last user is done. Any number of times."""
        with self._lock:
            is_free = not self._is_closed and self._users == 0
            self._is_closed = True
        if is_free:
            self._free()

    def _free(self) -> None:
        if self.is_of_this_process():
            self._destroy(self._pointer)
        if self._parent is not None:
            self._parent.__exit__()
