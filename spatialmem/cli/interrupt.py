"""Ctrl-C as a question that is answered at the next good moment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["interrupt_asked"]


@contextmanager
def interrupt_asked() -> Iterator[threading.Event]:
    """Let the first Ctrl-C only raise a flag: an update that is cut in the middle leaves half a map, a print half
    an answer. The second one interrupts as usual."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield asked
        return
    before = signal.getsignal(signal.SIGINT)

    def raise_flag(number: int, where: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, raise_flag)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
