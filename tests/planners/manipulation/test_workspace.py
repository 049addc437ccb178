"""The room about the arm: what the camera sees is in its way, but not what the hand holds before the camera."""

import numpy as np
import pytest

pytest.importorskip("pybullet")

from surveyed_halls import husky_limb

import spatialmem as sm
from planners.manipulation.carried import Carried
from planners.manipulation.workspace import Workspace

SIDE_M = 0.06
ABOVE_M = 0.5
CAMERA = sm.Pinhole(64, 64, 100.0, 100.0, 31.5, 31.5)


@pytest.fixture(scope="module")
def limb():
    return husky_limb()


def shown(limb):
    """Return a state, a cube in the hand before its fingers, and a frame that shows the cube from above."""
    X_WG = limb.X_BR @ limb.model.X_RG(limb.stowed_rad)
    X_GK = np.eye(4)
    X_GK[2, 3] = 0.10
    held = Carried(object_id=1, X_GK=X_GK, size_m=np.full(3, SIDE_M), width_m=SIDE_M)
    state = sm.RobotState(
        source="robot", stamp_ns=1, received_ns=1, X_WB=np.eye(4), X_WG=X_WG, gripper_width_m=SIDE_M,
        joint_positions_rad=limb.model.positions(limb.stowed_rad),
    )  # fmt: skip
    X_WC = np.diag([1.0, -1.0, -1.0, 1.0])  # it looks down
    X_WC[:3, 3] = held.box(X_WG).center_W + np.array([0.0, 0.0, ABOVE_M])
    depth = np.zeros((64, 64), np.uint16)
    depth[28:36, 28:36] = round(1000 * (ABOVE_M - SIDE_M / 2))
    frame = sm.RgbdFrame(source="c", stamp_ns=1, received_ns=1, depth=depth, X_WC=X_WC, camera=CAMERA)
    return state, held, frame


def test_what_is_in_the_hand_is_in_nobodys_way(limb):
    state, held, frame = shown(limb)
    assert state.X_WG is not None
    box = held.box(state.X_WG)
    memory = sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(voxel_size_m=0.05)))
    top_W = box.center_W + np.array([0.0, 0.0, SIDE_M / 2])
    for holding, is_free in ((None, False), (held, True)):
        workspace = Workspace(limb)
        for _ in range(3):
            workspace.see(frame, state, holding)
        field = workspace.field(memory.view(), state.X_WB, None, None if holding is None else box)
        assert (field.clearance_m(top_W[None])[0] > 0.05) == is_free


def test_nor_is_it_where_only_the_map_has_it(limb):
    state, held, _ = shown(limb)
    assert state.X_WG is not None
    box = held.box(state.X_WG)
    memory = sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(voxel_size_m=0.05)))
    _, _, frame = shown(limb)
    for n in range(1, 6):
        assert memory.observe(
            sm.RgbdFrame(
                source="c", stamp_ns=n * 10**8, received_ns=n * 10**8, depth=frame.depth, X_WC=frame.X_WC, camera=CAMERA
            )
        )
    top_W = box.center_W + np.array([0.0, 0.0, SIDE_M / 2])
    for holding, is_free in ((None, False), (box, True)):
        field = Workspace(limb).field(memory.view(), state.X_WB, None, holding)
        assert (field.clearance_m(top_W[None])[0] > 0.05) == is_free


def test_the_box_of_what_is_held_holds_it_however_the_hand_is_turned(limb):
    _, held, _ = shown(limb)
    rng = np.random.default_rng(3)
    for _ in range(20):
        q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        X_WG = np.eye(4)
        X_WG[:3, :3], X_WG[:3, 3] = q * np.linalg.det(q), rng.normal(size=3)
        box, X_WK = held.box(X_WG), X_WG @ held.X_GK
        corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * SIDE_M / 2
        off = np.abs(corners @ X_WK[:3, :3].T + X_WK[:3, 3] - box.center_W)
        assert (off <= box.size_m / 2 + 1e-9).all()
