"""The one door to PyBullet: it is imported here and nowhere else, and what it prints natively stays in here."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import functools
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spatialmem import InputError, SpatialMemError

__all__ = ["BulletMissing", "api", "connect", "data_path", "quiet"]


class BulletMissing(SpatialMemError, ImportError):
    """PyBullet is not installed in this Python."""

    def __init__(self) -> None:
        words = "install it: pip install 'spatialmem[sim]'"
        if sys.version_info >= (3, 12):
            version = ".".join(map(str, sys.version_info[:2]))
            words = f"whose wheels are for Python 3.10 and 3.11 only; this is {version}"
        super().__init__(f"the simulation needs PyBullet, {words}.")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what native code prints away from the terminal while inside; may be nested.

    The file descriptors 1 and 2 of the whole process point to the null device meanwhile, so other threads are
    silent too. What Python printed before is written out first.
    """
    _flush()
    kept = {}
    for number in (1, 2):
        with contextlib.suppress(OSError):  # whoever started us may have closed it
            kept[number] = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 3)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        for number in (1, 2):
            os.dup2(null, number)
        yield
    finally:
        _flush()  # the C library holds back what it was told to print
        for number in (1, 2):
            if number in kept:
                os.dup2(kept[number], number)
                os.close(kept[number])
            else:
                os.close(number)
        if null > 2:
            os.close(null)


def _flush() -> None:
    """Write out what Python and the C library hold back for stdout and stderr."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or there is none
            stream.flush()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).fflush(None)


@functools.cache
def api() -> Any:
    """Return the module pybullet. Raises BulletMissing where it is not installed."""
    try:
        with quiet():
            return importlib.import_module("pybullet")
    except ImportError as error:
        raise BulletMissing from error


@functools.cache
def data_path() -> Path:
    """Return the folder of pybullet_data: robots and objects that come with PyBullet."""
    api()
    return Path(importlib.import_module("pybullet_data").getDataPath())


def connect(*, gui: bool = False) -> int:
    """Start a physics server of its own, in this process, and return its client id; with a window if `gui`.

    Raises BulletMissing, and InputError where a window cannot be opened.
    """
    bullet = api()
    if gui:
        _check_display()
    with quiet():
        client = bullet.connect(bullet.GUI if gui else bullet.DIRECT)
        if client >= 0:
            bullet.setAdditionalSearchPath(str(data_path()), physicsClientId=client)
    if client < 0:
        what = "no window could be opened; is another one of this process open? Run without gui" if gui else "try again"
        raise InputError(f"PyBullet did not start: {what}.")
    return client


def _check_display() -> None:
    """Raise InputError where there is no X server; PyBullet itself would end the process."""
    if not sys.platform.startswith("linux"):
        return
    shown = os.environ.get("DISPLAY", "")
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError as error:
        raise InputError("a window needs the library libX11, which is not installed; run without gui.") from error
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = x11.XOpenDisplay(None) if shown else None
    if not display:
        raise InputError(f"no window can be opened: DISPLAY is '{shown}', no X server answers there; run without gui.")
    x11.XCloseDisplay(ctypes.c_void_p(display))
