"""Scenes of absence are what they say: what is behind a thing, what is seen through, what is hidden."""

import math

import numpy as np
import pytest

pytest.importorskip("pybullet")

from absence_scenes import BEHIND, MODELS, Counting, scene, seen_through, voxels_in
from object_tours import CAMERA

import spatialmem as sm
from sim import Simulation
from sim.poses import yaw_pose
from sim.worlds import truth_of


@pytest.mark.parametrize("behind", ["wall", "nothing"])
@pytest.mark.parametrize("high", [True, False])
def test_where_the_thing_was_the_picture_shows_what_is_behind_it(behind, high):
    import dataclasses

    home, thing = scene(behind, MODELS["mug"], high=high, along_m=0.0)
    camera = dataclasses.replace(CAMERA, range_max_m=4.0).without_noise()
    with Simulation(home, mode="fast", X_WB=yaw_pose(0.75, 2.0, 0.0), camera=camera) as simulation:
        simulation.robot.frame()
        pixels = simulation.sensor.shot.mask(thing)
        assert np.count_nonzero(pixels) > 100
        simulation.world.remove(thing)
        depth_m = simulation.robot.frame().depth[pixels] / 1000
        shows = simulation.sensor.shot.body[pixels]
    assert np.mean(depth_m > 0) > 0.95 if behind == "wall" else np.mean(depth_m > 0) < 0.4
    names = np.array(simulation.sensor.shot.names)
    assert np.mean(np.char.startswith(names[shows], "wall")) > 0.9 or not high  # past a table it is the floor, too


def test_every_scene_stands():
    for behind in BEHIND:
        for high in (True, False):
            home, thing = scene(behind, MODELS["book"], high=high, along_m=0.1)
            with Simulation(home, mode="fast", X_WB=yaw_pose(0.75, 2.0, 0.0)) as simulation:
                assert truth_of(simulation.world).objects[thing].support.endswith("/top")


def frame_of(depth_mm):
    camera = sm.Pinhole(320, 240, 300.0, 300.0, 159.5, 119.5)
    depth = np.full((240, 320), depth_mm, np.uint16)
    X_WC = np.eye(4)
    return sm.RgbdFrame(source="c", stamp_ns=1, received_ns=1, depth=depth, camera=camera, X_WC=X_WC)


def test_a_voxel_is_seen_through_where_all_of_it_is_well_before_the_depth():
    memory = sm.SpatialMemory(sm.Config(depth=sm.DepthConfig(no_return_is_free_to_m=3.0)))
    middles_W = np.array([[0.025, 0.025, 1.025], [0.025, 0.025, 1.925], [0.025, 0.025, 2.525], [0.025, 0.025, -1.0]])
    assert seen_through(frame_of(2000), middles_W, memory).tolist() == [True, False, False, False]
    assert seen_through(frame_of(0), middles_W, memory).tolist() == [True, True, True, False]
    one = frame_of(2000)
    one.depth[119, 159] = 1000
    assert not seen_through(one, middles_W, memory).any()
    unsure = sm.SpatialMemory()
    assert not seen_through(frame_of(0), middles_W, unsure).any()


def test_voxels_of_a_box_do_not_reach_below_it():
    memory = sm.SpatialMemory()
    low_W, high_W = np.array([0.0, 0.0, 0.74]), np.array([0.1, 0.1, 0.86])
    assert sorted(voxels_in(memory, low_W, high_W)[:, 2].round(3).tolist()) == [0.775] * 4 + [0.825] * 4


class Told(sm.SpatialMemory):
    """A memory that holds what it is given."""

    def __init__(self, *held):
        super().__init__()
        self._held = held

    def objects(self, label=None, *, confirmed=True, missing=False):
        return tuple(one for one in self._held if missing or not one.missing)


class Thing:
    """As much of an `ObjectState` as is looked at."""

    def __init__(self, number, label, center_W, *, missing=False):
        self.id, self.label, self.center_W, self.missing = number, label, np.array(center_W), missing
        self.name = f"{label}-{number}"


def test_missing_counts_once_when_it_begins_and_only_for_what_is_there():
    from homes import two_rooms

    with Simulation(two_rooms(), mode="fast", X_WB=yaw_pose(5.0, 2.6, 0.0)) as simulation:
        simulation.robot.frame()
        box, apple = (truth_of(simulation.world).objects[name] for name in ("box-1", "apple-1"))
        middles = [(one.low_W + one.high_W) / 2 for one in (box, apple)]
        counting = Counting(simulation)
        there = Thing(1, "box", middles[0]), Thing(2, "apple", middles[1]), Thing(3, "mug", (1.0, 1.0, 1.0))
        counting.frame(Told(*there))
        assert dict(counting.count.frames) == {"shown": 1, "out of picture": 1}
        gone = [Thing(one.id, one.label, one.center_W, missing=True) for one in there]
        counting.frame(Told(*gone))
        counting.frame(Told(*gone))
        assert dict(counting.count.false) == {"shown": 1, "out of picture": 1}
        assert len(counting.count.which) == 2
        again = Counting(simulation, without=("box-1",))
        again.frame(Told(*there))
        assert dict(again.count.frames) == {"out of picture": 1}
        twins = Counting(simulation)
        twins.frame(Told(gone[0], Thing(4, "box", middles[0] + 0.2)))  # one of the two stands for the box
        assert not twins.count.false
        assert math.isclose(sum(twins.count.frames.values()), 1)
