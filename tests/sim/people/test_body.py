"""The body: a believable size, a hand that gets where it is sent, and both cameras see a person."""

import numpy as np
import pytest

pytest.importorskip("pybullet")

from sim import bullet
from sim.people.body import PersonBody
from sim.sensors import CameraSettings
from sim.sensors.rendered import RenderedCamera
from sim.worlds.built.meshes import link_poses, triangles
from spatialmem import look_at, transform


@pytest.fixture
def body(world):
    body = PersonBody(world, name="person-1", number=0)
    body.stand(6.0, 3.0, 0.3)
    return body


def corners_W(world):
    person = world.bodies["person-1"]
    poses = link_poses(world, person)
    return np.concatenate(
        [transform(poses[link], v.astype(float)) for link, (v, _, _) in triangles(world, person).items()]
    )


def hand_W(world):
    poses = link_poses(world, world.bodies["person-1"])
    return transform(poses[3], np.array([0.0, 0.0, -0.32]))


def test_it_is_as_large_as_a_person_and_stands_on_the_floor(world, body):
    low, high = corners_W(world).min(axis=0), corners_W(world).max(axis=0)
    assert 1.65 < high[2] < 1.8
    assert abs(low[2]) < 0.02
    assert (high - low)[:2].max() < 0.7
    assert ((low + high) / 2)[:2] == pytest.approx((6.0, 3.0), abs=0.15)


@pytest.mark.parametrize(
    "p_P", [(0.5, -0.1, 1.2), (0.45, 0.1, 0.9), (0.4, -0.3, 1.6), (0.7, -0.2, 0.8), (0.3, -0.2, 1.0)]
)
def test_the_hand_is_where_it_is_sent(world, body, p_P):
    p_W = transform(body.X_WP, np.array(p_P))
    body.reach(p_W, lean=True)
    assert np.linalg.norm(hand_W(world) - p_W) < 0.02


def test_what_is_out_of_reach_is_pointed_at(world, body):
    p_W = transform(body.X_WP, np.array([2.0, -0.2, 1.2]))
    body.reach(p_W, lean=False)
    shoulder_W = transform(body.X_WP, np.array([0.0, -0.2, 1.39]))
    to_hand, to_target = hand_W(world) - shoulder_W, p_W - shoulder_W
    assert to_hand @ to_target / np.linalg.norm(to_hand) / np.linalg.norm(to_target) > 0.999


def test_legs_swing_with_the_way_and_never_reach_into_the_floor(world, body):
    spans = []
    for _ in range(20):
        body.stride(0.05, carries=False)
        spans.append(np.ptp(corners_W(world) @ body.X_WP[:3, 0]))
        assert corners_W(world)[:, 2].min() > -0.03
    body.stride(0.0, carries=False)
    assert max(spans) > np.ptp(corners_W(world) @ body.X_WP[:3, 0]) + 0.3


def test_an_arm_over_a_table_pushes_nothing_off_it(world, body):
    before = world.X_WK("mug-1")
    body.stand(5.7, 1.7, 0.0)
    body.reach(before[:3, 3] + (0.0, 0.0, 0.04), lean=True)
    world.step(120)
    assert np.abs(world.X_WK("mug-1") - before).max() < 1e-3
    assert body.near(world.bodies["table-1"].unique_id, 1.0) > 0


def test_cameras_see_a_person_and_nobody_who_is_away(world, body):
    X_WC = look_at(np.array([4.6, 3.0, 1.4]), np.array([6.0, 3.0, 1.0]))
    camera = RenderedCamera(world, CameraSettings())
    number = list(world.bodies).index("person-1")
    share = (camera.look(X_WC).body == number).mean()
    body.vanish()
    assert 0.05 < share < 0.5
    assert not (camera.look(X_WC).body == number).any()
    assert bullet.api().getBasePositionAndOrientation(body.unique_id, physicsClientId=world.client)[0][2] < -10
