"""The judge of maps: a map of what was seen scores well, an empty one does not, and a phantom is named."""

import numpy as np
import pytest

pytest.importorskip("pybullet")

from homes import two_rooms

import spatialmem as sm
from sim import Simulation, truth_of
from sim.scoring import SURFACES, Seen, score_map
from sim.sensors import CameraSettings

RANGE_M = 5.0


@pytest.fixture(scope="module")
def watched():
    """One turn on the spot: the simulation, its frames, and what was truly seen."""
    with Simulation(two_rooms(), mode="fast", camera=CameraSettings().without_noise()) as simulation:
        seen, frames = Seen(0.05, RANGE_M), []
        for _ in range(160):
            for x in simulation.inputs():
                if isinstance(x, sm.RgbdFrame):
                    shot = simulation.sensor.shot
                    judged = np.array([simulation.world.bodies[name].kind in SURFACES for name in shot.names])
                    seen.add(shot, x.camera, judged, simulation.sensor.X_WC)
                    frames.append(x)
            simulation.robot.command(base_velocity_B=(0.0, 0.0, 0.9))
            simulation.step()
        yield simulation, frames, seen


def memory_of(simulation, frames):
    memory = sm.SpatialMemory(sm.Config(world=simulation.world.home.name))
    for frame in frames:
        assert memory.observe(frame)
    return memory


def test_a_true_map_scores_well(watched):
    simulation, frames, seen = watched
    score = score_map(memory_of(simulation, frames).view(), seen, simulation.world)
    assert score.floor_cells > 1000
    assert score.surface_voxels > 1000
    assert score.floor_free > 0.97
    assert score.surface_occupied > 0.95
    assert score.blocked_doorways == ()
    assert score.phantom_columns < 10
    assert 0.8 < score.floor_free_all <= score.floor_free
    assert score.floor_cells_all > score.floor_cells


def test_an_empty_map_scores_nothing(watched):
    simulation, _, seen = watched
    memory = sm.SpatialMemory(sm.Config(world=simulation.world.home.name))
    score = score_map(memory.view(), seen, simulation.world)
    assert (score.floor_free, score.surface_occupied, score.doorways) == (0.0, 0.0, 0)


@pytest.mark.parametrize(("shift_m", "most"), [(0.1, 0.75), (0.3, 0.3)])
def test_a_shifted_map_scores_badly(watched, shift_m, most):
    simulation, frames, seen = watched
    shift = np.eye(4)
    shift[:2, 3] = shift_m
    shifted = [sm.RgbdFrame(**{**{n: getattr(f, n) for n in f.__dataclass_fields__}, "X_WC": shift @ f.X_WC})
               for f in frames]  # fmt: skip
    score = score_map(memory_of(simulation, shifted).view(), seen, simulation.world)
    assert score.surface_occupied < most
    assert score.phantom_columns > (0 if shift_m < 0.2 else 50)


def test_a_phantom_in_a_doorway_is_named(watched):
    simulation, frames, seen = watched
    truth = truth_of(simulation.world)
    name, gap = next(iter(truth.doorways.items()))
    memory = memory_of(simulation, frames)
    x, y = gap.mean(axis=0)
    camera = sm.Pinhole(64, 48, 200.0, 200.0, 31.5, 23.5)
    for number in range(8):  # something narrow stands in the gap, seen from both rooms
        X_WC = sm.look_at((x - 0.7, y - 0.7, 0.8), (x, y, 0.8))
        stamp_ns = frames[-1].stamp_ns + (number + 1) * 10**9
        depth = np.full((48, 64), 0.99, np.float32)
        memory.observe(sm.RgbdFrame(source="ghost", stamp_ns=stamp_ns, received_ns=stamp_ns, depth=depth, camera=camera,
                                    X_WC=X_WC, world=simulation.world.home.name))  # fmt: skip
    assert name in score_map(memory.view(), seen, simulation.world).blocked_doorways


def test_nothing_seen_is_not_a_number(watched):
    simulation, frames, _ = watched
    score = score_map(memory_of(simulation, frames).view(), Seen(0.05, RANGE_M), simulation.world)
    assert np.isnan(score.floor_free)
    assert np.isnan(score.surface_occupied)
