"""Reads `intrinsics.json`: the camera of a recording, and the unit of its depth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from spatialmem.errors import EpisodeError, did_you_mean
from spatialmem.types import Pinhole

__all__ = ["INTRINSICS_EXAMPLE", "Intrinsics", "read_intrinsics"]

INTRINSICS_EXAMPLE = (
    '{"width": 640, "height": 480, "fx": 525.0, "fy": 525.0, "cx": 319.5, "cy": 239.5, "depth_unit_m": 0.001}'
)
"""What errors show to say what the file looks like."""

Pixels = Annotated[int, Meta(ge=1, le=65535)]
Positive = Annotated[float, Meta(gt=0)]


class Intrinsics(msgspec.Struct, frozen=True):
    """One camera [px], and metres per unit of its depth where the file says so. Other keys are ignored."""

    width: Pixels
    height: Pixels
    fx: Positive
    fy: Positive
    cx: float
    cy: float
    depth_unit_m: Positive | None = None

    @property
    def camera(self) -> Pinhole:
        """The camera alone."""
        return Pinhole(self.width, self.height, self.fx, self.fy, self.cx, self.cy)


def read_intrinsics(path: Path) -> Intrinsics:
    """Read and check the file. Raises EpisodeError with the key, the value's fault and an example."""
    data = b""
    try:
        data = path.read_bytes()
        return msgspec.json.decode(data, type=Intrinsics)
    except OSError as error:
        raise EpisodeError(f"cannot read {path}: {error.strerror}. It must look like {INTRINSICS_EXAMPLE}.") from error
    except msgspec.DecodeError as error:  # ValidationError is one of these
        raise EpisodeError(
            f"{path}: {str(error).replace('$.', '')}.{_misspelt(data)} It must look like {INTRINSICS_EXAMPLE}."
        ) from error


def _misspelt(data: bytes) -> str:
    """Return " 'Fx' is there. Did you mean 'fx'?" for the first key that was probably meant as one that is missing."""
    try:
        keys = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return ""
    known = Intrinsics.__struct_fields__
    missing = [name for name in known if name not in keys]
    hints = ((key, did_you_mean(key.casefold(), missing)) for key in keys if key not in known)
    return next((f" '{key}' is there.{hint}" for key, hint in hints if hint), "")
