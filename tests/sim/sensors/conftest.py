"""A furnished home, and an empty room in which probes of known shape float; both shared by all tests here."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest


@pytest.fixture(scope="session")
def home_world():
    """The two-room home. Whoever moves something puts it back."""
    pytest.importorskip("pybullet")
    from homes import two_rooms

    from sim.worlds.built.world import World

    with World(two_rooms()) as world:
        assert world.trouble == []
        yield world


@pytest.fixture
def studio():
    """An empty room, 10 m x 10 m, inner faces of its walls at 0.05 and 9.95 m."""
    pytest.importorskip("pybullet")
    from sim.worlds.built.world import World
    from sim.worlds.home import Home, Room

    with World(Home("studio", (Room("hall", (0.0, 0.0), (10.0, 10.0)),), ())) as world:
        yield world


@pytest.fixture
def probe(studio):
    """Put a box (half sizes) or a sphere (radius) into the studio, as a body of its own. Returns its PyBullet id."""
    from sim import bullet
    from sim.poses import to_bullet
    from sim.worlds.built.bodies import Body

    api = bullet.api()

    def add(name: str, size, X_WK, *, color=(1.0, 0.0, 0.0, 1.0), kind: str = "person") -> int:
        if np.isscalar(size):
            shape = {"shapeType": api.GEOM_SPHERE, "radius": size}
        else:
            shape = {"shapeType": api.GEOM_BOX, "halfExtents": size}
        visual = api.createVisualShape(**shape, rgbaColor=color, physicsClientId=studio.client)
        unique_id = api.createMultiBody(0, -1, visual, *to_bullet(X_WK), physicsClientId=studio.client)
        studio.adopt(Body(name, name.split("-")[0], unique_id, kind, {}))  # type: ignore[arg-type]
        return unique_id

    return add


@dataclass
class Rover:
    """A robot's place in the world, as a camera needs it: its base on the floor, the camera 1.2 m above it."""

    X_base: np.ndarray
    name: str = "robot"
    X_BC: np.ndarray = field(
        default_factory=lambda: np.array([[0.0, 0, 1, 0.2], [-1, 0, 0, 0], [0, -1, 0, 1.2], [0, 0, 0, 1]])
    )

    def X_WB(self) -> np.ndarray:
        return self.X_base.copy()

    def X_WC(self) -> np.ndarray:
        return self.X_base @ self.X_BC

    def holding_W(self) -> np.ndarray | None:
        return None


@pytest.fixture
def rover():
    from sim.poses import yaw_pose

    return lambda x, y, yaw=0.0: Rover(yaw_pose(x, y, yaw))
