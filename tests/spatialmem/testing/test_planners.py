"""The checker of planners passes a good small one, and names what is wrong with each of many bad ones."""

import dataclasses
import itertools
import math
import time

import numpy as np
import pytest

import spatialmem as sm
from spatialmem.testing import check_planner
from spatialmem.testing.hall import CAMERA, PILLAR, START_M, Hall, state_at
from spatialmem.testing.planners import DRIVES

RADIUS_M, SPEED_M_S, TURN_RAD_S = 0.3, 1.0, 3.0
STAND = (0.0, 0.0, 0.0)
PATIENCE = 100


class Good:
    """Asks for the route at every step, turns towards its next corner, and drives there."""

    def __init__(self, goal):
        self.goal, self.end, self.waited = goal, None, 0

    def step(self, view, state):
        if self.end is None:
            try:
                return self.next(view, state)
            except sm.ViewExpired:
                return self.wait("this view has expired")
        return self.end

    def next(self, view, state):
        x, y, z = state.X_WB[:3, 3]
        yaw = math.atan2(state.X_WB[1, 0], state.X_WB[0, 0])
        if math.hypot(x - self.goal[0], y - self.goal[1]) < 0.1:
            self.end = sm.Command(base_velocity_B=STAND, status="done", reason="there")
            return self.end
        if not np.isfinite(state.X_WB).all() or max(abs(x), abs(y), abs(z)) > 1e6:
            return self.wait("nobody knows where the robot is")
        way = view.route((x, y, z), self.goal, robot_radius_m=RADIUS_M)
        if not isinstance(way, sm.Route):
            return self.wait(way.reason)
        self.waited = 0
        corners = [p for p in way.waypoints_W if math.hypot(p[0] - x, p[1] - y) > 0.05]
        if not corners:
            self.end = sm.Command(base_velocity_B=STAND, status="done", reason="as near as one can")
            return self.end
        error = math.remainder(math.atan2(corners[0][1] - y, corners[0][0] - x) - yaw, math.tau)
        turn = max(-TURN_RAD_S, min(TURN_RAD_S, 8.0 * error))
        forward = SPEED_M_S if abs(error) < 0.1 else 0.0
        return sm.Command(base_velocity_B=(forward, 0.0, turn), reason=f"{way.length_m:.1f} m to go")

    def wait(self, reason):
        self.waited += 1
        status = "waiting" if self.waited < PATIENCE else "failed"
        command = sm.Command(base_velocity_B=STAND, status=status, reason=reason)
        self.end = command if command.is_over else None
        return command


class Changed(Good):
    """The good one, but for what `spoil(command, number)` makes of what it says."""

    def __init__(self, goal, spoil):
        super().__init__(goal)
        self.spoil, self.numbers = spoil, itertools.count()

    def step(self, view, state):
        return self.spoil(super().step(view, state), next(self.numbers))


def replaced(**fields):
    """A planner that says something else after a few steps."""

    def spoil(command, number):
        return dataclasses.replace(command, **fields) if number > 5 else command

    return lambda goal: Changed(goal, spoil)


class Seeing(Good):
    """It keeps the stamps of the frames that it is shown."""

    stamps: list[int] = []  # noqa: RUF012 - of all of them

    def see(self, frame):
        self.stamps.append(frame.stamp_ns)


@pytest.fixture(scope="module")
def runs():
    return {run.drive: run for run in check_planner(Seeing, radius_m=RADIUS_M)}


