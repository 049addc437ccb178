"""What a person holds: it moves with the hand, touches nothing, and is let go where it stands."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from sim import bullet
from sim.people.body import PersonBody
from sim.poses import compose, pose, position_quaternion, yaw_pose
from sim.worlds.built.world import World

__all__ = ["Hand"]

Pose = Float64[np.ndarray, "4 4"]

HOLD_Z_M, HOLD_Y_M = 1.0, -0.16
"""Where a thing is carried, in P; its bottom is half its height lower."""
CHEST_M = 0.16
PALM_M = 0.05
LIFT_M = 0.07
GRAVITY_M_S2 = 9.81


class Hand:
    """The right hand of a person. `thing` is what it holds, "" for nothing."""

    def __init__(self, world: World, body: PersonBody):
        self.thing = ""
        self._world, self._body = world, body
        self._X_WK = np.eye(4)

    def grip(self, thing: str) -> None:
        """Take hold of a thing where it is; from now on it goes where the hand goes."""
        self.thing, self._X_WK = thing, self._world.X_WK(thing)
        self._touches(False)

    def receive(self, thing: str) -> None:
        """Have a thing in the hand that was out of the world."""
        self.thing = thing
        self._X_WK = self.carried_X_WK
        self._world.restore(thing, self._X_WK)
        self._touches(False)

    def let_go(self, X_WK: Pose) -> None:
        """Leave the thing at rest somewhere."""
        self._world.place(self.thing, X_WK)
        self._touches(True)
        self.thing = ""

    def give_up(self) -> None:
        """Take what is held out of the world."""
        self._touches(True)
        self._world.remove(self.thing)
        self.thing = ""

    @property
    def carried_X_WK(self) -> Pose:
        """Where the thing is while it is carried: upright, before the chest."""
        model = self._world.model(self.thing)
        x = CHEST_M + max(model.footprint_m) / 2
        return compose(self._body.X_WP, yaw_pose(x, HOLD_Y_M, 0.0, HOLD_Z_M - model.height_m / 2))

    def carry(self, step_s: float) -> None:
        """Move the thing along with the body; the hand is under it."""
        self.move(self.carried_X_WK, step_s)
        self._body.reach(self._under(self._X_WK), lean=False)

    def move(self, X_WK: Pose, step_s: float) -> None:
        """Put the thing somewhere on its way.

        Physics goes on until the next tick, and would drop it: it is thrown so that it comes back by then.
        """
        velocity = (X_WK[:3, 3] - self._X_WK[:3, 3]) / step_s
        self._X_WK = X_WK
        self._world.place(self.thing, X_WK)
        bullet.api().resetBaseVelocity(
            self._world.bodies[self.thing].unique_id,
            (float(velocity[0]), float(velocity[1]), float(velocity[2]) + GRAVITY_M_S2 * step_s / 2),
            (0.0, 0.0, 0.0),
            physicsClientId=self._world.client,
        )

    def along(self, X_from: Pose, X_to: Pose, share: float) -> tuple[Pose, Float64[np.ndarray, "3"]]:
        """Return where the thing is after a share of its way, lifted on the way, and where the hand is then."""
        (p, q), (p_end, q_end) = position_quaternion(X_from), position_quaternion(X_to)
        if sum(a * b for a, b in zip(q, q_end, strict=True)) < 0:
            q_end = (-q_end[0], -q_end[1], -q_end[2], -q_end[3])
        smooth = share * share * (3 - 2 * share)
        p = tuple(a + smooth * (b - a) for a, b in zip(p, p_end, strict=True))
        q = tuple(a + smooth * (b - a) for a, b in zip(q, q_end, strict=True))
        lift = LIFT_M * 4 * share * (1 - share)
        X_WK = pose((p[0], p[1], p[2] + lift), q)
        return X_WK, self._under(X_WK)

    def beside(self, X_WK: Pose, model_height_m: float) -> Float64[np.ndarray, "3"]:
        """Return where the hand is that takes hold of a thing: at half its height, on the person's side."""
        x, y, _ = self._body.at
        away = X_WK[:2, 3] - (x, y)
        away = away / max(float(np.hypot(*away)), 1e-6)
        return np.array([*(X_WK[:2, 3] - 0.05 * away), X_WK[2, 3] + model_height_m / 2])

    def _under(self, X_WK: Pose) -> Float64[np.ndarray, "3"]:
        return X_WK[:3, 3] - (0.0, 0.0, PALM_M)

    def _touches(self, does: bool) -> None:
        unique_id = self._world.bodies[self.thing].unique_id
        group, mask = (1, -1) if does else (0, 0)
        bullet.api().setCollisionFilterGroupMask(unique_id, -1, group, mask, physicsClientId=self._world.client)
