"""What the robot's own actions say about an object: its attributes, and that it goes with the gripper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Float64

from spatialmem.config import ShortTermConfig
from spatialmem.geometry import inverse, transform
from spatialmem.shortterm.fusion import halt, restart
from spatialmem.shortterm.noting import touch
from spatialmem.shortterm.table import Table
from spatialmem.types import Action, ObjectState, RobotState
from spatialmem.types.objects import WHERE

__all__ = ["Grips", "follow_deed", "put", "shift", "shift_onto"]

SPREAD = 12**0.5
"""What lies anywhere on something is off its middle by so much less than that is long, one standard deviation."""
LET_GO_SIGMA_M = 0.03
"""What the gripper let go of rolls or tips by so much."""
Offset = tuple[float, float, float]


def heed(attributes: dict[str, str], action: Action, target_id: int | None) -> None:
    """Bring an object's attributes up to date with what was done to it, in place.

    target_id: the object that it was placed on or in; None where that is not known, and then nothing is said of it.
    """
    if action.verb in ("opened", "closed"):
        attributes["state"] = "open" if action.verb == "opened" else "closed"
    elif action.verb != "pushed":
        for name in WHERE:
            attributes.pop(name, None)
        if action.verb == "picked_up":
            attributes["held"] = "yes"
        elif target_id is not None:
            attributes["on" if action.verb == "placed_on" else "in"] = str(target_id)


class Grips:
    """What the gripper holds, by id, and where in G; of some it is not known where until the gripper's pose is."""

    def __init__(self, offsets: dict[int, Offset] | None = None):
        self.offsets: dict[int, Offset] = dict(offsets or {})

    def take(self, table: Table, object_id: int, robot: RobotState | None) -> None:
        """Fix an object to the gripper, where it is known where that is."""
        if robot is not None and robot.X_WG is not None:
            grip = transform(inverse(robot.X_WG), table.rest[table.row_of[object_id]])
            self.offsets[object_id] = (float(grip[0]), float(grip[1]), float(grip[2]))

    def let_go(self, object_id: int) -> None:
        """Leave an object where it is."""
        self.offsets.pop(object_id, None)

    def pass_on(self, object_id: int, heir: int) -> None:
        """Hold what stands for an object in its place."""
        if object_id in self.offsets:
            self.offsets.setdefault(heir, self.offsets.pop(object_id))

    def load(self, table: Table, object_id: int, resting: Iterable[int] = ()) -> list[int]:
        """Return an object, and by id all that goes with it: what is in the gripper with it, or was put on or in it.

        resting: what is on or in it besides.
        """
        load = [object_id, *(self.offsets if object_id in self.offsets else ())]
        load += [other for other in resting if other in table.row_of and other not in load]
        for carrier in load:
            names = {str(known) for known in (carrier, *table.notes[carrier].aliases)}
            for other, notes in table.notes.items():
                at = notes.attributes.get("on", notes.attributes.get("in"))
                if at in names and other not in load and not table.missing[table.row_of[other]]:
                    load.append(other)
        return [object_id, *sorted(set(load) - {object_id})]

    def carry(self, table: Table, state: RobotState, held: tuple[int, ...], config: ShortTermConfig) -> list[int]:
        """Move what is held with the gripper; return the ids."""
        if state.X_WG is None:
            return []
        for object_id in held:  # what was picked up before it was known where the gripper is
            if object_id not in self.offsets:
                self.take(table, object_id, state)
        for object_id in sorted(self.offsets):
            put(table, object_id, transform(state.X_WG, np.array(self.offsets[object_id])), state.stamp_ns, config)
        return sorted(self.offsets)


def follow_deed(
    table: Table,
    records: Mapping[int, ObjectState],
    grips: Grips,
    action: Action,
    load: list[int],
    target_id: int | None,
    robot: RobotState | None,
    config: ShortTermConfig,
) -> None:
    """Let an object, the first of the load, be where an action left it, and what goes with it too."""
    object_id, verb = load[0], action.verb
    heed(table.notes[object_id].attributes, action, target_id)
    moved = load if verb in ("picked_up", "placed_on", "placed_in") else load[:1]
    for one in moved:
        grips.let_go(one)
        if verb == "picked_up":
            grips.take(table, one, robot)
    if target_id is not None and verb in ("placed_on", "placed_in"):
        shift_m = shift_onto(records[object_id], records[target_id], inside=verb == "placed_in")
        for one in moved if shift_m.any() else ():
            put(table, one, table.rest[table.row_of[one]] + shift_m, action.stamp_ns, config)
        sigma_m = np.where(shift_m.any(), records[target_id].size_m.max() / SPREAD, LET_GO_SIGMA_M)
        table.rest_cov[table.rows(moved)] += np.eye(3) * float(sigma_m) ** 2
        restart(table, table.rows(moved))
    rows = table.rows(moved)
    table.missing[rows] = False
    touch(table, rows, action.stamp_ns, config)


def put(table: Table, object_id: int, p_W: Float64[np.ndarray, "3"], stamp_ns: int, config: ShortTermConfig) -> None:
    """Set where an object is, at rest."""
    row = table.rows([object_id])
    table.rest[row] = p_W
    touch(table, row, stamp_ns, config)
    halt(table, row)


def shift(table: Table, along: Mapping[int, tuple[Sequence[float], float]]) -> list[int]:
    """Let objects rest elsewhere, where nobody saw them; return those that are here.

    along: by id, how far that is, and the standard deviation of where they are then along each axis [m].
    """
    moved = [object_id for object_id in sorted(along) if object_id in table.row_of]
    for object_id in moved:
        row, (shift_W, sigma_m) = table.rows([object_id]), along[object_id]
        table.rest[row] += np.array(shift_W)
        table.rest_cov[row] = np.eye(3) * sigma_m**2
        halt(table, row)
    return moved


def shift_onto(thing: ObjectState, target: ObjectState, *, inside: bool) -> Float64[np.ndarray, "3"]:
    """Return how far a thing must go to be on or in what it was put on or in [m]; 0 where it is there already.

    Where the gripper let go of it, if that is over the target, and at its height; else in its middle.
    """
    apart = thing.center_W - target.center_W
    c, s = np.cos(target.yaw_rad), np.sin(target.yaw_rad)
    along = np.abs(np.array([c * apart[0] + s * apart[1], c * apart[1] - s * apart[0]]))
    over = bool((along <= target.size_m[:2] / 2).all())
    height_m = 0.0 if inside else float(target.size_m[2] + thing.size_m[2]) / 2
    slack_m = float(target.size_m[2]) / 2 if inside else float(thing.size_m[2])
    if over and abs(float(apart[2]) - height_m) <= slack_m:
        return np.zeros(3)
    sideways = apart if over else np.zeros(3)
    return np.array([sideways[0], sideways[1], height_m]) - apart
