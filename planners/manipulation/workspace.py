"""What is about the robot as it stands: the newest pictures at 1 cm, and where they show nothing, the memory's map."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float64

from planners.manipulation.carried import Carried
from planners.manipulation.checking import ArmCheck
from planners.manipulation.grasps import Thing
from planners.manipulation.limb import Limb
from planners.manipulation.scene import Field, LocalScene, ThingBox, field_of
from planners.manipulation.spheres import ArmBody, OwnBox, arm_body, panda_spheres
from spatialmem import RgbdFrame, RobotState, State, View

__all__ = ["Workspace"]

REACH_M, LOW_M, HIGH_M = 1.05, -0.05, 1.75
"""So far round the foot of the arm, and so high over the floor, the arm may be."""
ABOUT_M = 2.0
"""So far round what is to be reached it is asked what the memory's map has about an arm."""
CORE = 0.6
"""What the memory holds for occupied and nobody sees now is taken for so much of its voxel, in the middle: a surface
is somewhere in it."""
FREE_M = 0.015
"""So far about a thing nothing seen is in the way of who takes it: it is the thing, blurred."""
SKIN_M, SKIN_ASIDE_M = 0.012, 0.07
"""So thick, and so far round a thing, is what it stands on as pictures have it: the tips may touch that."""


class Workspace:
    """The room that an arm has while its base stands; `forget` when it drives on."""

    def __init__(self, limb: Limb):
        self._limb = limb
        self._scene = LocalScene()
        self._own = tuple(_own_box(limb, number) for number in range(len(limb.config.own)))

    def forget(self) -> None:
        """Begin anew: the base has moved."""
        self._scene.forget()

    @property
    def frames(self) -> int:
        """How many pictures it has."""
        return self._scene.frames

    def see(self, frame: RgbdFrame, state: RobotState, held: Carried | None = None) -> None:
        """Take in a frame, without what it shows of the arm and of what is in the hand."""
        joints_rad = self._limb.model.vector(state.joint_positions_rad)
        body = self.body(state.gripper_width_m or 0.0, None if held is None else held.spheres_G())
        self._scene.see(frame, body, joints_rad, state.X_WB @ self._limb.X_BR)

    def body(self, width_m: float, held_G: Float64[np.ndarray, "_ 4"] | None = None) -> ArmBody:
        """Return all of the arm that may touch something, and what it holds, as spheres in G."""
        return arm_body(self._limb.model, panda_spheres(), width_m=width_m, held_G=held_G, own=self._own)

    def field(
        self,
        view: View,
        X_WB: Float64[np.ndarray, "4 4"],
        thing: Thing | None = None,
        held: ThingBox | None = None,
    ) -> Field:
        """Return the room about the arm. thing: what the hand comes for, which is not in the way; held: what is in it,
        which the memory's map may have where it is."""
        foot_W = (X_WB @ self._limb.X_BR)[:3, 3]
        low = np.array([*(foot_W[:2] - REACH_M), X_WB[2, 3] + LOW_M])
        high = np.array([*(foot_W[:2] + REACH_M), X_WB[2, 3] + HIGH_M])
        without = [] if thing is None else _without(thing)
        return self._scene.field(
            (low.tolist(), high.tolist()),
            unknown_is=State.FREE,
            things=self._remembered(view, (low, high), [*without, *(() if held is None else (held,))]),
            without=without,
        )

    def remembered(
        self,
        view: View,
        about_W: Float64[np.ndarray, "3"],
        width_m: float,
        thing: Thing | None = None,
        held_G: Float64[np.ndarray, "_ 4"] | None = None,
    ) -> Callable[[Float64[np.ndarray, "4 4"]], ArmCheck]:
        """Return what tells, for X_WB near a point, whether the arm is free there of what the memory's map has
        alone. thing: what the hand comes for, which is not in the way; held_G: what is in the hand."""
        low, high = about_W[:2] - ABOUT_M, about_W[:2] + ABOUT_M
        bounds = ([*low.tolist(), LOW_M], [*high.tolist(), HIGH_M])
        without = [] if thing is None else [_grown(one, view.voxel_size_m / 2) for one in _without(thing)]
        field = field_of(view, bounds, unknown_is=State.FREE, without=without)
        body, keep_m = self.body(width_m, held_G), -(1.0 - CORE) / 2 * view.voxel_size_m
        return lambda X_WB: ArmCheck(body, field, X_WB @ self._limb.X_BR, keep_m=keep_m)

    def check(self, body: ArmBody, field: Field, X_WB: Float64[np.ndarray, "4 4"]) -> ArmCheck:
        """Return what tells whether the arm is free in a field."""
        return ArmCheck(body, field, X_WB @ self._limb.X_BR)

    def _remembered(self, view: View, bounds: tuple[np.ndarray, np.ndarray], without: Sequence[ThingBox]) -> list:
        """Return the memory's occupied voxels where the newest pictures show nothing."""
        cubes = view.boxes(bounds, state=State.OCCUPIED)
        centers_W, sizes_m = _divided(cubes.center_W, cubes.size_m, view.voxel_size_m)
        seen = self._scene.octree.state(centers_W) != State.UNKNOWN
        return [
            ThingBox(center_W=center_W, size_m=np.full(3, CORE * size_m), yaw_rad=0.0)
            for center_W, size_m in zip(centers_W[~seen], sizes_m[~seen].tolist(), strict=True)
            if not any(_is_in(center_W, box) for box in without)
        ]


