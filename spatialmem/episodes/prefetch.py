"""Reads a source ahead of its consumer, in one thread.

Recorded depth is decoded as its frame is read, which costs about as much as integrating it, and OpenCV gives up the
GIL meanwhile. Colour stays encoded: the gate decodes it from its own copy.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import NamedTuple, TypeVar

from spatialmem.errors import InputError

__all__ = ["prefetch"]


Item = TypeVar("Item")


class _End(NamedTuple):
    """The last message: the source is finished, or has failed."""

    error: BaseException | None


def prefetch(source: Iterable[Item], *, ahead: int = 4) -> Generator[Item, None, None]:
    """Yield what the source yields, in order, with up to `ahead` inputs read in advance.

    What the source raises is raised here, after the inputs before it. When the consumer stops early (the generator is
    closed or dropped) the thread ends with the input it is reading, and the source's iterator is closed.
    Raises InputError if `ahead` is not positive.
    """
    if ahead < 1:
        raise InputError(f"ahead is {ahead}; it must be 1 or more inputs.")
    return _consume(source, ahead)


def _consume(source: Iterable[Item], ahead: int) -> Generator[Item, None, None]:
    messages: queue.SimpleQueue[Item | _End] = queue.SimpleQueue()
    room = threading.Semaphore(ahead)
    stopped = threading.Event()
    thread = threading.Thread(
        target=_produce, args=(source, messages, room, stopped), name="spatialmem-prefetch", daemon=True
    )
    thread.start()
    try:
        while True:
            message = messages.get()
            if isinstance(message, _End):
                if message.error is not None:
                    raise message.error
                return
            room.release()
            yield message
    finally:
        stopped.set()
        room.release()
        thread.join()


def _produce(
    source: Iterable[Item],
    messages: queue.SimpleQueue[Item | _End],
    room: threading.Semaphore,
    stopped: threading.Event,
) -> None:
    try:
        items = iter(source)
        while True:
            room.acquire()
            if stopped.is_set():
                break
            try:
                item = next(items)
            except StopIteration:
                break
            messages.put(item)
        close = getattr(items, "close", None)
        if close is not None:
            close()
        messages.put(_End(None))
    except BaseException as error:  # the consumer raises it
        messages.put(_End(error))
