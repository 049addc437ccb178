"""What is taken and lost again and again is given up."""

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("ompl")

from surveyed_halls import husky_limb
from task_world import Truth, World, robot_at

import spatialmem as sm
from planners.manipulation.grasps import Grasp
from planners.manipulation.pick import GRIPS_MAX, Pick
from planners.manipulation.ways import Taking

MUG = 1


class Loses(Pick):
    """Closes the hand on the thing from another side each time, and has lost it when it looks."""

    tried = 0

    def _look(self, view, state):
        self.tried += 1
        assert self.tried < 20, "it goes on for ever"
        (self._record,), X_WG = view.objects("mug"), np.eye(4)
        X_WG[0, 3] = 0.1 * self.tried
        path_rad = self.limb.stowed_rad[None]
        grasp = Grasp(X_WG=X_WG, width_m=0.05, open_m=0.08, score=1.0, source="top")
        self.taking = Taking(grasp=grasp, to=path_rad, into=path_rad, out=path_rad)
        self._grips += 1
        return self._next(self._check, view, state)

    def _ways(self, *given, **named):
        class NoWay:
            def between(self, start_rad, end_rad):
                return None

        return NoWay()


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_lost_on_the_way_is_taken_so_often_and_from_elsewhere_each_time():
    world = World({MUG: Truth("mug")})
    limb = husky_limb()
    pick = Loses(MUG, limb)
    pick._doing = pick._look
    one = robot_at(world)
    joints = limb.model.positions(limb.stowed_rad)
    state = sm.RobotState(
        source=one.source, stamp_ns=one.stamp_ns, received_ns=one.received_ns, X_WB=one.X_WB,
        gripper_width_m=0.0, joint_positions_rad=joints,
    )  # fmt: skip
    command = pick.step(world.view(), state)
    assert command.status == "failed"
    assert f"mug-1 slipped {GRIPS_MAX} times" in command.reason
    assert "lost on the way: 0 mm" in command.reason
    assert len(pick._bad) == GRIPS_MAX
    (told,) = command.inputs
    assert isinstance(told, sm.Action)
    assert (told.verb, told.succeeded) == ("picked_up", False)
