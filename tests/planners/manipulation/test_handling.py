"""What all that an arm does has in common: looking."""

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("ompl")

from surveyed_halls import husky_limb

from planners.manipulation.handling import Handling
from spatialmem import Command, RobotState, SpatialMemory


class Looks(Handling):
    """Looks at a point, and is done."""

    def _begin(self, view, state):
        return self._look_at(np.array([1.0, 0.0, 0.5]), view, state, lambda view, state: self._over("done", "looked"))


def state(at_s: float, joints: dict[str, float]) -> RobotState:
    stamp_ns = round(at_s * 1e9)
    return RobotState(
        source="robot", stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=np.eye(4), joint_positions_rad=joints
    )


def test_it_looks_with_its_head_where_it_is_told():
    limb, view = husky_limb(), SpatialMemory().view()
    looks = Looks(limb)
    commands: list[Command] = [looks.step(view, state(1.0, {"camera_pan": 0.0, "camera_tilt": 0.0}))]
    turned = limb.looking_at(np.array([1.0, 0.0, 0.5]))
    assert commands[0].joint_positions_rad == turned
    commands += [looks.step(view, state(at_s, turned)) for at_s in (2.0, 3.5)]
    assert [one.status for one in commands] == ["going", "going", "done"]


def test_a_state_without_the_head_ends_it_with_the_reason():
    command = Looks(husky_limb()).step(SpatialMemory().view(), state(1.0, {"camera_pan": 0.0}))
    assert command.status == "failed"
    assert "camera_tilt" in command.reason
    assert command.base_velocity_B == (0.0, 0.0, 0.0)
