"""DynaMem's rule on stored points of detections: what a frame sees through is cleared, the rest stays for good."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Int64

from baselines.asked import Place, most_alike
from baselines.hearing import Hearing
from baselines.last_seen import PLACE_BYTES
from spatialmem import Input, RgbdFrame, Unknown, inverse, transform
from spatialmem.shortterm import Lifted

__all__ = ["DynaMem"]

VOXEL_M = 0.05
CLEAR_TO_M = 2.5
HIDDEN_M = 0.1
"""What lies so much deeper than the surface that a pixel shows is hidden from it."""
JOINED_VOXELS = 2.5
"""Points of one label that are not farther from each other than this, along each axis, are of one thing."""
VOTES_MIN = 3
"""So many sightings of one of its points make a thing, as the short-term memory has it. More do not count: of two
labels of one voxel that have so many, the newer one holds."""


class DynaMem(Hearing):
    """Points of what detectors found, one for each label and voxel of 5 cm. An object is where its points remain.

    After DynaMem (Liu et al. 2024, arXiv 2411.04999, "voxel map with dynamic addition and removal"): a stored point
    that projects into the view, nearer than 2.5 m and not hidden by more than 0.1 m, is cleared; then the frame's own
    points are added. There every pixel brings a point with its features, so what still stands is put back by the same
    frame. Here only detections bring points. dense: points within 0.1 m of the surface that the frame shows stay, as
    dense features would put them back; without it the rule is taken by its word, and what a detector misses once, near
    by, is forgotten. Without points put back no point collects sightings, so then one is enough.
    """

    def __init__(self, *, dense: bool = True):
        super().__init__()
        self.name = "DynaMem's rule" + ("" if dense else ", detections only")
        self._dense, self._votes_min = dense, VOTES_MIN if dense else 1
        self._labels: list[str] = []
        self._keys = np.zeros(0, np.int64)
        """The label's number and the voxel of each point; the arrays below go with it."""
        self._points_W = np.zeros((0, 3), np.float32)
        self._votes, self._stamps_ns, self._scores = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        self._told: tuple[Place, ...] | None = None

    def observe(self, x: Input) -> None:
        """Take in an input; a frame clears, its detections add."""
        if isinstance(x, RgbdFrame):
            kept = ~self._cleared(x)
            if not kept.all():
                self._keep(kept)
        super().observe(x)

    def _keep(self, rows: Bool[np.ndarray, "n"]) -> None:
        self._keys, self._votes, self._stamps_ns = self._keys[rows], self._votes[rows], self._stamps_ns[rows]
        self._points_W, self._scores = self._points_W[rows], self._scores[rows]
        self._told = None

    def _cleared(self, frame: RgbdFrame) -> Bool[np.ndarray, "n"]:
        """Return which points a frame clears. A pixel without a return clears nothing."""
        cleared = np.zeros(len(self._points_W), bool)
        p_C = transform(inverse(frame.X_WC), self._points_W)
        rows = np.flatnonzero((p_C[:, 2] > 0) & (p_C[:, 2] < CLEAR_TO_M))
        x, y, z = p_C[rows].T
        camera = frame.camera
        u = np.rint(camera.fx * x / z + camera.cx).astype(np.int64)
        v = np.rint(camera.fy * y / z + camera.cy).astype(np.int64)
        inside = (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)
        rows, z = rows[inside], z[inside]
        depth_m = frame.depth[v[inside], u[inside]] * frame.depth_unit_m
        below_m = depth_m - VOXEL_M if self._dense else depth_m + HIDDEN_M
        cleared[rows] = (depth_m > 0) & (z < below_m)
        return cleared

    def saw(self, lifted: list[Lifted], frame: RgbdFrame, source: str) -> None:
        """Add the points of what was found; one that is there already is seen once more, and is where it is now."""
        known = {key: row for row, key in enumerate(self._keys.tolist())}
        new: dict[str, list] = {"keys": [], "points_W": [], "scores": []}
        for one in lifted:
            if one.label not in self._labels:
                self._labels.append(one.label)
            keys, first = np.unique(_keys(self._labels.index(one.label), one.points_W), return_index=True)
            for key, p_W in zip(keys.tolist(), one.points_W[first], strict=True):
                row = known.setdefault(key, len(known))
                if row < len(self._keys):
                    self._points_W[row], self._stamps_ns[row] = p_W, frame.stamp_ns
                    self._votes[row] = min(self._votes[row] + 1, VOTES_MIN)
                    self._scores[row] = max(self._scores[row], one.score)
                elif row == len(self._keys) + len(new["keys"]):
                    new["keys"].append(key)
                    new["points_W"].append(p_W)
                    new["scores"].append(one.score)
        self._append(**new, stamp_ns=frame.stamp_ns)

    def _append(self, keys: list[int], points_W: list, scores: list[float], *, stamp_ns: int) -> None:
        count = len(keys)
        self._keys = np.concatenate([self._keys, np.array(keys, np.int64)])
        self._points_W = np.concatenate([self._points_W, np.array(points_W, np.float32).reshape(-1, 3)])
        self._votes = np.concatenate([self._votes, np.ones(count, np.int64)])
        self._stamps_ns = np.concatenate([self._stamps_ns, np.full(count, stamp_ns)])
        self._scores = np.concatenate([self._scores, np.array(scores, np.float64)])
        self._told = None

    def objects(self) -> tuple[Place, ...]:
        """Return the middle of each group of points of one label, by label; groups seen too seldom are none."""
        if self._told is None:
            best = self._best()
            label_of = self._keys[best] >> 48
            self._told = tuple(
                place
                for label in sorted(self._labels)
                for place in self._groups(label, best[label_of == self._labels.index(label)])
            )
        return self._told

    def _best(self) -> Int64[np.ndarray, "m"]:
        """Return for every voxel the point of its label: the one with most votes, of equal ones the newest."""
        voxels = self._keys & ((1 << 48) - 1)
        order = np.lexsort((self._keys, -self._stamps_ns, -self._votes, voxels))
        _, first = np.unique(voxels[order], return_index=True)
        return order[first]

    def _groups(self, label: str, rows: Int64[np.ndarray, "m"]) -> list[Place]:
        """Return the things that a label's points make."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components
        from scipy.spatial import KDTree

        if not len(rows):
            return []
        pairs = KDTree(self._points_W[rows]).query_pairs(JOINED_VOXELS * VOXEL_M, p=np.inf, output_type="ndarray")
        near = coo_matrix((np.ones(len(pairs), bool), pairs.T), (len(rows), len(rows)))
        count, group = connected_components(near, directed=False)
        made = []
        for number in range(count):
            own = rows[group == number]
            if self._votes[own].max() >= self._votes_min:
                p_W = self._points_W[own].astype(np.float64)
                middle_W = (p_W.min(axis=0) + p_W.max(axis=0)) / 2
                stamp_ns, score = int(self._stamps_ns[own].max()), float(self._scores[own].max())
                made.append(Place(label=label, p_W=middle_W, stamp_ns=stamp_ns, score=score))
        return made

    def where(self, label: str) -> Place | Unknown:
        """Return the thing of this label seen last, of equally old ones the surest."""
        same = [one for one in self.objects() if one.label == label]
        return max(same, key=lambda one: (one.stamp_ns, one.score), default=Unknown(f"no point is of a {label}"))

    def nearest(self, text: str, k: int) -> tuple[Place, ...]:
        """Return the k things whose labels are most like a text."""
        return most_alike(text, self.objects(), k)

    @property
    def stored_bytes(self) -> int:
        """The points, with the number of their label, their voxel, and how often they were seen."""
        return sum(len(label.encode()) for label in self._labels) + len(self._keys) * (PLACE_BYTES + 8)


def _keys(label: int, points_W: Float32[np.ndarray, "n 3"]) -> Int64[np.ndarray, "n"]:
    """Return the number of a label and of the voxel of each point, as one number: 16 bits each."""
    x, y, z = (np.floor(points_W / VOXEL_M).astype(np.int64).T + (1 << 15)) & 0xFFFF
    return (label << 48) | (x << 32) | (y << 16) | z
