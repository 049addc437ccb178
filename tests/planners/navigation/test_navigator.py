"""One goal, tick by tick: reached, planned anew where its premise breaks, refused where it is not known."""

import math

import numpy as np
import pytest
from driven_flat import FlatDrive, box_at
from walked_flat import BEDROOM, KITCHEN, Flat

import spatialmem as sm
from planners.navigation import NavigationConfig, Navigator
from planners.navigation.aiming import Aiming
from spatialmem.testing import check_planner

SMALL = NavigationConfig(footprint_m=(0.5, 0.4), pass_m=0.3, turn_m=0.34, speed_max_m_s=0.8, patience_s=6.0)
MUG = {"mug": ((0.7, 3.4, 0.7), (0.8, 3.5, 0.82))}
START = (1.4, 1.2, 0.0)


@pytest.fixture(scope="module")
def walked() -> bytes:
    """A memory of both rooms, and of a mug on the table in the first."""
    flat = Flat(sm.SpatialMemory(), MUG).walk(KITCHEN, BEDROOM)
    return flat.memory.dump() + flat.step.to_bytes(8, "little")


@pytest.fixture
def drive(walked: bytes) -> FlatDrive:
    flat = Flat(sm.SpatialMemory.load(walked[:-8]), MUG)
    flat.step = int.from_bytes(walked[-8:], "little") + 10
    return FlatDrive(flat, START)


def away_m(drive: FlatDrive, x: float, y: float) -> float:
    return math.hypot(drive.pose[0] - x, drive.pose[1] - y)


def test_it_drives_to_a_point_by_about_the_shortest_way(drive: FlatDrive):
    navigator = Navigator((6.0, 2.6), config=SMALL)
    command = drive.drive(navigator, 30.0)
    assert command.status == "done", command
    assert command.base_velocity_B == (0.0, 0.0, 0.0)
    assert away_m(drive, 6.0, 2.6) <= SMALL.arrived_m
    assert drive.metres <= 1.25 * math.hypot(4.6, 1.4)
    assert drive.touched == []
    assert navigator.replans == []


def test_it_ends_as_it_is_to_be_turned(drive: FlatDrive):
    assert drive.drive(Navigator((2.4, 1.6), yaw_rad=2.0, config=SMALL), 20.0).status == "done"
    assert abs(math.remainder(drive.pose[2] - 2.0, math.tau)) <= SMALL.arrived_rad


@pytest.mark.parametrize("goal", ["mug", "its name"])
def test_a_thing_is_gone_to_by_its_label_and_by_its_name(drive: FlatDrive, goal: str):
    name = next(one.name for one in drive.flat.memory.objects("mug"))
    command = drive.drive(Navigator("mug" if goal == "mug" else name, config=SMALL), 30.0)
    assert command.status == "done", command
    assert away_m(drive, 0.75, 3.45) < 1.4
    facing = math.atan2(3.45 - drive.pose[1], 0.75 - drive.pose[0])
    assert abs(math.remainder(facing - drive.pose[2], math.tau)) < 0.4


def test_a_room_and_a_place_are_goals(drive: FlatDrive):
    view = drive.flat.memory.view()
    room = view.room_of((6.0, 2.0))
    assert isinstance(room, sm.Room)
    assert drive.drive(Navigator(room.name, config=SMALL), 40.0).status == "done"
    now = drive.flat.memory.view().room_of(drive.pose[:2])
    assert isinstance(now, sm.Room)
    assert now.id == room.id
    place = min(view.places(), key=lambda one: float(np.hypot(*(one.p_W[:2] - [1.5, 1.5]))))
    assert drive.drive(Navigator(place, config=SMALL), 40.0).status == "done"


def test_what_is_not_known_is_refused_with_the_reason(drive: FlatDrive):
    command = drive.drive(Navigator((15.0, 2.0), config=SMALL), 10.0)
    assert command.status == "failed"
    assert "(15.00, 2.00) m" in command.reason
    assert drive.metres == 0.0
    command = drive.drive(Navigator("unicorn", config=SMALL), 10.0)
    assert command.status == "failed"
    assert "unicorn" in command.reason


