"""The things of a simulated home, each seen from several sides: for asking whether its looks tell what it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spatialmem import Detection, RgbdFrame, look_at

PIXELS_MIN = 60
"""What shows less is no view."""


@dataclass(frozen=True, eq=False)
class ThingView:
    """One thing in one frame. Things of one model look the same."""

    name: str
    model: str
    frame: RgbdFrame
    detection: Detection


def thing_views(seed: int, *, sides: int = 6, noise: bool = True) -> list[ThingView]:
    """Look at every thing of a generated home from `sides` places around it, 1 to 2.2 m away, 1.3 m high.

    Whatever things are in a picture are views, not only the one that is looked at. Nobody sees into cupboards.
    """
    from sim import generate_home
    from sim.sensors import CameraSettings, camera_of
    from sim.worlds.built.world import World

    home, rng, views = generate_home(seed), np.random.default_rng(seed), []
    models = {thing.name: thing.model for thing in home.things}
    settings = CameraSettings() if noise else CameraSettings().without_noise()
    with World(home) as world:
        camera = camera_of(world, settings, "fast")
        for thing in home.things:
            for _ in range(sides):
                angle, away_m = rng.uniform(0, 2 * np.pi), rng.uniform(1.0, 2.2)
                x, y, _ = thing.p_WK
                X_WC = look_at((x + away_m * np.cos(angle), y + away_m * np.sin(angle), 1.3), thing.p_WK)
                views += _views(camera.look(X_WC), X_WC, models, settings, len(views))
    return views


def _views(shot, X_WC, models, settings, stamp_ns) -> list[ThingView]:
    depth = np.rint(np.where(np.isfinite(shot.depth_m), shot.depth_m, 0) * 1000).astype(np.uint16)
    frame = RgbdFrame(
        source="camera",
        stamp_ns=stamp_ns,
        received_ns=stamp_ns,
        depth=depth,
        camera=settings.pinhole,
        X_WC=X_WC,
        color=shot.color,
    )
    counts = np.bincount(shot.body.ravel() + 1, minlength=len(shot.names) + 1)[1:]
    found = []
    for index in np.flatnonzero(counts >= PIXELS_MIN):
        name = shot.names[index]
        if name in models:
            mask = shot.body == index
            v, u = np.nonzero(mask)
            box_px = (float(u.min()), float(v.min()), float(u.max()), float(v.max()))
            item = Detection(label="thing", score=1.0, box_px=box_px, mask=mask)
            found.append(ThingView(name, models[name], frame, item))
    return found


def recalled(views: list[ThingView], vectors: np.ndarray) -> tuple[int, int, int, float]:
    """Ask for each view which thing's first view is most similar.

    Returns how many were asked, how many answers are the same thing, and of the same model, and how many right
    answers are expected from guessing.
    """
    first: dict[str, int] = {}
    for i, view in enumerate(views):
        first.setdefault(view.name, i)
    gallery = np.array(list(first.values()))
    asked = [i for i, view in enumerate(views) if first[view.name] != i]
    answers = [views[gallery[int((vectors[gallery] @ vectors[i]).argmax())]] for i in asked]
    same = sum(views[i].name == answer.name for i, answer in zip(asked, answers, strict=True))
    alike = sum(views[i].model == answer.model for i, answer in zip(asked, answers, strict=True))
    return len(asked), same, alike, len(asked) / len(gallery)
