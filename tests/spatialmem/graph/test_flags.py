"""What counts as floor to drive on: how much of the space over it was seen, how high a step is, how high the robot."""

import numpy as np
import pytest
from floors import FLOOR, RAISED, TABLE, WALL, drawn_map

from spatialmem import GraphConfig, RobotState
from spatialmem.graph import Graph, GraphView

UNKNOWN, FREE, BLOCKED = 0, 1, 2


def floor_of(plan: np.ndarray, config: GraphConfig, **drawn) -> GraphView:
    """The floor of a plan; the robot stood elsewhere, at its height."""
    X_WB = np.eye(4)
    X_WB[:2, 3] = -9.0
    robot = RobotState(source="base", stamp_ns=1, received_ns=1, X_WB=X_WB)
    return Graph.of(config, drawn_map(plan, **drawn), robot).view()


def states(view: GraphView, low_m: float = 1.0, high_m: float = 2.0) -> set[int]:
    return set(np.unique(view.floor(0, np.full(2, low_m), np.full(2, high_m)).state).tolist())


HALL = np.full((64, 64), FLOOR, np.uint8)


@pytest.mark.parametrize("voxel_size_m", [0.05, 0.02, 0.1])
@pytest.mark.parametrize(
    ("seen_m", "share", "state"),
    [(1.6, 1.0, FREE), (0.8, 0.4, FREE), (0.8, 0.7, UNKNOWN), (0.2, 0.0, FREE), (0.2, 0.5, UNKNOWN)],
)
def test_so_much_of_the_space_over_it_has_to_be_seen(voxel_size_m, seen_m, share, state):
    plan = np.full((round(3.2 / voxel_size_m),) * 2, FLOOR, np.uint8)
    view = floor_of(plan, GraphConfig(known_share=share), seen_m=seen_m, voxel_size_m=voxel_size_m)
    assert states(view) == {state}


@pytest.mark.parametrize(
    ("raised_m", "step_m", "state"),
    [
        (0.05, 0.1, FREE),
        (0.1, 0.1, FREE),
        (0.15, 0.1, BLOCKED),
        (0.15, 0.2, FREE),
        (0.05, 0.0, FREE),
        (0.1, 0.0, BLOCKED),
    ],
)
def test_what_is_no_higher_than_a_step_is_driven_over(raised_m, step_m, state):
    """The floor's own layer counts as floor with no step at all."""
    view = floor_of(np.full((64, 64), RAISED, np.uint8), GraphConfig(step_m=step_m), raised_m=raised_m)
    assert states(view) == {state}


@pytest.mark.parametrize(("robot_height_m", "state"), [(0.65, FREE), (0.75, BLOCKED), (1.5, BLOCKED)])
def test_a_low_robot_drives_under_a_table(robot_height_m, state):
    view = floor_of(np.full((64, 64), TABLE, np.uint8), GraphConfig(robot_height_m=robot_height_m))
    assert states(view) == {state}


def test_a_robot_no_higher_than_a_step_drives_through_no_wall():
    plan = HALL.copy()
    plan[20:40, 20:40] = WALL
    view = floor_of(plan, GraphConfig(robot_height_m=0.05, step_m=0.1))
    assert states(view, 1.1, 1.9) == {BLOCKED}
    assert states(view, 2.5, 3.0) == {FREE}


def test_walls_are_told_from_tables():
    plan = HALL.copy()
    plan[:20], plan[40:] = WALL, TABLE
    floor = floor_of(plan, GraphConfig()).floor(0, np.zeros(2), np.full(2, 3.2))
    assert floor.wall[:20].all()
    assert not floor.wall[20:].any()
    assert floor.known.all()


def test_nothing_of_the_floor_seen_is_no_floor():
    """Free space over what nobody saw may be over stairs."""
    from spatialmem import DepthConfig, Octree, OctreeConfig

    octree = Octree(OctreeConfig(voxel_size_m=0.05, budget_mib=64, threads=1))
    X_WS = np.eye(4)
    ends = np.stack(np.meshgrid([4.0], np.arange(-2, 2, 0.04), np.arange(-0.8, 0.6, 0.04)), axis=-1).reshape(-1, 3)
    X_WS[:3, 3] = 0.0, 1.5, 1.0
    octree.integrate_scan(ends, X_WS, DepthConfig(range_max_m=3.5))
    X_WB = np.eye(4)
    X_WB[:2, 3] = -9.0
    robot = RobotState(source="base", stamp_ns=1, received_ns=1, X_WB=X_WB)
    view = Graph.of(GraphConfig(known_share=0.3), octree, robot).view()
    floor = view.floor(0, np.array([1.0, 1.0]), np.array([2.0, 2.0]))
    assert floor.known.all()
    assert (floor.state == UNKNOWN).all()
