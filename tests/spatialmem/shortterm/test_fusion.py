"""What sightings make of an object: where it rests, how it moves, while every frame's pose is wrong."""

import dataclasses

import numpy as np
import pytest
from object_sightings import camera_at, sighting

import spatialmem as sm
from spatialmem.config import ShortTermConfig
from spatialmem.shortterm import ShortTerm
from spatialmem.shortterm.faces import AXES_W

PLACES = [np.array([1.5 + 0.9 * (k % 3), -1 + 0.8 * (k // 3), 0.2 * k % 0.5]) for k in range(6)]
OWN_M, STEP_S = 0.004, 0.2
SIGMA = np.array([np.radians(0.5)] * 3 + [0.01] * 3)


def swayed(label, p_W, d, rng, **how):
    """A sighting whose frame is wrong by d, seen from the origin."""
    x, y, z = p_W
    sway = np.array([[0, z, -y, 1, 0, 0], [-z, 0, x, 0, 1, 0], [y, -x, 0, 0, 0, 1]]) * SIGMA
    one = sighting(label, p_W + sway @ d + rng.normal(0, OWN_M, 3), **how)
    return dataclasses.replace(one, sway_W=sway, covariance_W=sway @ sway.T + np.eye(3) * OWN_M**2)


def watched(seed, frames, velocity, *, movers=1, among=6, rest=0):
    """Watch `among` things, of which the first ones go on with a velocity after so many frames at rest."""
    rng, memory = np.random.default_rng(seed), ShortTerm(ShortTermConfig())
    ids: tuple[int | None, ...] = ()
    for frame in range(frames):
        d, gone_s = rng.normal(size=6), max(frame - rest, 0) * STEP_S
        seen = [
            swayed(f"thing_{k}", p_W + (k < movers) * gone_s * np.array(velocity), d, rng)
            for k, p_W in enumerate(PLACES[:among])
        ]
        ids = memory.see(seen, stamp_ns=round(frame * STEP_S * 1e9), X_WC=camera_at(0.0), source="camera")
    found = [memory.view().object(object_id) for object_id in ids if object_id is not None]
    assert all(not isinstance(one, sm.Unknown) for one in found)
    return [one for one in found if not isinstance(one, sm.Unknown)]


@pytest.mark.parametrize(("frames", "error_m"), [(3, 0.03), (20, 0.014)])
def test_what_the_frames_are_wrong_by_cancels_out_and_the_covariance_says_how_far(frames, error_m):
    """Not so if a frame were corrected by the others before it says where things rest: the first's error stayed."""
    squares, chi2 = [], []
    for seed in range(15):
        for one, p_W in zip(watched(seed, frames, (0, 0, 0)), PLACES, strict=True):
            apart = one.center_W - p_W
            squares.append(apart @ apart)
            chi2.append(apart @ np.linalg.solve(one.covariance_W, apart))
    assert np.sqrt(np.mean(squares)) < error_m
    assert np.mean(chi2) < 4.5


def errors(seeds, velocity, **how):
    return [float(np.linalg.norm(watched(s, 5, velocity, **how)[0].velocity_W_m_s - velocity)) for s in seeds]


@pytest.mark.parametrize("velocity", [(0.2, 0, 0), (0, -0.3, 0), (0.35, 0.35, 0)])
def test_the_velocity_is_known_at_the_fifth_sighting_by_what_rests_beside(velocity):
    alone, among = errors(range(12), velocity, among=1), errors(range(12), velocity)
    assert max(among) <= 0.1
    assert np.mean(among) < 0.7 * np.mean(alone)


def test_nothing_that_rests_is_said_to_move_because_another_does():
    for seed in range(12):
        resting = watched(seed, 12, (0.3, 0.1, 0), rest=5)[1:]
        assert not any(one.velocity_W_m_s.any() for one in resting)


def test_what_moves_all_together_is_seen_to_move():
    moving = watched(0, 16, (0.3, 0.0, 0.0), movers=6, rest=8)
    for one in moving:
        assert np.linalg.norm(one.velocity_W_m_s - [0.3, 0, 0]) < 0.15


def test_a_side_that_may_be_hidden_is_not_where_the_width_is_the_whole():
    """So one that is half hidden at times is followed as well as one that is not."""
    rng, near = np.random.default_rng(0), np.ones((5, 2), bool)
    near[:4, 0] = False
    found = []
    for flags in (np.ones((5, 2), bool), near):
        memory = ShortTerm(ShortTermConfig())
        for frame in range(5):
            one = sighting("mug", (2 + 0.04 * frame, *rng.normal(0, 0.002, 2)), seen=flags if frame else None)
            (object_id,) = memory.see([one], stamp_ns=frame * 2 * 10**8, X_WC=camera_at(0.0), source="camera")
        assert object_id == 1
        known = memory.view().object(1)
        assert not isinstance(known, sm.Unknown)
        found.append(float(known.velocity_W_m_s[0]))
    assert found == pytest.approx([0.2, 0.2], abs=0.05)


def boxed(label, low_W, high_W, **how):
    """A sighting that reaches from one corner to the other along W's axes."""
    low, high = np.array(low_W, float), np.array(high_W, float)
    middle, half = (low + high) / 2, (high - low) / 2
    reach, wide = AXES_W @ middle, np.abs(AXES_W) @ half
    one = sighting(label, middle, **how)
    return dataclasses.replace(one, faces_m=np.stack([reach - wide, reach + wide], axis=1), size_m=high - low)


def shown(boxes, *, step_s=STEP_S):
    """See one table again and again; return what was known of it after each sighting."""
    memory, known = ShortTerm(ShortTermConfig()), []
    for turn, (low, high, seen) in enumerate(boxes):
        one = boxed("table", low, high, seen=seen)
        (object_id,) = memory.see([one], stamp_ns=round(turn * step_s * 1e9), X_WC=camera_at(0.0), source="camera")
        assert object_id == 1
        known.append(memory.view().object(1))
    return known


def every_face(**hidden):
    seen = np.ones((5, 2), bool)
    seen[:4, 0] = not hidden.get("low", False)
    return seen


@pytest.mark.parametrize("hidden", [False, True])
def test_a_face_that_goes_alone_is_no_motion(hidden):
    """What is seen of a table gets less from one side, noticed or not: its other end stays where it is."""
    boxes = []
    for turn in range(14):
        gone_m = 0.08 * max(turn - 3, 0)
        low = (gone_m, 0.0, 0.6)
        boxes.append((low, (1.6, 0.8, 0.75), every_face(low=hidden and turn > 3)))
    assert not any(one.velocity_W_m_s.any() for one in shown(boxes))


@pytest.mark.parametrize("seed", range(3))
def test_what_is_seen_of_a_thing_may_jump_to_and_fro(seed):
    """A detector's box is about the whole, then about one end, then about the other, for several frames each."""
    rng, boxes = np.random.default_rng(seed), []
    for turn in range(40):
        low, high = [(0.0, 0.6), (0.0, 0.4), (0.2, 0.6)][turn // 5 % 3]
        noise = rng.normal(0, 0.02, (2, 3))
        boxes.append((noise[0] + (low, 0, 0.6), noise[1] + (high, 0.8, 0.75), None))
    assert not any(one.velocity_W_m_s.any() for one in shown(boxes))


def test_faces_that_go_together_change_no_shape():
    """Not even as long as it is not believed to move yet."""
    boxes = [((0.06 * turn, 0, 0), (0.06 * turn + 0.6, 0.4, 0.9), every_face(low=turn > 0)) for turn in range(8)]
    known = shown(boxes)
    assert known[-1].velocity_W_m_s == pytest.approx([0.3, 0, 0], abs=0.05)
    for one in known:
        assert one.size_m == pytest.approx([0.6, 0.4, 0.9], abs=0.02)
