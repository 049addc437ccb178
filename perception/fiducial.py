"""A detector of printed tags, AprilTag and ArUco, on OpenCV's aruco: what it finds are landmarks."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

from perception.pixels import color_of, shape_of
from spatialmem import Detection, InputError, RgbdFrame

__all__ = ["FAMILIES", "FiducialDetector"]

_GRIDS = tuple(f"{side}x{side}_{count}" for side in (4, 5, 6, 7) for count in (50, 100, 250, 1000))
FAMILIES: dict[str, tuple[str, str]] = {
    **{f"apriltag_{kind}": (f"DICT_APRILTAG_{kind}", f"tag{kind}") for kind in ("16h5", "25h9", "36h10", "36h11")},
    **{f"aruco_{grid}": (f"DICT_{grid.upper()}", f"aruco{grid}") for grid in _GRIDS},
    "aruco_original": ("DICT_ARUCO_ORIGINAL", "aruco"),
    "aruco_mip_36h12": ("DICT_ARUCO_MIP_36h12", "aruco36h12"),
}
"""By name: OpenCV's name of the dictionary, and what its labels begin with."""
CELL_PX = 8
"""A tag is read from a straightened picture with so many pixels a cell."""


class FiducialDetector:
    """Finds the tags of one family; a `spatialmem.Detector`. A tag of id 17 is labelled "tag36h11:17".

    The score is 1 for a tag that is read without an error, less for each bit that was wrong and could be corrected
    (OpenCV before 5 corrects none of AprilTag's). The mask is the tag with its black border, the box is around its
    corners.
    """

    def __init__(self, family: str = "apriltag_36h11"):
        """Raises InputError for a family that is not in `FAMILIES`."""
        import cv2

        if family not in FAMILIES:
            raise InputError(f"there is no family of tags {family!r}; there are {', '.join(FAMILIES)}.")
        name, self._prefix = FAMILIES[family]
        self.family = family
        self._dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, name))
        parameters = cv2.aruco.DetectorParameters()
        parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
        self._detector = cv2.aruco.ArucoDetector(self._dictionary, parameters)
        self.labels: tuple[str, ...] = tuple(f"{self._prefix}:{i}" for i in range(len(self._dictionary.bytesList)))

    def detect(self, frame: RgbdFrame) -> tuple[Detection, ...]:
        """Return the tags in the frame, by id and then from left to right. Raises InputError without colour."""
        import cv2

        grey = cv2.cvtColor(color_of(frame, asked_by="FiducialDetector"), cv2.COLOR_RGB2GRAY)
        corners, ids, _ = self._detector.detectMarkers(grey)
        if ids is None:
            return ()
        found = [(int(tag), quad.reshape(4, 2)) for tag, quad in zip(ids.ravel(), corners, strict=True)]
        found.sort(key=lambda one: (one[0], one[1].tolist()))
        return tuple(self._detection(tag, quad, grey, shape_of(frame)) for tag, quad in found)

    def _detection(
        self, tag: int, quad: Float32[np.ndarray, "4 2"], grey: UInt8[np.ndarray, "h w"], shape: tuple[int, int]
    ) -> Detection:
        import cv2

        inside = np.clip(quad, 0, (shape[1] - 1, shape[0] - 1))
        filled = np.zeros(shape, np.uint8)
        cv2.fillConvexPoly(filled, np.rint(inside).astype(np.int32), 1)
        (u_min, v_min), (u_max, v_max) = inside.min(axis=0), inside.max(axis=0)
        return Detection(
            label=self.labels[tag],
            score=self._score(tag, quad, grey),
            box_px=(float(u_min), float(v_min), float(u_max), float(v_max)),
            mask=filled.astype(bool),
        )

    def _score(self, tag: int, quad: Float32[np.ndarray, "4 2"], grey: UInt8[np.ndarray, "h w"]) -> float:
        """Return 1 less the share of wrong bits that was put right, of one more than can be."""
        wrong = min(self._wrong_bits(tag, quad, grey), self._dictionary.maxCorrectionBits)
        return 1.0 - wrong / (self._dictionary.maxCorrectionBits + 1)

    def _wrong_bits(self, tag: int, quad: Float32[np.ndarray, "4 2"], grey: UInt8[np.ndarray, "h w"]) -> int:
        import cv2

        cells = self._dictionary.markerSize + 2  # one black cell around
        side = cells * CELL_PX
        square = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32) - np.float32(0.5)
        straight = cv2.warpPerspective(grey, cv2.getPerspectiveTransform(quad, square), (side, side))
        _, white = cv2.threshold(straight, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        counts = _per_cell(white, cells)[1:-1, 1:-1]
        bits = (counts > CELL_PX * CELL_PX / 2).astype(np.uint8)
        return int(self._dictionary.getDistanceToId(bits, tag, False))


def _per_cell(white: Any, cells: int) -> Any:
    """Return how many pixels of each cell are white, shape (cells, cells)."""
    return white.reshape(cells, CELL_PX, cells, CELL_PX).sum(axis=(1, 3), dtype=np.int64)
