"""An arm of a URDF: its links are where pinocchio says, its limits what the caller says, and no other robot passes."""

import importlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panda_arm import FINGERS, TIP, panda, panda_folder

from planners.manipulation.arm import Joint, arm_model
from spatialmem import ConfigError, InputError

TEXT = (panda_folder() / "panda.urdf").read_text()
SLANTED = """
<robot name="slanted">
  <link name="base"/><link name="upper"/><link name="lower"/><link name="tool"/><link name="wheel"/><link name="box"/>
  <joint name="wheel" type="continuous"><parent link="base"/><child link="wheel"/><axis xyz="0 1 0"/></joint>
  <joint name="lid" type="fixed"><origin xyz="0 0 0.2"/><parent link="base"/><child link="box"/></joint>
  <joint name="a" type="revolute"><origin xyz="0.1 0.2 0.3" rpy="0.3 -0.2 0.9"/><parent link="box"/>
    <child link="upper"/><axis xyz="1 2 -2"/><limit lower="-2" upper="1" velocity="0.5" effort="1"/></joint>
  <joint name="b" type="continuous"><origin xyz="0 0.4 0" rpy="-1 0.2 0"/><parent link="upper"/>
    <child link="lower"/><axis xyz="0 -1 0"/><limit velocity="0.7" effort="1"/></joint>
  <joint name="c" type="fixed"><origin xyz="0 0 0.3" rpy="0 1 0"/><parent link="lower"/><child link="tool"/></joint>
</robot>
"""


def agrees(text, arm, joints_rad, width_m):
    """Compare every link that the arm places with pinocchio's frame of that name."""
    pin: Any = importlib.import_module("pinocchio")
    model = pin.buildModelFromXML(text)
    data, angles = model.createData(), pin.neutral(model)
    for name, angle in [*zip(arm.names, joints_rad, strict=True), *((finger, width_m / 2) for finger in FINGERS)]:
        if model.existJointName(name):
            joint = model.joints[model.getJointId(name)]
            angles[joint.idx_q : joint.idx_q + joint.nq] = angle if joint.nq == 1 else (np.cos(angle), np.sin(angle))
    pin.framesForwardKinematics(model, data, angles)
    X_UR = data.oMf[model.getFrameId(arm.root)].homogeneous
    for link, X_RL in arm.X_RL(np.asarray(joints_rad), width_m).items():
        assert np.allclose(X_UR @ X_RL, data.oMf[model.getFrameId(link)].homogeneous, atol=1e-9), link


@given(st.lists(st.floats(-3.0, 3.0), min_size=7, max_size=7), st.floats(0.0, 0.08))
@settings(max_examples=40, deadline=None)
def test_links_are_where_pinocchio_says(joints_rad, width_m):
    agrees(TEXT, panda(), joints_rad, width_m)


@given(st.floats(-2.0, 1.0), st.floats(-3.0, 3.0), st.sampled_from(["base", "box"]))
@settings(max_examples=20, deadline=None)
def test_slanted_axes_and_another_root(a, b, root):
    agrees(SLANTED, arm_model(SLANTED, tip="tool", root=root), [a, b], 0.0)


def test_many_vectors_at_once_are_each_of_them():
    arm, rng = panda(), np.random.default_rng(0)
    joints_rad = rng.uniform(arm.low_rad, arm.high_rad, (5, 7))
    X_WR = np.eye(4)
    X_WR[:3, 3] = 1.0, 2.0, 3.0
    together = arm.frames(joints_rad, X_WR)
    for one, frames in zip(joints_rad, together, strict=True):
        assert np.array_equal(frames, arm.frames(one[None], X_WR)[0])
    assert np.allclose(together[..., 3] - arm.frames(joints_rad)[..., 3], (1.0, 2.0, 3.0))


def test_what_the_arm_is():
    arm = panda()
    assert arm.names == tuple(f"panda_joint{k}" for k in range(1, 8))
    assert arm.width_max_m == pytest.approx(0.08)
    assert arm.root == "panda_link0"
    assert arm.high_rad[0] == 2.8973  # softer than the URDF's 2.9671
    other = arm_model(TEXT, tip=TIP)
    assert other.high_rad[0] == 2.9671
    assert other.width_max_m == 0.0
    assert arm.speed_max_rad_s.tolist() == [2.175] * 4 + [2.61] * 3


def test_links_beside_the_chain():
    arm = arm_model(SLANTED, tip="tool")
    assert set(arm.places) == {"base", "box", "upper", "lower", "tool"}  # the wheel turns by itself
    assert arm.joints[1] == Joint("b", -np.pi, np.pi, 0.7)


def test_positions_by_name_and_back():
    arm = panda()
    joints_rad = arm.low_rad / 2
    positions = arm.positions(joints_rad)
    assert np.array_equal(arm.vector(dict(reversed(positions.items())) | {"wheel": 3.0}), joints_rad)
    with pytest.raises(InputError, match="no position is given of panda_joint4"):
        arm.vector({name: 0.0 for name in arm.names if name != "panda_joint4"})


def test_within_limits():
    arm = panda()
    assert arm.is_within(arm.low_rad)
    assert not arm.is_within(arm.low_rad - 1e-6)
    assert not arm.is_within(arm.high_rad + 1e-6)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("<robot", {}, "cannot be read"),
        ("<world/>", {}, "outermost element is <world>"),
        (SLANTED, {"tip": "hand"}, "the URDF's links are base, upper"),
        (SLANTED, {"root": "floor"}, "from 'floor' to 'tool'"),
        (SLANTED, {"root": "wheel"}, "no joints lead"),
        (SLANTED, {"limits": [Joint("z", 0.0, 1.0, 1.0)]}, r"limits of \['z'\]"),
        (SLANTED, {"tip": "box"}, "no joints from base to box"),
        (SLANTED, {"fingers": ["thumb"]}, "no joints of the URDF"),
        (SLANTED, {"fingers": ["wheel"]}, "'wheel' is no finger"),
        (SLANTED.replace('xyz="0 -1 0"', 'xyz="0 0 0"'), {}, "it has no way"),
        (SLANTED.replace('xyz="0 0.4 0"', 'xyz="0 four 0"'), {}, "three numbers are needed"),
        (SLANTED.replace('lower="-2"', 'lower="low"'), {}, "lower='low' where a number"),
        (SLANTED.replace('name="b" type="continuous"', 'name="b" type="prismatic"'), {}, "only fixed and turning"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 60 else "",
)
def test_other_robots_are_refused(text, options, message):
    with pytest.raises(ConfigError, match=message):
        arm_model(text, **{"tip": "tool"} | options)
