"""How a robot looks at places in a room of boxes: from where they are seen, and from several sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from box_worlds import Solid, look, visible_share

import spatialmem as sm

__all__ = ["Place", "Walk", "tour"]

VIEWS, TOGETHER_M, SEEN_SHARE, SEEN_TIMES = 4, 0.45, 0.5, 3
"""So many views of each place; places so near to each other are looked at together; a view sees so much of each; a
place that fewer of them see is looked at by itself."""
EYE_LOW_M, EYE_HIGH_M = 0.4, 2.1
"""How high a robot's camera can be."""
AZIMUTHS, ELEVATIONS_RAD = 12, (0.45, 0.8)
STAND_OFF_M, STAND_OFF_MAX_M, STAND_OFF_SHARE = 1.1, 2.2, 1.3
SETTLE_S, SPEED_M_S = 0.7, 1.0

Place = tuple[Sequence[Solid], Solid]
"""A thing to look at, and the room as it is then."""


@dataclass
class Walk:
    """A camera on its way: each frame has its stamp and its noise."""

    rng: np.random.Generator
    noise_m: float = 0.02
    miss_rate: float = 0.0
    stamp_ns: int = 1_000_000_000
    here_W: np.ndarray | None = field(default=None)

    def wait(self, seconds: float) -> int:
        """Let time pass; return what it is then."""
        self.stamp_ns += round(seconds * 1e9)
        return self.stamp_ns

    def view(self, solids: list[Solid], X_WC: np.ndarray) -> tuple[sm.RgbdFrame, sm.Detections]:
        """Go to a pose and look."""
        way_m = 0.0 if self.here_W is None else float(np.linalg.norm(X_WC[:3, 3] - self.here_W))
        self.here_W = X_WC[:3, 3]
        return look(
            solids,
            X_WC,
            stamp_ns=self.wait(SETTLE_S + way_m / SPEED_M_S),
            rng=self.rng,
            pose_noise_m=self.noise_m,
            miss_rate=self.miss_rate,
        )


def tour(places: Sequence[Place]) -> list[np.ndarray]:
    """Return camera poses X_WC: for each place a few, one after the other, then the place that is nearest to it."""
    left, here, found = _together(places), np.zeros(3), []
    while left:
        group = min(left, key=lambda g: float(np.linalg.norm(g[0][1].center_W - here)))
        left = [g for g in left if g is not group]
        here = np.mean([target.center_W for _, target in group], axis=0)
        poses, seen = _views(group, here)
        found += poses
        if len(group) > 1:  # what the others hide is looked at by itself
            hidden = (seen >= SEEN_SHARE).sum(axis=1) < SEEN_TIMES
            found += [X for i in np.flatnonzero(hidden) for X in _views([group[i]], group[i][1].center_W)[0]]
    return found


def _views(group: Sequence[Place], middle_W: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Return poses X_WC that look at a middle, and the share of each place that each of them sees."""
    largest_m = max(max(target.size_m) for _, target in group)
    stands = _stands(middle_W, float(np.clip(STAND_OFF_SHARE * largest_m, STAND_OFF_M, STAND_OFF_MAX_M)))
    seen = np.array([visible_share(list(room), stands, target) for room, target in group])
    chosen = _chosen(stands, seen)
    return [sm.look_at(tuple(stands[i]), tuple(middle_W)) for i in chosen], seen[:, chosen]


def _together(places: Sequence[Place]) -> list[list[Place]]:
    """Return the places in groups of those that are near to each other."""
    found: list[list[Place]] = []
    for room, target in places:
        near = [g for g in found if np.linalg.norm(g[0][1].center_W - target.center_W) <= TOGETHER_M]
        if near:
            near[0].append((room, target))
        else:
            found.append([(room, target)])
    return found


def _stands(target_W: np.ndarray, away_m: float) -> np.ndarray:
    """Return where a camera can be to look at a place: round about it, as high as a robot's head can be."""
    turns = np.arange(AZIMUTHS) * 2 * np.pi / AZIMUTHS
    found = []
    for elevation in ELEVATIONS_RAD:
        height = float(np.clip(target_W[2] + away_m * np.sin(elevation), EYE_LOW_M, EYE_HIGH_M))
        off_m = np.sqrt(max(away_m**2 - (height - target_W[2]) ** 2, 0.25))
        found += [[target_W[0] + off_m * np.cos(t), target_W[1] + off_m * np.sin(t), height] for t in turns]
    return np.array(found)


def _chosen(stands: np.ndarray, seen: np.ndarray) -> list[int]:
    """Return the numbers of the stands to look from: what sees most first, then what is farthest from the others."""
    worth = seen.min(axis=0) + 0.1 * seen.mean(axis=0)
    chosen = [int(np.argmax(worth))]
    while len(chosen) < VIEWS:
        good = np.flatnonzero(worth >= min(SEEN_SHARE, float(worth.max())))
        apart = np.linalg.norm(stands[good, None] - stands[chosen][None], axis=2).min(axis=1)
        if apart.max() > 0:
            chosen.append(int(good[np.argmax(apart)]))
        else:  # too few see it well
            rest = [i for i in np.argsort(-worth, kind="stable").tolist() if i not in chosen]
            chosen.append(rest[0])
    return sorted(chosen)
