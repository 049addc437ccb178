"""Looked and not there: what frames of boxes say of a thing that is there, gone, hidden, out of view, far, flat."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from cast_boxes import CAMERA, EYE, MUG, frame_of
from hypothesis import given, settings
from hypothesis import strategies as st
from looked_for import (
    BACK,
    FLOOR,
    ROOM,
    TABLE,
    jolted,
    looking_at_the_table,
    measured,
    people,
    remembered,
    remembered_world,
    seen_by,
)

import spatialmem as sm
from spatialmem.belief.looking import LIKELIHOODS, POINTS_MAX, Outcome, look, sample
from spatialmem.config import DepthConfig

SIGMA_M, SIGMA_RAD = 0.01, np.radians(0.5)
SIGMAS: Any = {"pose_sigma_m": 0.01, "pose_sigma_rad": 0.005}
PERSON = ((0.6, -0.4, 0.0), (0.8, 0.4, 1.8))


def mug_memory(**options):
    """The mug, as one noisy frame showed it."""
    frame, shows = frame_of(MUG, *ROOM, noise=1.0)
    sighted = seen_by(frame, shows, 0)
    assert sighted is not None
    return remembered([sighted], frame.X_WC, **options)


def looked(frame, objects, *, config=None, **options):
    """The outcome of the first object, and its points by outcome."""
    looks = look(frame, objects, config or DepthConfig(), **{**SIGMAS, **options})
    return Outcome(looks.outcome[0]), dict(zip(Outcome, looks.counts[0].tolist(), strict=True))


def test_what_is_there_is_at_its_place():
    outcome, points = looked(frame_of(MUG, *ROOM, noise=1.0, seed=1)[0], mug_memory())
    assert outcome is Outcome.AT
    assert points[Outcome.AT] >= 10
    assert points[Outcome.THROUGH] == 0


@pytest.mark.parametrize("behind", [ROOM, (TABLE, FLOOR), (TABLE, BACK)], ids=["wall", "floor", "no floor"])
def test_what_was_removed_is_seen_through(behind):
    """From its old place, from the side, and from above."""
    for eye in (EYE, (0.9, -0.8, 1.2), (0.8, 0.1, 1.9)):
        frame, _ = frame_of(*behind, X_WC=sm.look_at(eye, (1.45, 0.0, 0.76)), noise=1.0, seed=2)
        outcome, points = looked(frame, mug_memory())
        assert outcome is Outcome.THROUGH, points
        assert points[Outcome.AT] == 0


def test_with_nothing_behind_it_depends_on_what_no_return_means():
    frame, _ = frame_of(TABLE, X_WC=sm.look_at((0.3, 0.0, 0.85), (1.45, 0.0, 0.77)))
    objects = mug_memory()
    outcome, points = looked(frame, objects)
    assert outcome is Outcome.NO_RETURN
    assert points[Outcome.THROUGH] == 0
    assert looked(frame, objects, config=DepthConfig(no_return_is_free_to_m=3.0))[0] is Outcome.THROUGH
    assert looked(frame, objects, config=DepthConfig(no_return_is_free_to_m=1.0))[0] is Outcome.NO_RETURN


def test_no_return_says_nothing_of_what_never_returned_depth_from_so_far():
    frame, _ = frame_of(TABLE, X_WC=sm.look_at((0.3, 0.0, 0.85), (1.45, 0.0, 0.77)))
    free = DepthConfig(no_return_is_free_to_m=3.0)
    assert looked(frame, mug_memory(returned_to_m=2.0), config=free)[0] is Outcome.THROUGH
    assert looked(frame, mug_memory(returned_to_m=0.9), config=free)[0] is Outcome.NO_RETURN
    assert looked(frame, mug_memory(returned_to_m=0.0), config=free)[0] is Outcome.NO_RETURN


@pytest.mark.parametrize("there", [True, False])
def test_what_somebody_stands_before_is_hidden(there):
    frame, _ = frame_of(*([MUG] if there else []), PERSON, *ROOM, noise=1.0)
    outcome, points = looked(frame, mug_memory())
    assert outcome is Outcome.HIDDEN
    assert points[Outcome.THROUGH] == points[Outcome.AT] == 0


def test_beside_the_picture_behind_the_camera_and_too_near_is_out():
    objects = mug_memory()
    for X_WC in (
        sm.look_at(EYE, (1.45, 3.0, 0.76)),
        sm.look_at((1.2, 0.0, 0.9), (0.0, 0.0, 0.9)),
        sm.look_at((1.38, 0.0, 0.76), (2.0, 0.0, 0.76)),
    ):
        outcome, points = looked(frame_of(*ROOM, X_WC=X_WC)[0], objects, config=DepthConfig(range_min_m=0.3))
        assert outcome is Outcome.OUT
        assert points[Outcome.OUT] == sum(points.values()) == POINTS_MAX


def test_beyond_the_range_is_far():
    outcome, points = looked(frame_of(*ROOM)[0], mug_memory(), config=DepthConfig(range_max_m=1.0))
    assert outcome is Outcome.FAR
    assert points[Outcome.FAR] == POINTS_MAX


def test_a_far_view_past_the_range_clears_too():
    """The wall is beyond the range: what was before it is gone all the same."""
    wall = ((6.0, -9.0, -9.0), (6.2, 9.0, 9.0))
    assert looked(frame_of(TABLE, wall)[0], mug_memory(), config=DepthConfig(range_max_m=2.0))[0] is Outcome.THROUGH


def test_its_own_near_side_is_the_thing_itself():
    """Seen from the other side, the points of the sighting lie behind what one sees."""
    crate = ((1.2, -0.15, 0.7), (1.6, 0.15, 1.0))
    frame, shows = frame_of(crate, *ROOM)
    sighted = seen_by(frame, shows, 0)
    assert sighted is not None
    objects = remembered([sighted], frame.X_WC)
    behind = sm.look_at((2.4, 0.3, 1.1), (1.4, 0.0, 0.85))
    outcome, points = looked(frame_of(crate, *ROOM, X_WC=behind)[0], objects)
    assert outcome is Outcome.AT
    assert points[Outcome.THROUGH] == points[Outcome.HIDDEN] == 0


def test_a_flat_thing_tells_nothing_unless_the_pose_is_good():
    book = ((1.3, -0.1, 0.7), (1.5, 0.1, 0.73))
    frame, shows = frame_of(book, *ROOM)
    sighted = seen_by(frame, shows, 0)
    assert sighted is not None
    objects = dataclasses.replace(remembered([sighted], frame.X_WC), sigma_m=np.array([0.002]))
    gone, _ = frame_of(*ROOM, noise=1.0, X_WC=sm.look_at((0.6, 0.0, 0.85), (1.4, 0.0, 0.71)))
    outcome, points = looked(gone, objects)
    assert outcome is Outcome.UNCLEAR
    assert points[Outcome.THROUGH] == points[Outcome.AT] == 0
    outcome, points = looked(gone, objects, pose_sigma_m=0.001, pose_sigma_rad=0.0005)
    assert outcome is Outcome.THROUGH


def test_half_of_it_gone_is_unclear():
    wide = ((1.3, -0.4, 0.7), (1.5, 0.4, 1.0))
    frame, shows = frame_of(wide, *ROOM)
    sighted = seen_by(frame, shows, 0)
    assert sighted is not None
    left = ((1.3, -0.4, 0.7), (1.5, 0.0, 1.0))
    outcome, points = looked(frame_of(left, *ROOM)[0], remembered([sighted], frame.X_WC))
    assert points[Outcome.THROUGH] >= 8
    assert points[Outcome.AT] >= 8
    assert outcome is not Outcome.THROUGH


def test_the_covariance_of_a_pose_counts_as_its_standard_deviations():
    cov = np.diag([0.02**2] * 3 + [0.03**2] * 3)
    objects = mug_memory()
    plain, _ = frame_of(*ROOM)
    covered, _ = frame_of(*ROOM, pose_cov=cov)
    sure, _ = frame_of(*ROOM, pose_cov=np.zeros((6, 6)))
    assert looked(plain, objects, pose_sigma_m=0.03, pose_sigma_rad=0.02) == looked(covered, objects)
    assert looked(sure, objects)[1][Outcome.THROUGH] > looked(covered, objects)[1][Outcome.THROUGH]


def test_no_objects_and_objects_without_points():
    frame, _ = frame_of(*ROOM)
    assert len(look(frame, remembered([], EYE_POSE), DepthConfig(), pose_sigma_m=0.0, pose_sigma_rad=0.0).outcome) == 0
    empty = dataclasses.replace(mug_memory(), point_count=np.zeros(1, np.int64))
    outcome, points = looked(frame, empty)
    assert outcome is Outcome.OUT
    assert sum(points.values()) == 0


EYE_POSE = sm.look_at(EYE, (1.45, 0.0, 0.76))


def test_any_number_of_threads_and_any_order():
    rng = np.random.default_rng(4)
    worlds = [remembered_world(rng, SIGMA_M, SIGMA_RAD) for _ in range(12)]
    fields = [f.name for f in dataclasses.fields(worlds[0][1])]
    many = type(worlds[0][1])(**{f: np.concatenate([getattr(w, f) for _, w in worlds] * 30) for f in fields})
    assert len(many.yaw_rad) > 2000  # else nothing is shared out among threads
    frame, _ = frame_of(*worlds[0][0], *ROOM, X_WC=looking_at_the_table(rng))
    alone, shared = (look(frame, many, DepthConfig(), **SIGMAS, threads=threads) for threads in (1, 3))
    assert (alone.counts == shared.counts).all()
    assert (alone.outcome == shared.outcome).all()
    order = rng.permutation(len(many.yaw_rad))
    mixed = type(many)(**{f: getattr(many, f)[order] for f in fields})
    again = look(frame, mixed, DepthConfig(), **SIGMAS)
    assert (again.counts == alone.counts[order]).all()


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), sigma=st.sampled_from([0.0, 0.01, 0.05]))
def test_with_a_true_pose_what_is_there_is_never_seen_through(seed, sigma):
    """However uncertain the pose is said to be, wherever one looks from."""
    rng = np.random.default_rng(seed)
    things, objects = remembered_world(rng, 0.0, 0.0)
    X_WC = looking_at_the_table(rng)
    frame, _ = frame_of(*things, *ROOM, *people(rng, X_WC[:3, 3]), X_WC=X_WC)
    looks = look(measured(frame, X_WC, rng), objects, DepthConfig(), pose_sigma_m=sigma, pose_sigma_rad=sigma)
    assert (looks.outcome != Outcome.THROUGH).all()
    assert (looks.counts.sum(axis=1) <= objects.point_count).all()


def false_misses(seed: int, worlds: int, frames: int) -> tuple[int, int, int]:
    """Look for things that are there; return object-frames, those seen through, and how often three in a row."""
    rng, looks, through, rows = np.random.default_rng(seed), 0, 0, 0
    for _ in range(worlds):
        things, objects = remembered_world(rng, SIGMA_M, SIGMA_RAD)
        gone = []
        for _ in range(frames):
            X_WC = looking_at_the_table(rng)
            frame, _ = frame_of(*things, *ROOM, *people(rng, X_WC[:3, 3]), X_WC=X_WC)
            frame = measured(frame, jolted(X_WC, rng, SIGMA_M, SIGMA_RAD), rng)
            seen = look(frame, objects, DepthConfig(), pose_sigma_m=SIGMA_M, pose_sigma_rad=SIGMA_RAD)
            gone.append(seen.outcome == Outcome.THROUGH)
        gone = np.array(gone)
        looks, through = looks + gone.size, through + int(gone.sum())
        rows += int((gone[:-2] & gone[1:-1] & gone[2:]).sum())
    return looks, through, rows


def test_people_errors_and_other_things_make_nothing_missing():
    looks, through, rows = false_misses(0, 6, 8)
    assert looks > 250
    assert through <= 0.005 * looks
    assert rows == 0


@pytest.mark.slow
def test_none_of_ten_thousand_things_that_are_there_is_called_missing():
    looks, through, rows = false_misses(1, 150, 12)
    assert looks >= 10_000
    assert through <= 0.005 * looks
    assert rows == 0


def test_most_frames_that_show_where_a_thing_was_see_through_it():
    """Things of 8 cm and more, in clear view, with pose and depth as far off as above: what their errors leave."""
    rng, seen, through = np.random.default_rng(3), 0, 0
    for _ in range(12):
        _, objects = remembered_world(rng, SIGMA_M, SIGMA_RAD)
        for _ in range(3):
            X_WC = looking_at_the_table(rng)
            frame = measured(frame_of(*ROOM, X_WC=X_WC)[0], jolted(X_WC, rng, SIGMA_M, SIGMA_RAD), rng)
            looks = look(frame, objects, DepthConfig(), pose_sigma_m=SIGMA_M, pose_sigma_rad=SIGMA_RAD)
            in_view = (looks.counts[:, Outcome.OUT] == 0) & (objects.size_m[:, 2] > 0.08)
            seen += int(in_view.sum())
            through += int((looks.outcome[in_view] == Outcome.THROUGH).sum())
    assert seen > 120
    assert through >= 0.8 * seen


def test_three_looks_are_enough_and_one_is_not():
    """Without decay, Bayes' rule alone: from 0.98."""
    q_there, q_gone = LIKELIHOODS[Outcome.THROUGH]
    after = [1 / (1 + 0.02 / 0.98 * (q_gone / q_there) ** n) for n in range(4)]
    assert after[1] > 0.3
    assert after[3] < 0.1
    assert set(LIKELIHOODS) == set(Outcome)
    assert all(q == (1.0, 1.0) for o, q in LIKELIHOODS.items() if o not in (Outcome.THROUGH, Outcome.AT))


