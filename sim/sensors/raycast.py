"""A camera that casts one ray per pixel against the world's triangles, with Embree. For long runs: no picture is drawn.

All that stands still is one scene in W. Everything else, a leaf, a thing, a link of the robot, has a scene of its own
in its own frame, built once: rays are brought into that frame, and only those of the pixels that its box covers. So
nothing is ever rebuilt because something moved, and what is taken away is simply not asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64, Int32, UInt8

from sim.sensors.cameras import AMBIENT, BACKGROUND, DIFFUSE, FAR_M, SUN_W, Shot, rays_C
from sim.sensors.settings import CameraSettings
from sim.sensors.triangles import TriangleScene, box_corners, dot, windows
from sim.worlds.built.meshes import link_poses, triangles
from sim.worlds.built.world import Body, World
from spatialmem import inverse, transform

__all__ = ["RayCastCamera"]

Pose = Float64[np.ndarray, "4 4"]
SUN = np.array(SUN_W)
STILL = ("room", "furniture")
"""Bodies whose base never moves."""
ABSENT = np.eye(4)
WATCHED = ("robot", "person")
"""Bodies that move without the world being told."""


@dataclass(slots=True, eq=False)
class _Piece:
    """A rigid piece that moves by itself: one link of a body."""

    body: Body
    link: int
    scene: TriangleScene
    first_face: int
    corners_L: Float64[np.ndarray, "8 3"]
    """Of the box around it [m]."""
    X_WL: Pose


class _Faces:
    """What is known of every face, over all pieces; the last entry stands for nothing."""

    def __init__(self) -> None:
        self._parts = [(np.full((1, 3), BACKGROUND, np.uint8), -1, -1)]
        self.count = 0

    def add(self, colors: UInt8[np.ndarray, "m 3"], body: int, link: int) -> int:
        """Append the faces of one piece and return the number of its first one."""
        first, self.count = self.count, self.count + len(colors)
        self._parts.insert(-1, (colors, body, link))
        return first

    def close(self) -> None:
        """Lay out the tables; nothing is added any more."""
        counts = [len(colors) for colors, _, _ in self._parts]
        self.colors = np.concatenate([colors for colors, _, _ in self._parts])
        self.bodies = np.repeat(np.array([body for _, body, _ in self._parts], np.int32), counts)
        self.links = np.repeat(np.array([link for _, _, link in self._parts], np.int32), counts)


@dataclass(slots=True, eq=False)
class _Hits:
    """What each pixel's ray hit first so far."""

    depth_m: Float32[np.ndarray, "h w"]
    face: Int32[np.ndarray, "h w"]
    facing: Float32[np.ndarray, "h w"]
    """Normal times ray; 0 or less."""
    light: Float32[np.ndarray, "h w"]
    """Normal times direction of the sun."""


