"""What nobody has seen is seen, and a thing is found: by driving in a flat of boxes."""

import subprocess
import sys

import numpy as np
import pytest
from driven_flat import FlatDrive
from walked_flat import KITCHEN, Flat

import spatialmem as sm
from planners.navigation import Explorer, NavigationConfig, Searcher
from spatialmem.testing import check_planner

SMALL = NavigationConfig(footprint_m=(0.5, 0.4), pass_m=0.3, turn_m=0.34, patience_s=6.0, camera_fov_rad=1.03)
START = (1.4, 1.2, 0.0)
NEAR_DUCK = {"duck": ((2.75, 1.85, 0.5), (2.9, 2.0, 0.65))}
DUCK = {"duck": ((7.4, 1.2, 0.75), (7.55, 1.35, 0.9))}


def floor_share(memory: sm.SpatialMemory) -> float:
    """The share of the floor of both rooms, walls and furniture apart, that the memory knows to be free."""
    floor = memory.view().floor(((0.5, 0.5), (7.0, 3.0)))
    return float((floor.state == sm.State.FREE).mean())


def test_an_explorer_sees_both_rooms_and_ends():
    drive = FlatDrive(Flat(sm.SpatialMemory(), {}), START)
    explorer = Explorer(config=SMALL)
    command = drive.drive(explorer, 200.0)
    assert command.status == "done", command
    assert "explored" in command.reason
    assert floor_share(drive.flat.memory) > 0.9
    assert drive.touched == []
    assert explorer.step(drive.flat.memory.view(), drive.state()) == command


def test_an_explorer_looks_at_nothing_beyond_its_bounds():
    drive = FlatDrive(Flat(sm.SpatialMemory(), {}), START)
    command = drive.drive(Explorer(bounds_m=((0.0, 0.0), (3.5, 4.0)), config=SMALL), 120.0)
    assert command.status == "done"
    assert drive.pose[0] < 4.6


def test_an_explorer_tries_what_it_missed_again_from_somewhere_else_some_times():
    drive = FlatDrive(Flat(sm.SpatialMemory(), {}), START)
    explorer = Explorer(config=SMALL)
    tried = []
    for x, at_once in ((1.4, False), (1.4, True), (1.4, True), (3.0, False), (3.1, False), (5.0, False), (7.0, False)):
        explorer._been.missed_m = [np.array([6.0, 2.0])]
        explorer._missed_at_m = np.array([1.4, 1.2]) if explorer._missed_at_m is None else explorer._missed_at_m
        drive.pose = x, 1.2, 0.0
        tried.append(explorer._tries_again(drive.state(), at_once=at_once))
    assert tried == [False, True, False, True, False, True, False]


def test_what_is_remembered_is_found_where_it_is():
    flat = Flat(sm.SpatialMemory(), DUCK).walk(KITCHEN)
    flat.look_round(6.0, 1.6)
    drive = FlatDrive(flat, (2.0, 2.0, 3.0))
    searcher = Searcher("duck", config=SMALL)
    command = drive.drive(searcher, 60.0, detects=True)
    assert command.status == "done", command
    assert searcher.found is not None
    assert np.hypot(*(searcher.found.center_W[:2] - [7.47, 1.27])) < 0.2
    assert drive.metres < 6.0


def test_what_was_never_seen_is_found_by_exploring():
    drive = FlatDrive(Flat(sm.SpatialMemory(), DUCK), START)
    searcher = Searcher("duck", config=SMALL)
    command = drive.drive(searcher, 200.0, detects=True)
    assert command.status == "done", command
    assert searcher.found is not None
    assert searcher.found.label == "duck"


def test_what_was_glimpsed_is_gone_to():
    drive = FlatDrive(Flat(sm.SpatialMemory(), NEAR_DUCK), START)

    def held(drive: FlatDrive) -> None:
        """From one place alone the memory does not get sure of the duck; then it is out of sight."""
        drive.pose = START if drive.ticks < 20 else (*START[:2], np.pi)

    searcher = Searcher("duck", config=SMALL)
    drive.drive(searcher, 5.0, held, detects=True)
    assert not drive.flat.memory.view().objects("duck")
    assert searcher.step_now is not None
    assert "glimpsed" in searcher.step_now.why
    assert np.hypot(*(searcher.step_now.look_at_W[:2] - [2.82, 1.92])) < 0.2


def test_what_is_in_view_is_found_by_who_cannot_turn_to_it():
    drive = FlatDrive(Flat(sm.SpatialMemory(), NEAR_DUCK), START)

    def held(drive: FlatDrive) -> None:
        """It moves a little back and on again, so that the duck is seen from two places."""
        drive.pose = START[0] - 0.12 * (drive.ticks // 20 % 2), START[1], START[2]

    searcher = Searcher("duck", config=SMALL)
    command = drive.drive(searcher, 10.0, held, detects=True)
    assert command.status == "done", command
    assert searcher.found is not None


def test_what_is_not_there_is_given_up():
    drive = FlatDrive(Flat(sm.SpatialMemory(), {}), START)
    searcher = Searcher("duck", metres_max=3.0, config=SMALL)
    command = drive.drive(searcher, 200.0)
    assert command.status == "failed"
    assert "duck" in command.reason
    assert searcher.found is None
    assert drive.metres < 3.5


@pytest.mark.parametrize("sought", ["", "  "])
def test_what_is_no_name_is_refused(sought):
    with pytest.raises(sm.InputError, match="sought"):
        Searcher(sought)


@pytest.mark.parametrize("make", [lambda goal: Explorer(config=SMALL), lambda goal: Searcher("duck", config=SMALL)])
def test_they_keep_what_every_planner_has_to_keep(make):
    drives = ("knowing nothing", "at first sight", "from anywhere", "out of time", "expired")
    assert len(check_planner(make, radius_m=0.3, drives=drives)) == len(drives)


def test_no_tick_waits_for_a_compiler():
    """Whoever is made has every kernel of navigation ready, those that only others use, too."""
    code = (
        "from planners.navigation import Explorer; Explorer(); "
        "from planners.navigation.kernels import warm_up, compile as made; before = len(made._declared); warm_up(); "
        "assert before == len(made._declared) >= 8 and all(kernel._ready for kernel in made._declared)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
