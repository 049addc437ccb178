"""Does an embedder keep its promises?"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from spatialmem.protocols import Embedder
from spatialmem.testing.detectors import check_unit
from spatialmem.testing.frames import frame_bytes
from spatialmem.types import Detection, RgbdFrame

__all__ = ["check_embedder"]


def check_embedder(embedder: Embedder, frame: RgbdFrame, detection: Detection) -> Float32[np.ndarray, "d"]:
    """Check an `Embedder` on one detection, asked twice, and return its vector.

    Its dimension is a whole number above 0; the vector is float32, finite, of that dimension and of length 1. The
    second answer is the first one again, and neither the frame nor the detection's mask changes. Raises AssertionError.
    """
    assert isinstance(embedder, Embedder), f"{type(embedder).__name__} lacks dimension or embed of Embedder"
    dimension = embedder.dimension
    whole = isinstance(dimension, int) and not isinstance(dimension, bool)
    assert whole, f"dimension must be a whole number, it is {dimension!r}"
    assert dimension > 0, f"dimension must be above 0, it is {dimension}"
    before = frame_bytes(frame), _mask_bytes(detection)
    vector = embedder.embed(frame, detection)
    check_unit("the vector", vector)
    assert vector.shape == (dimension,), f"the vector has shape {vector.shape}, but dimension is {dimension}"
    kept = vector.tobytes()
    assert embedder.embed(frame, detection).tobytes() == kept, "the same detection must give the same vector again"
    assert vector.tobytes() == kept, "a vector that was returned must not change later"
    assert embedder.dimension == dimension, "dimension must not change"
    assert (frame_bytes(frame), _mask_bytes(detection)) == before, "embed must not change the frame or the detection"
    return vector


def _mask_bytes(detection: Detection) -> bytes | None:
    return None if detection.mask is None else detection.mask.tobytes()
