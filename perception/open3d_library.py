"""Open3D, which is optional, loaded on first use; a clear sentence where it is not there or does not load."""

from __future__ import annotations

import functools
from typing import Any

from spatialmem import InputError

__all__ = ["open3d"]


@functools.cache
def open3d() -> Any:
    """Return the module. Loading takes seconds. Raises InputError where it is missing or a library of its own is."""
    try:
        import open3d as library  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == "open3d":
            raise InputError(
                "finding things on tables needs Open3D, which is not installed: pip install 'spatialmem[perception]', "
                "with Python 3.12 or older (on ARM 3.11)."
            ) from error
        raise InputError(
            f"Open3D is installed, but does not load: {' '.join(str(error).split())}. It needs the system's libGL, "
            f"libX11, libudev and libgomp (Debian: apt install libgl1 libx11-6 libudev1 libgomp1), and from 0.20 on "
            f"libusb-1.0 (libusb-1.0-0)."
        ) from error
    return library