def test_what_it_failed_at_it_does_not_begin_again(drive: FlatDrive):
    navigator = Navigator("unicorn", config=SMALL)
    first = drive.drive(navigator, 10.0)
    assert navigator.step(drive.flat.memory.view(), drive.state()) == first


def test_a_box_put_in_the_way_is_driven_round_within_a_second_of_its_frame(drive: FlatDrive):
    navigator, put_ns = Navigator((6.0, 2.2), config=SMALL), []

    def put(now: FlatDrive) -> None:
        if not put_ns and now.pose[0] > 2.0:
            now.flat.things["crate"] = box_at(now.pose[0] + 1.3, now.pose[1] + 0.1, 0.3)
            put_ns.append(now.stamp_ns)

    command = drive.drive(navigator, 40.0, put)
    assert command.status == "done", command
    assert drive.touched == []
    assert navigator.replans[0].stamp_ns - put_ns[0] <= 1.2e9
    assert "in the way" in navigator.replans[0].reason


def test_its_lease_lasts_as_long_as_its_way_and_says_why_that_ended(drive: FlatDrive):
    navigator, leases = Navigator((6.0, 2.2), config=SMALL), []
    assert navigator.lease is None

    def put(now: FlatDrive) -> None:
        if navigator.lease is not None and navigator.lease not in leases:
            leases.append(navigator.lease)
        if len(leases) == 1 and now.pose[0] > 2.0:
            now.flat.things["crate"] = box_at(3.3, now.pose[1] + 0.1, 0.3)

    assert drive.drive(navigator, 40.0, put).status == "done"
    assert navigator.lease is None
    assert len(leases) == len(navigator.replans) + 1 >= 2
    assert [lease.broken[0].why for lease in leases[:-1]] == [one.reason for one in navigator.replans]
    assert leases[-1].broken == ()


def test_what_somebody_else_finds_broken_is_planned_anew_at_the_next_step(drive: FlatDrive):
    navigator, view = Navigator((6.0, 2.2), config=SMALL), drive.flat.memory.view()
    navigator.step(view, drive.state())
    before = navigator.lease
    assert before is not None
    assert before.check(view) == ()
    ahead_m = navigator.path_W[1] - drive.pose[:2]
    x_m, y_m = (drive.pose[:2] + 1.4 * ahead_m / np.hypot(*ahead_m)).tolist()
    drive.flat.things["crate"] = box_at(x_m, y_m, 0.3)
    navigator.see(drive.frame())
    (broken,) = before.check(view)  # of the same view: what the frame shows is not in it yet
    assert "something is in the way" in broken.why
    drive.stamp_ns += 50_000_000
    navigator.step(view, drive.state())
    assert [one.reason for one in navigator.replans] == [broken.why]
    assert navigator.lease is not before


def test_a_thing_is_among_what_its_way_rests_on(drive: FlatDrive):
    navigator, view = Navigator("mug", config=SMALL), drive.flat.memory.view()
    navigator.step(view, drive.state())
    assert navigator.lease is not None
    goal, way = navigator.lease.premises
    assert isinstance(goal, sm.StaysAt)
    assert goal.object_id == navigator.object_id
    assert isinstance(way, sm.Premise)


def test_a_door_that_closes_is_waited_for_and_then_the_goal_is_given_up(drive: FlatDrive):
    navigator = Navigator((6.0, 2.2), config=SMALL)

    def close(now: FlatDrive) -> None:
        if now.pose[0] > 2.2:
            now.flat.doors["door"] = ((4.0, 1.5, 0.0), (4.1, 2.5, 2.0))

    command = drive.drive(navigator, 60.0, close)
    assert command.status == "failed", command
    assert navigator.replans
    assert drive.pose[0] < 4.0
    assert drive.touched == []


