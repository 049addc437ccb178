"""Triangles of any body in the world, and where its links are: what a ray-caster needs."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Int32, UInt8

from sim import bullet
from sim.poses import compose, from_bullet
from sim.worlds.built.bodies import Body
from sim.worlds.built.solids import mesh_triangles, triangles_of
from sim.worlds.built.world import World
from sim.worlds.shapes import Shape
from spatialmem import ConfigError, transform

__all__ = ["Triangles", "link_poses", "triangles"]

Pose = Float64[np.ndarray, "4 4"]
Triangles = tuple[Float32[np.ndarray, "_ 3"], Int32[np.ndarray, "_ 3"], UInt8[np.ndarray, "_ 3"]]
"""Corners in the link's frame [m], corners of each triangle, colour of each triangle."""


def triangles(world: World, body: Body) -> dict[int, Triangles]:
    """Return what each link of a body looks like, in the link's frame L; the base is link -1.

    The shapes of the home's bodies are known exactly. Of robots and persons it is what PyBullet shows; where a mesh
    is of a kind that cannot be read, the link's contact shapes stand for it.
    """
    if _adopted(world, body):
        return _of_adopted(world, body)
    return {
        link: _joined([_of_shape(s) for s in shapes]) for link, shapes in world.geometry(body.name).items() if shapes
    }


def link_poses(world: World, body: Body) -> dict[int, Pose]:
    """Return X_WL of every link of a body now; the base is link -1."""
    if not _adopted(world, body):
        return world.link_poses(body.name)
    api, client = bullet.api(), world.client
    poses = {-1: world.X_WK(body.name)}
    links = list(range(api.getNumJoints(body.unique_id, physicsClientId=client)))
    states = (
        api.getLinkStates(body.unique_id, links, computeForwardKinematics=1, physicsClientId=client) if links else ()
    )
    for link, state in zip(links, states, strict=True):
        poses[link] = from_bullet(state[4], state[5])
    return poses


def _adopted(world: World, body: Body) -> bool:
    """Whether a body is a robot's or a person's."""
    return body.kind in ("robot", "person")


def _of_shape(shape: Shape) -> Triangles:
    """Return the triangles of a shape of the home."""
    vertices, faces = triangles_of(shape)
    return vertices.astype(np.float32), faces, _painted(len(faces), shape.color)


def _painted(count: int, color: tuple[int, int, int]) -> UInt8[np.ndarray, "m 3"]:
    """Return one colour for many triangles."""
    return np.tile(np.array(color, np.uint8), (count, 1))


def _joined(parts: list[Triangles]) -> Triangles:
    """Make one mesh of several."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _, _ in parts)])
    faces = [faces + np.int32(start) for (_, faces, _), start in zip(parts, starts, strict=False)]
    return np.concatenate([p[0] for p in parts]), np.concatenate(faces), np.concatenate([p[2] for p in parts])


def _of_adopted(world: World, body: Body) -> dict[int, Triangles]:
    """Return what PyBullet shows of a body that was not made from a Model."""
    api = bullet.api()
    shown: dict[int, list[Triangles]] = {}
    unread: set[int] = set()
    for entry in api.getVisualShapeData(body.unique_id, physicsClientId=world.client):
        _, link, kind, size, file, position, quaternion, rgba = entry[:8]
        color = tuple(round(255 * min(max(c, 0.0), 1.0)) for c in rgba[:3])
        try:
            part = _placed(_raw(kind, size, file), from_bullet(position, quaternion), color)
        except ConfigError:
            unread.add(link)
            continue
        shown.setdefault(link, []).append(part)
    for link in sorted(unread - set(shown)):
        parts = _contact(world, body, link)
        if parts:
            shown[link] = parts
    return {link: _joined(parts) for link, parts in sorted(shown.items())}


def _contact(world: World, body: Body, link: int) -> list[Triangles]:
    """Return the contact shapes of a link; those are given in its frame I, of the centre of mass."""
    api, client = bullet.api(), world.client
    info = api.getDynamicsInfo(body.unique_id, link, physicsClientId=client)
    X_LI = from_bullet(info[3], info[4])
    parts = []
    for _, _, kind, size, file, position, quaternion in api.getCollisionShapeData(
        body.unique_id, link, physicsClientId=client
    ):
        try:
            raw = _raw(kind, size, file)
        except ConfigError:
            continue
        parts.append(_placed(raw, compose(X_LI, from_bullet(position, quaternion)), (150, 150, 150)))
    return parts


def _raw(kind: int, size: tuple[float, ...], file: bytes) -> tuple[Any, Any]:
    """Return corners and triangles of a shape as PyBullet describes it, in its own frame."""
    api = bullet.api()
    if kind == api.GEOM_MESH:
        vertices, faces = _file_triangles(file.decode())
        return vertices * np.array(size, float), faces
    if kind == api.GEOM_BOX:
        return triangles_of(Shape("box", tuple(size)))
    if kind == api.GEOM_SPHERE:
        return triangles_of(Shape("sphere", (size[0],)))
    if kind in (api.GEOM_CYLINDER, api.GEOM_CAPSULE):
        return triangles_of(Shape("cylinder", (size[1], size[0])))
    raise ConfigError(f"a shape of PyBullet's kind {kind} has no triangles.")


@functools.lru_cache(maxsize=256)
def _file_triangles(file: str) -> tuple[Any, Any]:
    """Return corners and triangles of a mesh file that PyBullet names; it may be relative to its data folder."""
    path = Path(file) if os.path.isabs(file) else bullet.data_path() / file
    if path.suffix.lower() not in (".obj", ".stl"):
        raise ConfigError(f"meshes of kind {path.suffix} cannot be read.")
    return mesh_triangles(str(path))


def _placed(raw: tuple[Any, Any], X_LS: Pose, color: tuple[int, ...]) -> Triangles:
    """Return triangles moved from a shape's frame to its link's."""
    vertices, faces = raw
    return transform(X_LS, vertices).astype(np.float32), faces, _painted(len(faces), (color[0], color[1], color[2]))