class TestAGoodOne:
    """It passes, and what it did is told."""

    def test_it_arrives_where_it_can_and_gives_up_where_it_cannot(self, runs):
        assert list(runs) == list(DRIVES)
        for drive in ("round the pillar", "with a thing in the way"):
            assert runs[drive].status == "done", runs[drive]
            assert 3.9 < runs[drive].driven_m < 8.0
        assert runs["with a thing in the way"].driven_m > runs["round the pillar"].driven_m + 0.2
        assert runs["knowing nothing"].status == "waiting"
        assert "no floor" in runs["knowing nothing"].reason
        for drive in ("into the pillar", "to nowhere"):
            assert runs[drive].status == "waiting"
            assert runs[drive].driven_m == 0
        assert runs["expired"].driven_m > 0.5, "it goes on where views are good again"

    def test_how_long_it_took_is_told(self, runs):
        assert all(0 < run.slowest_s <= 0.25 for run in runs.values())
        assert all(run.ticks > 10 for run in runs.values())

    def test_one_that_always_stands_passes_too(self):
        class Standing:
            def step(self, view, state):
                return sm.Command(base_velocity_B=STAND, status="failed", reason="it does nothing")

        assert {run.driven_m for run in check_planner(lambda goal: Standing())} == {0.0}

    def test_one_of_an_arm_leaves_the_base_alone(self):
        class Arm:
            def step(self, view, state):
                return sm.Command(joint_positions_rad={"panda_joint1": 0.5}, gripper_width_m=0.04)

        assert {run.driven_m for run in check_planner(lambda goal: Arm(), drives=["round the pillar", "expired"])} == {
            0.0
        }

    def test_it_is_shown_every_frame(self, runs):
        assert len(Seeing.stamps) > sum(run.ticks for run in runs.values()) * 2 / 4 * 0.8
        assert all(stamp % (4 * 50_000_000) == 0 for stamp in Seeing.stamps)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (replaced(base_velocity_B=(math.nan, 0.0, 0.0)), "three finite numbers, it is"),
        (replaced(base_velocity_B=(0.0, 0.0)), "three finite numbers"),
        (replaced(base_velocity_B=[0.0, 0.0, 0.0]), "must be a tuple"),
        (replaced(base_velocity_B=(True, 0.0, 0.0)), "three finite numbers"),
        (replaced(base_velocity_B=(1.5, 1.5, 0.0), status="going"), r"goes 2\.121 m/s, more than 2"),
        (replaced(base_velocity_B=(0.0, 0.0, -4.5), status="going"), r"turns -4\.500 rad/s, more than 4"),
        (replaced(joint_positions_rad={"a": math.inf}), "joint_positions_rad must be finite"),
        (replaced(gripper_width_m=-0.1), "gripper_width_m must be"),
        (replaced(status="lost"), "status is 'lost', not of"),
        (replaced(status="waiting", base_velocity_B=STAND, reason=" "), "it is waiting, and its reason is empty"),
        (replaced(status="failed", base_velocity_B=STAND, reason=""), "it is failed, and its reason is empty"),
        (replaced(reason=None), "reason must be a text"),
        (replaced(status="waiting", base_velocity_B=(0.1, 0.0, 0.0)), "it is waiting, so it must stand"),
        (replaced(status="done", base_velocity_B=(0.0, 0.0, 0.1)), "it is done, so it must stand"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_a_bad_command_is_named(make, says):
    with pytest.raises(AssertionError, match=says):
        check_planner(make)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("returned", [None, STAND, {"status": "going"}])
def test_what_is_no_command_is_named(returned):
    with pytest.raises(AssertionError, match="a Command is needed"):
        check_planner(lambda goal: Changed(goal, lambda command, number: returned))


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_no_planner_is_named():
    with pytest.raises(AssertionError, match="object lacks step of Planner"):
        check_planner(lambda goal: object())  # pyright: ignore[reportArgumentType]


class Deaf(Good):
    """It leaves the base as it is where it arrives, rather than stop it."""

    def step(self, view, state):
        command = super().step(view, state)
        return dataclasses.replace(command, base_velocity_B=None) if command.status == "done" else command


class Undecided(Good):
    """It forgets that it has arrived."""

    def step(self, view, state):
        self.end = None
        return super().step(view, state)

    def next(self, view, state):
        command = super().next(view, state)
        if command.status == "done":
            self.goal = START_M
        return command


class Trusting(Good):
    """It takes every answer for a route."""

    def next(self, view, state):
        way = view.route(None, self.goal)
        assert way.length_m > 0
        return super().next(view, state)


class Unprepared(Good):
    """It does not know that views expire."""

    def step(self, view, state):
        return self.next(view, state) if self.end is None else self.end


class Blind(Good):
    """It drives straight to its goal, whatever the view shows."""

    def next(self, view, state):
        (x, y), (to_x, to_y) = state.X_WB[:2, 3], self.goal
        return sm.Command(base_velocity_B=(SPEED_M_S if math.hypot(to_x - x, to_y - y) > 0.1 else 0.0, 0.0, 0.0))


class Stubborn(Good):
    """It plans once, and never looks again."""

    way = None

    def next(self, view, state):
        found = view.route(tuple(state.X_WB[:3, 3]), self.goal) if self.way is None else self.way
        self.way = found if isinstance(found, sm.Route) else None

        class Old:
            def route(self, *ends, **options):
                return found

        if self.way is not None and len(self.way.waypoints_W) > 1:
            at = np.hypot(*(self.way.waypoints_W[1, :2] - state.X_WB[:2, 3]))
            if at < 0.1:
                self.way = dataclasses.replace(self.way, waypoints_W=self.way.waypoints_W[1:])
                found = self.way
            found = dataclasses.replace(found, waypoints_W=found.waypoints_W[1:])
        return super().next(Old(), state)


class Rolling(Good):
    """Where the view has expired it goes on as it did."""

    last = sm.Command(base_velocity_B=STAND)

    def wait(self, reason):
        return self.last if "expired" in reason else super().wait(reason)

    def next(self, view, state):
        self.last = super().next(view, state)
        return self.last


class Hasty(Good):
    """For a view that has expired it gives up."""

    def wait(self, reason):
        command = super().wait(reason)
        return dataclasses.replace(command, status="failed") if "expired" in reason else command


class Clocked(Good):
    """It divides by the time since the last step."""

    before_ns = 0

    def next(self, view, state):
        passed_s = (state.stamp_ns - self.before_ns) * 1e-9
        self.before_ns = state.stamp_ns
        command = super().next(view, state)
        return dataclasses.replace(command, reason=f"{1 / passed_s:.0f} Hz")


class Astray(Good):
    """It counts on a robot that is somewhere near."""

    def next(self, view, state):
        way = view.route(tuple(state.X_WB[:3, 3]), (2.0, 4.0))
        return dataclasses.replace(super().next(view, state), reason=f"{len(way.waypoints_W)} corners".strip())


class Restless(Good):
    """No two runs of it are the same."""

    runs = itertools.count()

    def __init__(self, goal):
        super().__init__(goal)
        self.run = next(self.runs)

    def next(self, view, state):
        return dataclasses.replace(super().next(view, state), reason=f"run {self.run}")


class Slow(Good):
    """It thinks too long now and then."""

    count = 0

    def next(self, view, state):
        self.count += 1
        if self.count == 7:
            time.sleep(0.06)
        return super().next(view, state)


class Writing(Good):
    """It reaches into what the view is made of."""

    def next(self, view, state):
        for tile in view._floor.kept.tiles.values():
            tile.driven[:] = True
        return super().next(view, state)


class Shoving(Good):
    """It changes where the robot says it is."""

    def next(self, view, state):
        command = super().next(view, state)
        state.X_WB[0, 3] += 0.01
        return command


class Painting(Good):
    """It changes the frames that it is shown."""

    def see(self, frame):
        frame.depth[:10] = 0


class Choosy(Good):
    """It refuses frames."""

    def see(self, frame):
        raise ValueError("too dark")


@pytest.mark.parametrize(
    ("make", "drive", "says"),
    [
        (Deaf, "round the pillar", r"step \d+: it is done, so it must stand, but its base goes"),
        (Undecided, "round the pillar", "it was done, which is the end, and is going"),
        (Trusting, "knowing nothing", "step 0: step raised AttributeError"),
        (Unprepared, "expired", "step 20: step raised ViewExpired"),
        (Blind, "round the pillar", "which the view shows occupied"),
        (Stubborn, "with a thing in the way", "which the view shows occupied"),
        (Rolling, "expired", "so it must stand; it goes"),
        (Hasty, "expired", "a view that has expired is no end"),
        (Clocked, "out of time", "step 20: step raised ZeroDivisionError"),
        (Astray, "from anywhere", "step 0: step raised AttributeError"),
        (Restless, "to nowhere", "the same run gave"),
        (Writing, "at first sight", "step must not write to the memory"),
        (Shoving, "knowing nothing", "step must not change the robot's state"),
        (Painting, "at first sight", "see must not change the frame's arrays"),
        (Choosy, "at first sight", "see raised ValueError: too dark"),
    ],
)
def test_a_broken_promise_is_named(make, drive, says):
    with pytest.raises(AssertionError, match=f"{drive}.*{says}"):
        check_planner(make, drives=[drive])


def test_a_slow_step_is_named():
    with pytest.raises(AssertionError, match=r"step 6: it took 0\.\d+ s, more than 0\.05 s, in two runs"):
        check_planner(Slow, budget_s=0.05, drives=["to nowhere"])


def test_a_disc_that_is_too_wide_for_its_planner_is_named():
    with pytest.raises(AssertionError, match=r"its disc of 0\.5 m drives into"):
        check_planner(Good, radius_m=0.5, drives=["round the pillar"])


def test_a_drive_that_is_none_is_refused():
    with pytest.raises(sm.InputError, match="there is no 'uphill'; there are 'knowing nothing', "):
        check_planner(Good, drives=["expired", "uphill"])


class TestHall:
    """Where planners are checked: what is seen of it is true."""

    def test_its_floor_is_seen_and_its_pillar_is_in_the_way(self):
        hall = Hall.seen(RADIUS_M)
        found = hall.memory.floor(((-0.1, -0.1), (6.1, 5.1)))
        middles = found.points_W(np.argwhere(found.state.T >= 0))[:, :2]
        state = found.state.T.ravel()
        low, high = np.array(PILLAR[0][:2]), np.array(PILLAR[1][:2])
        inside = ((middles > low + 0.05) & (middles < high - 0.05)).all(axis=1)
        beside = ((middles < low - 0.1) | (middles > high + 0.1)).any(axis=1)
        beside &= ((middles > 0.1) & (middles < [5.9, 4.9])).all(axis=1)
        assert (state[inside] != sm.State.FREE).all()
        assert (state[beside] == sm.State.FREE).mean() > 0.98
        assert (state[beside] == sm.State.OCCUPIED).mean() < 0.002

    def test_a_picture_shows_what_is_there(self):
        hall = Hall.empty(RADIUS_M)
        depth_m = hall.frame((1.0, 2.0, 0.0)).depth * 1e-3
        assert depth_m.shape == (CAMERA.height, CAMERA.width)
        ahead = np.array([1.0, 0.0, -0.6]) / math.hypot(1.0, 0.6)
        np.testing.assert_allclose(depth_m[29:31, 39:41], 1.6 / ahead[0], rtol=0.05)
        assert (depth_m > 0).all()

    def test_a_robot_is_where_it_is_said_to_be(self):
        X_WB = state_at((1.0, 2.0, math.pi / 2), 7, z_m=0.5, pitch_rad=0.1).X_WB
        np.testing.assert_allclose(X_WB[:3, 3], [1.0, 2.0, 0.5])
        np.testing.assert_allclose(X_WB[:3, :3] @ X_WB[:3, :3].T, np.eye(3), atol=1e-12)
        assert X_WB[1, 0] == pytest.approx(math.cos(0.1))