# the points that are kept


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 512))
def test_a_sample_is_some_of_the_points_to_a_millimetre(seed, count):
    rng = np.random.default_rng(seed)
    center_W, size_m = rng.uniform(-20, 20, 3), rng.uniform(0.01, 3.0, 3)
    X_WC = sm.look_at(center_W + np.array([size_m.max() + 1, 0.3, 0.5]), center_W)
    points_W = (center_W + rng.uniform(-0.7, 0.7, (count, 3)) * size_m).astype(np.float32)
    points_mm = sample(points_W, center_W, size_m, X_WC)
    near = np.linalg.norm(points_W - center_W, axis=1) <= np.linalg.norm(size_m) / 2 + 1e-9
    assert len(points_mm) == min(POINTS_MAX, near.sum()) or POINTS_MAX // 2 <= len(points_mm) < POINTS_MAX
    apart = np.linalg.norm(center_W + points_mm[:, None] / 1000 - points_W[None], axis=2)
    assert (apart.min(axis=1, initial=1.0) < 0.001).all()
    assert (sample(points_W, center_W, size_m, X_WC) == points_mm).all()


def test_a_sample_is_spread_out_and_keeps_away_from_the_outline():
    crate = ((1.2, -0.25, 0.7), (1.5, 0.25, 1.1))
    frame, shows = frame_of(crate, *ROOM)
    sighted = seen_by(frame, shows, 0)
    assert sighted is not None
    points_mm = sample(sighted.points_W, sighted.center_W, sighted.size_m, frame.X_WC)
    assert len(points_mm) == POINTS_MAX
    apart = np.linalg.norm(points_mm[:, None].astype(float) - points_mm[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() > 30
    points_C = sm.transform(sm.inverse(frame.X_WC), sighted.center_W + points_mm / 1000)
    u = np.rint(CAMERA.fx * points_C[:, 0] / points_C[:, 2] + CAMERA.cx).astype(int)
    v = np.rint(CAMERA.fy * points_C[:, 1] / points_C[:, 2] + CAMERA.cy).astype(int)
    beside = [shows[v + j, u + i] == 0 for j in (-1, 0, 1) for i in (-1, 0, 1)]
    assert np.all(beside)
    span = np.ptp(points_C[:, :2], axis=0)
    assert (span > 0.6 * np.ptp(sm.transform(sm.inverse(frame.X_WC), sighted.points_W)[:, :2], axis=0)).all()


def test_no_points_no_sample():
    nothing = sample(np.zeros((0, 3), np.float32), np.zeros(3), np.ones(3), EYE_POSE)
    assert nothing.shape == (0, 3)
    assert nothing.dtype == np.int16
