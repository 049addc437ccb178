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
                "finding things on tables needs Open3D, which is not installed: pip install 'spatialmem[perception]'."
            ) from error
        raise InputError(
            f"Open3D is installed, but does not load: {' '.join(str(error).split())}. Open3D 0.20 needs the system's "
            f"libusb-1.0 (Debian: apt install libusb-1.0-0); 0.19 does not (pip install 'open3d-cpu<0.20')."
        ) from error
    return library
