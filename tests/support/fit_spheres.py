"""Fits spheres about the links of the Panda: python tests/support/fit_spheres.py > panda_spheres.py

Of each link's collision mesh in PyBullet's data, which are convex, points all over the surface are to be covered. A
sphere about a point inside is as large as may be: as deep as the point lies, and the excess more. Of many such points
the one whose sphere covers most of what is left is taken, again and again; those that became needless go. Where points
close by show gaps still, spheres are put under them.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from panda_arm import panda_folder

__all__ = ["EXCESS_M", "SLACK_M", "collision_points", "points_on"]

EXCESS_M = {
    "link0": 0.012,
    "link1": 0.008,
    "link2": 0.008,
    "link3": 0.006,
    "link4": 0.006,
    "link5": 0.004,
    "link6": 0.004,
    "link7": 0.004,
    "hand": 0.003,
    "finger": 0.003,
}
"""So far a sphere may reach out of each link: less of those that come close to things."""
SLACK_M = 0.001
"""So far a point of the surface may lie outside all spheres."""
SPACING_M, CANDIDATES = 0.004, 10_000


def collision_points(name: str) -> np.ndarray:
    """The corners of a link's collision mesh [m], shape (n, 3)."""
    lines = (panda_folder() / "meshes" / "collision" / f"{name}.obj").read_text().splitlines()
    corners = [[float(word) for word in line.split()[1:4]] for line in lines if line.startswith("v ")]
    return np.unique(np.array(corners).round(6), axis=0)


def points_on(hull: ConvexHull, spacing_m: float, rng: np.random.Generator) -> np.ndarray:
    """Points all over a hull, a few to every square of this edge [m], and its corners; shape (n, 3)."""
    corners = hull.points[hull.simplices]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    count = int(3 * area.sum() / spacing_m**2)
    first, second, third = corners[rng.choice(len(area), count, p=area / area.sum())].transpose(1, 0, 2)
    share = rng.random((count, 2))
    share[share.sum(axis=1) > 1] *= -1
    share %= 1
    points = first + share[:, :1] * (second - first) + share[:, 1:] * (third - first)
    return np.concatenate([hull.points[hull.vertices], points])


def spheres_about(corners: np.ndarray, excess_m: float, rng: np.random.Generator) -> np.ndarray:
    """Spheres (x, y, z, radius) [m] that cover a convex mesh."""
    hull, middle = ConvexHull(corners), corners.mean(axis=0)
    surface = points_on(hull, SPACING_M, rng)
    inside = rng.uniform(corners.min(axis=0), corners.max(axis=0), (CANDIDATES, 3))
    near = surface[rng.choice(len(surface), CANDIDATES)]
    near = near + (middle - near) * rng.uniform(0, 0.5, (CANDIDATES, 1))
    spheres = _cover(surface, np.concatenate([inside, near]), hull, excess_m)
    dense = points_on(hull, SPACING_M / 3, rng)
    while len(left := dense[_outside(dense, spheres) > SLACK_M]):  # what the coarser points did not show
        left = left[rng.permutation(len(left))[:2000]]
        away = (middle - left) / np.linalg.norm(middle - left, axis=1)[:, None]
        under = np.concatenate([left + away * depth_m for depth_m in (0.001, 0.002, 0.004, 0.008, 0.016)])
        spheres = np.concatenate([spheres, _cover(left, under, hull, excess_m)])
    return spheres


def _outside(points: np.ndarray, spheres: np.ndarray) -> np.ndarray:
    """How far points are from the nearest sphere [m]; less than 0 inside."""
    apart = np.full(len(points), np.inf)
    for *center, radius in spheres.tolist():
        apart = np.minimum(apart, np.linalg.norm(points - center, axis=1) - radius)
    return apart


def _cover(surface: np.ndarray, centers: np.ndarray, hull: ConvexHull, excess_m: float) -> np.ndarray:
    """Few spheres about some of the centres that cover points of a surface."""
    depth = (-hull.equations[:, 3] - centers @ hull.equations[:, :3].T).min(axis=1)
    centers, radii = centers[depth > 0], depth[depth > 0] + excess_m
    reach = ((radii + SLACK_M) ** 2).astype(np.float32)[:, None]
    a, b = centers.astype(np.float32), surface.astype(np.float32)
    covers = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T <= reach
    gain, left, chosen = covers.sum(axis=1), np.ones(len(surface), bool), []
    while gain.max() > 0:
        best = int(gain.argmax())
        fresh = np.flatnonzero(covers[best] & left)
        gain -= covers[:, fresh].sum(axis=1)
        left[fresh] = False
        chosen.append(best)
    count = covers[chosen].sum(axis=0)
    for one in list(chosen):
        if (count[covers[one]] > 1).all():
            chosen.remove(one)
            count -= covers[one]
    return np.column_stack([centers[chosen], radii[chosen]])


def as_module(spheres: dict[str, np.ndarray]) -> str:
    """The spheres as a module of Python."""
    lines = [
        '"""Spheres about the links of the Panda, made by tests/support/fit_spheres.py of PyBullet\'s meshes.',
        "",
        'Whole tenths of a millimetre in the frame of each link: x y z radius, again and again."""',
        "",
        "from __future__ import annotations",
        "",
        '__all__ = ["SPHERES"]',
        "",
        "SPHERES = {",
    ]
    for name, rows in spheres.items():
        tenths = np.round(rows * 1e4).astype(int)
        text = textwrap.fill(" ".join(map(str, tenths.ravel())), 119)
        lines += [f'    "{name}": """', text, '""",']
    return "\n".join([*lines, "}"])


if __name__ == "__main__":
    made = {}
    for name, excess_m in EXCESS_M.items():
        made[name] = spheres_about(collision_points(name), excess_m, np.random.default_rng(0))
        print(name, len(made[name]), file=sys.stderr, flush=True)
    print(as_module(made))
