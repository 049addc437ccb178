"""Colours are named as people name them; pictures are taken where they show something new."""

import numpy as np
import pytest
from homes import two_rooms

from sim import Simulation
from sim.suites.kinematic.camera import COLORS, NamingDetector, color_name, kinematic_setup, with_naming
from sim.suites.kinematic.strides import LONG_NS, STRIDE_M, StridingSimulation
from spatialmem import RgbdFrame


@pytest.mark.parametrize(
    ("rgb", "name"),
    [((196, 56, 50), "red"), ((56, 92, 168), "blue"), ((64, 138, 82), "green"), ((234, 196, 64), "yellow"),
     ((240, 240, 236), "white"), ((36, 36, 40), "black"), ((140, 144, 150), "gray"), ((240, 142, 36), "orange"),
     ((112, 66, 34), "brown")],
)  # fmt: skip
@pytest.mark.parametrize("light", [0.75, 1.0])
def test_colours_by_their_names(rgb, name, light):
    pixels = np.tile((np.array(rgb) * light).astype(np.uint8), (40, 1))
    told = color_name(pixels)
    assert told in COLORS
    assert told == name or (name, light) in (("white", 0.75), ("gray", 0.75), ("orange", 0.75))


def test_most_pixels_have_the_say():
    pixels = np.array([[196, 56, 50]] * 30 + [[36, 36, 40]] * 20, np.uint8)
    assert color_name(pixels) == "red"


@pytest.fixture
def home():
    setup = kinematic_setup()
    with StridingSimulation(two_rooms(), mode="fast", robot="differential", camera=setup.camera) as home:
        with_naming(home, setup, 0)
        yield home


def test_what_is_seen_has_a_colour_and_what_has_a_door_a_state(home):
    assert isinstance(home.sensor.detector, NamingDetector)
    _, frame, detections = list(home.inputs())
    assert isinstance(frame, RgbdFrame)
    assert detections.items
    for one in detections.items:
        assert one.attributes["color"] in COLORS
        assert ("state" in one.attributes) == (one.label == "fridge")


def frames(home, seconds, velocity):
    home.robot.command(base_velocity_B=velocity)
    count = 0
    for _ in range(round(seconds / 0.05)):
        count += sum(isinstance(x, RgbdFrame) for x in home.inputs())
        home.step()
    return count


def test_pictures_come_by_strides_while_it_drives_and_by_the_rate_while_it_stands(home):
    assert frames(home, 2.0, (0.0, 0.0, 0.0)) == pytest.approx(2.0 * 2.5, abs=1)
    slowly = frames(home, 2.8, (0.05, 0.0, 0.0))
    assert slowly <= 2.8 / (LONG_NS / 1e9) + 2
    driven_m = 0.4 * 2.0
    assert frames(home, 2.0, (0.4, 0.0, 0.0)) == pytest.approx(driven_m / STRIDE_M, abs=1.5)


def test_the_same_inputs_as_any_simulation_at_the_same_moment():
    setup = kinematic_setup()
    for kind in (Simulation, StridingSimulation):
        with kind(two_rooms(), mode="fast", robot="differential", camera=setup.camera) as home:
            state, frame, detections = list(home.inputs())
            assert (state.stamp_ns, frame.stamp_ns, detections.stamp_ns) == (0, 0, 0)
