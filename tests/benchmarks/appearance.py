"""How often looks alone recall a thing of a simulated home from another side: python tests/benchmarks/appearance.py"""

from __future__ import annotations

import dataclasses

import numpy as np
from measure import best_s, show
from thing_views import ThingView, recalled, thing_views  # after measure, which puts tests/support on the path

from perception import AppearanceEmbedder

HOMES = 10


def row(name: str, homes: list[list[ThingView]], *, boxed: bool, colored: bool) -> list[str]:
    """Share of views whose most similar first view is of the same thing, of the same model, and by guessing; time."""
    embedder, totals, took_s = AppearanceEmbedder(), np.zeros(4), []
    for views in homes:
        vectors = []
        for view in views:
            item = dataclasses.replace(view.detection, mask=None) if boxed else view.detection
            frame = view.frame if colored else dataclasses.replace(view.frame, color=grey(view.frame.color))
            vectors.append(embedder.embed(frame, item))
            took_s.append(best_s(lambda frame=frame, item=item: embedder.embed(frame, item), 1))
        totals += recalled(views, np.array(vectors))
    asked, same, alike, chance = totals
    shares = [f"{100 * x / asked:.1f} %" for x in (same, alike, chance)]
    return [name, f"{asked:.0f}", *shares, f"{1e3 * float(np.median(took_s)):.2f}"]


def grey(color) -> np.ndarray:
    return np.repeat(color.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)


if __name__ == "__main__":
    homes = [thing_views(seed) for seed in range(HOMES)]
    rows = [
        row("masks", homes, boxed=False, colored=True),
        row("boxes", homes, boxed=True, colored=True),
        row("masks, without colour", homes, boxed=False, colored=False),
    ]
    columns = ["", "asked", "same thing", "same model", "by guessing", "ms, median"]
    show(f"Recall by looks, {HOMES} homes", columns, rows)