def _divided(
    center_W: Float64[np.ndarray, "n 3"], size_m: Float64[np.ndarray, "n"], edge_m: float
) -> tuple[Float64[np.ndarray, "m 3"], Float64[np.ndarray, "m"]]:
    """Return cubes of one voxel's edge that fill larger ones."""
    found = []
    for size in np.unique(size_m).tolist():
        count = max(round(size / edge_m), 1)
        at = (np.arange(count) + 0.5) * edge_m - size / 2
        grid = np.stack(np.meshgrid(at, at, at, indexing="ij"), axis=-1).reshape(-1, 3)
        found.append((center_W[size_m == size][:, None] + grid).reshape(-1, 3))
    centers = np.concatenate(found) if found else np.empty((0, 3))
    return centers, np.full(len(centers), edge_m)


def _is_in(p_W: Float64[np.ndarray, "3"], box: ThingBox) -> bool:
    return bool((np.abs(p_W - box.center_W) <= box.size_m / 2 + 0.03).all())


def _without(thing: Thing) -> list[ThingBox]:
    """Return the boxes in which nothing is in the way of who takes a thing: itself, and the skin that it stands on."""
    x, y = thing.center_W[:2].tolist()
    top_m = thing.low_m + float(thing.size_m[2]) + FREE_M
    return [
        ThingBox(
            center_W=np.array([x, y, (thing.low_m + top_m) / 2]),
            size_m=np.array([*(thing.size_m[:2] + 2 * FREE_M), top_m - thing.low_m]),
            yaw_rad=thing.yaw_rad,
        ),
        ThingBox(
            center_W=np.array([x, y, thing.low_m]),
            size_m=np.array([*(thing.size_m[:2] + 2 * SKIN_ASIDE_M), 2 * SKIN_M]),
            yaw_rad=thing.yaw_rad,
        ),
    ]


def _grown(box: ThingBox, by_m: float) -> ThingBox:
    return ThingBox(center_W=box.center_W, size_m=box.size_m + 2 * by_m, yaw_rad=box.yaw_rad)


def _own_box(limb: Limb, number: int) -> OwnBox:
    part = limb.config.own[number]
    X_RK = np.eye(4)
    c, s = np.cos(part.yaw_rad), np.sin(part.yaw_rad)
    X_RK[:2, :2] = [[c, -s], [s, c]]
    X_RK[:3, 3] = np.array(part.center_B) - np.array(limb.config.root_p_B)
    return OwnBox(part.name, X_RK, part.size_m)