class RayCastCamera:
    """A camera that asks Embree for the first triangle along each pixel's ray."""

    def __init__(self, world: World, settings: CameraSettings):
        """Build the world's triangles. Raises InputError where embreex is not installed."""
        self.pinhole = settings.pinhole
        self._world = world
        self._rays_C = rays_C(self.pinhole)
        self._ray_length = np.sqrt((self._rays_C**2).sum(axis=0))
        self._bodies: tuple[Body, ...] = ()
        self._build()

    def look(self, X_WC: Pose) -> Shot:
        """Return what is seen from X_WC at this moment."""
        self._follow()
        hits = self._still(X_WC)
        self._add_moving(hits, X_WC)
        return self._shot(hits)

    def close(self) -> None:
        """Let go of the triangles."""
        self._pieces, self._bodies = [], ()

    def _build(self) -> None:
        """Take in the triangles of every body of the world."""
        self._bodies = tuple(self._world.bodies.values())
        self._faces = _Faces()
        self._pieces: list[_Piece] = []
        still: list[tuple[np.ndarray, np.ndarray]] = []
        moving: list[tuple[int, Body, int, Pose]] = []
        meshes = [triangles(self._world, body) for body in self._bodies]
        for number, body in enumerate(self._bodies):
            poses = self._poses(body)
            for link, (vertices_L, faces, color) in sorted(meshes[number].items()):
                if not _stands_still(body, link):
                    moving.append((number, body, link, poses.get(link, ABSENT)))
                    continue
                vertices_W = transform(poses[link], vertices_L.astype(np.float64))
                self._faces.add(color, number, link)
                still.append((vertices_W, faces))
        self._still_scene = TriangleScene(*_merged(still))
        for number, body, link, X_WL in moving:
            vertices_L, faces, color = meshes[number][link]
            first = self._faces.add(color, number, link)
            scene = TriangleScene(vertices_L, faces)
            self._pieces.append(_Piece(body, link, scene, first, box_corners(vertices_L), X_WL))
        self._faces.close()
        self._light = dot(self._still_scene.normals, SUN)
        self._revision = self._world.revision

    def _follow(self) -> None:
        """Learn where everything is by now."""
        if tuple(self._world.bodies.values()) != self._bodies:
            self._build()
            return
        changed = self._world.revision != self._revision
        asked = {piece.body.name: piece.body for piece in self._pieces if changed or piece.body.kind in WATCHED}
        poses = {name: self._poses(body) for name, body in asked.items()}
        for piece in self._pieces:
            piece.X_WL = poses.get(piece.body.name, {}).get(piece.link, piece.X_WL)
        self._revision = self._world.revision

    def _poses(self, body: Body) -> dict[int, Pose]:
        """Return where the links of a body are; nothing for what is out of the world."""
        return {} if body.name in self._world.absent else link_poses(self._world, body)

    def _still(self, X_WC: Pose) -> _Hits:
        """Cast every ray against what stands still."""
        rays_W = _rotated(X_WC[:3, :3], self._rays_C.reshape(3, -1))
        limits = np.full(rays_W.shape[1], FAR_M, np.float32)
        depth_m, face, facing = self._still_scene.cast(X_WC[:3, 3].astype(np.float32), rays_W, limits)
        return _Hits(*(part.reshape(self._ray_length.shape) for part in (depth_m, face, facing, self._light[face])))

    def _add_moving(self, hits: _Hits, X_WC: Pose) -> None:
        """Cast rays against what moves, near things first, and put what is hit in front of what was hit so far."""
        pieces = [piece for piece in self._pieces if piece.body.name not in self._world.absent]
        if not pieces:
            return
        X_CL = np.einsum("ij,njk->nik", inverse(X_WC), np.stack([piece.X_WL for piece in pieces]))
        corners_L = np.stack([piece.corners_L for piece in pieces])
        corners_C = np.einsum("nij,npj->npi", X_CL[:, :3, :3], corners_L) + X_CL[:, None, :3, 3]
        window = windows(corners_C, self.pinhole)
        for i in np.argsort(window.nearest_m, kind="stable"):
            (left, top), (right, bottom) = window.low[i], window.high[i]
            where = slice(top, bottom), slice(left, right)
            if window.seen[i] and hits.depth_m[where].max() > window.nearest_m[i]:
                self._add_piece(hits, pieces[i], inverse(X_CL[i]), where)

    def _add_piece(self, hits: _Hits, piece: _Piece, X_LC: Pose, where: tuple[slice, slice]) -> None:
        """Cast the rays of one part of the picture against one piece."""
        rays_L = _rotated(X_LC[:3, :3], self._rays_C[(slice(None), *where)].reshape(3, -1))
        limits = hits.depth_m[where].ravel()
        depth_m, face, facing = piece.scene.cast(X_LC[:3, 3].astype(np.float32), rays_L, limits)
        hit = face >= 0
        if not hit.any():
            return
        seen = hit.reshape(hits.depth_m[where].shape)
        hits.depth_m[where][seen] = depth_m[hit]
        hits.face[where][seen] = face[hit] + np.int32(piece.first_face)
        hits.facing[where][seen] = facing[hit]
        hits.light[where][seen] = dot(piece.scene.normals[:, face[hit]], piece.X_WL[:3, :3].T @ SUN)

    def _shot(self, hits: _Hits) -> Shot:
        """Colour and name what was hit."""
        table, face = self._faces, hits.face
        brightness = np.float32(AMBIENT) + np.float32(DIFFUSE) * np.maximum(hits.light, np.float32(0))
        brightness[face < 0] = 1
        color = (table.colors[face] * brightness[..., None]).astype(np.uint8)
        depth_m = np.where(face >= 0, hits.depth_m, np.float32(0))
        cosine = np.abs(hits.facing) / self._ray_length
        names = tuple(body.name for body in self._bodies)
        return Shot(depth_m, table.bodies[face], table.links[face], color, cosine, names)


def _stands_still(body: Body, link: int) -> bool:
    """Whether a link never moves: floors, walls and furniture, but not its doors."""
    return body.kind in STILL and link not in body.links.values()


def _merged(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[Float[np.ndarray, "n 3"], Int32[np.ndarray, "m 3"]]:
    """Return the vertices and faces of several meshes as one."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in parts)])
    faces = [part[1] + start for part, start in zip(parts, starts[:-1], strict=True)]
    return np.concatenate([vertices for vertices, _ in parts]), np.concatenate(faces).astype(np.int32)


def _rotated(R_AB: Float64[np.ndarray, "3 3"], vectors_B: Float32[np.ndarray, "3 n"]) -> Float32[np.ndarray, "3 n"]:
    """Return vectors_A, column by column."""
    rows = R_AB.astype(np.float32)
    return np.stack([dot(vectors_B, row) for row in rows])
