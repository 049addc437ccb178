"""What is remembered of a real office: python tests/benchmarks/office_objects.py [--score-min 0.4]

The office walk (373 posed RGB-D pictures of other people's) with the shared small detector goes into a
memory. Told: every confirmed object; pairs of one label within 0.5 m, which are duplicates or neighbours; how many
detections had a place; and how long each part took. What is truly there nobody has labelled: it was looked at by eye.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from measure import show
from office_objects_walk import Account, near_pairs, office_frames, walk
from recordings import DATA, OFFICE_WALK

import spatialmem as sm


def confirmed(objects: tuple[sm.ObjectState, ...]) -> list[list[str]]:
    """One row for each object, by label and then id."""
    return [
        [
            one.name, " ".join(f"{value:.2f}" for value in one.center_W), " ".join(f"{v:.2f}" for v in one.size_m),
            str(one.sightings), str(one.viewpoints), f"{one.score:.2f}",
            ", ".join(f"{label} {p:.2f}" for label, p in list(one.label_p.items())[:3]),
            f"{np.linalg.norm(one.velocity_W_m_s):.1f}" if one.velocity_W_m_s.any() else "",
        ]
        for one in sorted(objects, key=lambda one: (one.label, one.id))
    ]  # fmt: skip


def pairs(objects: tuple[sm.ObjectState, ...]) -> list[list[str]]:
    """One row for each pair of one label within half a metre."""
    return [[a.name, b.name, f"{away:.2f}", f"{gap:.2f}"] for a, b, away, gap in near_pairs(objects)]


def times(account: Account, wall_s: float) -> list[list[str]]:
    """One row for each part."""
    rows = [[part, f"{1e3 * s / account.frames:.2f}"] for part, s in account.seconds.items()]
    spent = sum(account.seconds.values())
    rows.append(["decode and the rest", f"{1e3 * (wall_s - spent) / account.frames:.2f}"])
    return [*rows, ["all", f"{1e3 * wall_s / account.frames:.2f}"]]


def main() -> None:
    """Print four tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--score-min", type=float, default=0.5, help="what the detector passes on")
    given = parser.parse_args()
    if not OFFICE_WALK.exists() or not (DATA / "models").exists():
        sys.exit(f"office_walk/ or models/ is not under {DATA}; set SPATIALMEM_DATA to the folder that holds them.")
    start = time.perf_counter()
    memory, account = walk(office_frames(), score_min=given.score_min)
    wall_s = time.perf_counter() - start
    view = memory.view()
    objects = view.objects()
    columns = ["object", "middle [m]", "size [m]", "sightings", "viewpoints", "score", "p(label)", "speed [m/s]"]
    show(f"confirmed objects, detections of {given.score_min:g} and more", columns, confirmed(objects))
    show("pairs of one label within 0.5 m", ["one", "other", "middles apart [m]", "boxes apart [m]"], pairs(objects))
    rows = [[name, str(count)] for name, count in (*account.counts.items(), *view.object_counts.items())]
    show(f"{account.frames} frames", ["detections, objects", "count"], rows)
    show(f"{account.frames / wall_s:.0f} frames/s all in", ["part", "ms a frame"], times(account, wall_s))


if __name__ == "__main__":
    main()
