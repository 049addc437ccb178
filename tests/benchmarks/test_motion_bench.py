"""The judge of the motion benchmark sees what it must see, and a few of its problems are solved as it should be."""

import sys
from pathlib import Path

import numpy as np
import pytest
from exact_arm import ExactArm
from motion_problems import Problem, Solid, motion_problems, needs_motion_bench, surface_points
from panda_arm import READY_RAD, panda

import spatialmem as sm
from planners.manipulation.checking import ArmCheck
from planners.manipulation.scene import field_of
from planners.manipulation.spheres import arm_body, panda_spheres

sys.path.insert(0, str(Path(__file__).resolve().parent))

JUDGE = ExactArm()
NAMES = panda().names
READY = dict(zip(NAMES, READY_RAD, strict=True))


def among(*solids, width_m=0.08):
    return Problem("made", 1, READY, READY, width_m, solids, frozenset())


def solid(kind, size_m, center):
    X_WK = np.eye(4)
    X_WK[:3, 3] = center
    return Solid("thing", kind, size_m, X_WK)


def test_the_judge_sees_what_touches():
    x, y, z = JUDGE.poses(READY, 0.08)["panda_leftfinger"].translation
    assert JUDGE.touches(among(), READY) == ""
    assert JUDGE.touches(among(solid("box", (0.02, 0.02, 0.02), (x, y, z - 0.02))), READY).endswith("and thing")
    assert JUDGE.touches(among(solid("cylinder", (0.05, 0.3), (0.3, 0.0, 0.2))), READY) == ""
    assert JUDGE.touches(among(solid("cylinder", (0.05, 0.7), (0.3, 0.0, 0.2))), READY) != ""
    folded = READY | {"panda_joint2": -1.7, "panda_joint4": -3.05, "panda_joint6": 0.0}
    assert JUDGE.touches(among(), folded) != ""  # itself


def test_the_judge_measures_room():
    under = solid("box", (0.4, 0.4, 0.1), (0.45, 0.0, 0.3))
    lowest = min(
        (corners @ JUDGE.poses(READY, 0.08)[link].rotation.T + JUDGE.poses(READY, 0.08)[link].translation)[:, 2].min()
        for link, corners in JUDGE._corners.items()
        if "finger" in link
    )
    assert JUDGE.room_m(among(under), READY) == pytest.approx(lowest - 0.35, abs=1e-4)


def test_the_judge_looks_all_along_a_way():
    post = among(solid("box", (0.012, 0.012, 1.4), (0.32, 0.0, 0.4)))
    ends = [READY | {"panda_joint1": angle} for angle in (0.9, -0.9)]
    assert all(JUDGE.touches(post, end) == "" for end in ends)
    assert JUDGE.first_touch(post, ends) != ""
    assert JUDGE.first_touch(among(), ends) == ""
    dense = JUDGE.between(ends, 0.08, 0.01)
    tips = np.array([JUDGE.poses(one, 0.08)["panda_leftfinger"].translation for one in dense])
    assert np.linalg.norm(np.diff(tips, axis=0), axis=1).max() <= 0.01


def test_points_lie_all_over_a_surface():
    box, rod = solid("box", (0.1, 0.2, 0.05), (1.0, 0.0, 0.0)), solid("cylinder", (0.05, 0.2), (0.0, 1.0, 0.0))
    local = np.abs(surface_points((box,), 0.01) - (1.0, 0.0, 0.0)) - np.array(box.size_m) / 2
    assert np.allclose(local.max(axis=1), 0, atol=1e-12)
    points = surface_points((rod,), 0.01) - (0.0, 1.0, 0.0)
    aside, up = np.hypot(points[:, 0], points[:, 1]), np.abs(points[:, 2])
    assert np.allclose(np.maximum(aside - 0.05, up - 0.1), 0, atol=1e-12)
    assert len(points) > 2 * np.pi * 0.05 * 0.2 / 0.01**2


@needs_motion_bench
@pytest.mark.parametrize("kind", ["table_pick", "bookshelf_small"])
def test_problems_are_solved_and_the_judge_agrees(kind):
    from motion_bench import Figures, solve

    figures = Figures()
    (problem,) = motion_problems((kind,), 1)
    solve(problem, JUDGE, 60.0, 0, figures)
    assert (figures.problems, figures.excluded) == (1, 0)
    assert len(figures.solved_s) == 1
    assert figures.invalid == []


@needs_motion_bench
def test_the_reader_knows_them_all():
    problems = list(motion_problems(count=2))
    assert len(problems) == 14
    assert all(problem.solids and set(NAMES) <= set(problem.start_rad) for problem in problems)
    assert {problem.width_m for problem in problems} == {0.13}
    assert {one.kind for problem in problems for one in problem.solids} == {"box", "cylinder"}


def test_an_arm_whose_spheres_are_clear_of_each_other_is_clear_of_itself():
    arm, rng = panda(), np.random.default_rng(3)
    octree = sm.Octree(sm.OctreeConfig(voxel_size_m=0.05, budget_mib=16))
    field = field_of(octree, ((-1.3, -1.3, -0.9), (1.3, 1.3, 1.5)), unknown_is=sm.State.FREE)
    check = ArmCheck(arm_body(arm, panda_spheres(), width_m=0.08), field, np.eye(4))
    said, touching = 0, 0
    for joints_rad in rng.uniform(arm.low_rad, arm.high_rad, (150, 7)):
        touches = JUDGE.touches(among(), arm.positions(joints_rad)) != ""
        assert not (touches and check.is_free(joints_rad))
        said, touching = said + (not check.is_free(joints_rad)), touching + touches
    assert 5 < touching <= said < 2 * touching  # nor is it said much too often