def test_a_door_that_opens_again_in_time_is_driven_through(drive: FlatDrive):
    closed_ns: list[int] = []

    def swing(now: FlatDrive) -> None:
        if not closed_ns and now.pose[0] > 2.2:
            now.flat.doors["door"] = ((4.0, 1.5, 0.0), (4.1, 2.5, 2.0))
            closed_ns.append(now.stamp_ns)
        elif closed_ns and now.stamp_ns - closed_ns[0] > 3e9:
            now.flat.doors.clear()

    navigator, reasons = Navigator((6.0, 2.2), config=SMALL), set()
    step = navigator.step
    navigator.step = lambda view, state: (reasons.add((now := step(view, state)).reason), now)[1]  # type: ignore[method-assign]
    assert drive.drive(navigator, 60.0, swing).status == "done"
    assert any(one.startswith("making way") for one in reasons)
    assert drive.touched == []


def test_a_thing_is_seen_only_when_the_camera_shows_it(drive: FlatDrive):
    seen = Navigator("mug", to="see", config=SMALL)
    assert drive.drive(seen, 40.0, detects=True).status == "done"
    assert "mug" in drive.shown()
    drive.pose, drive.stamp_ns = (6.0, 2.0, math.pi), drive.stamp_ns + 10**10
    blind = drive.drive(Navigator("mug", to="see", config=SMALL), 90.0)  # nothing is detected any more
    assert (blind.status, "not in view" in blind.reason) == ("failed", True)


def test_who_is_in_the_room_already_need_not_get_on(drive: FlatDrive):
    view = drive.flat.memory.view()
    room = view.room_of(START[:2])
    assert isinstance(room, sm.Room)
    inside, elsewhere = np.array([*START[:2], 0.0]), np.array([6.0, 2.0, 0.0])
    for goal in (room, room.name):
        aiming = Aiming(goal, None, SMALL, explore=False)
        assert aiming.is_in(view, inside)
        assert not aiming.is_in(view, elsewhere)
    assert not Aiming("mug", None, SMALL, explore=False).is_in(view, inside)


def test_a_thing_that_is_missing_is_not_gone_to_any_further(drive: FlatDrive):
    name = next(one.name for one in drive.flat.memory.objects("mug"))
    drive.pose = (6.0, 2.0, math.pi)
    navigator = Navigator(name, config=SMALL)
    drive.drive(navigator, 2.0)
    drive.flat.step = int((drive.stamp_ns - 10**9) / 200_000_000) + 5
    drive.flat.things.clear()
    drive.flat.walk(KITCHEN[:1])
    drive.stamp_ns = drive.flat.stamps["stamp_ns"] + 10**9
    command = drive.drive(navigator, 60.0)
    assert command.status == "failed", command
    assert any(name in one.reason for one in navigator.replans) or name in command.reason


def test_it_explores_towards_a_goal_where_nobody_has_seen_if_it_may():
    flat = Flat(sm.SpatialMemory(), {}).walk(KITCHEN)
    drive = FlatDrive(flat, START)
    refused = drive.drive(Navigator((5.2, 0.8), config=SMALL), 10.0)
    assert refused.status == "failed"
    command = drive.drive(Navigator((5.2, 0.8), explore=True, config=SMALL), 90.0)
    assert command.status == "done", command
    assert away_m(drive, 5.2, 0.8) <= SMALL.arrived_m
    assert drive.touched == []


@pytest.mark.parametrize("goal", [None, "", "  ", 1.5, (1.0,), (1, 2, 3, 4), {"x": 1}])
def test_what_can_be_no_goal_is_refused_at_once(goal):
    with pytest.raises(sm.InputError, match="goal"):
        Navigator(goal)


def test_it_keeps_what_every_planner_has_to_keep():
    config = NavigationConfig(footprint_m=(0.4, 0.4), pass_m=0.3, turn_m=0.3)
    runs = check_planner(lambda goal: Navigator(goal, config=config), radius_m=0.3)
    by_name = {run.drive: run for run in runs}
    assert by_name["round the pillar"].status == "done"
    assert by_name["with a thing in the way"].status == "done"
