"""Ways of an arm past solids on a map of 1 cm: python tests/benchmarks/motion_bench.py [--problems 20]

MotionBenchMaker's problems for Franka's Panda (Chamzas et al. 2022), so many of each kind. The planner does not get the
solids: points all over their surfaces are integrated as one scan into an octree of 1 cm, and the way is planned with
the arm's spheres on the distances in it; unknown space counts as free, for nobody has looked at it. Problems whose
start or goal is not free there are excluded and counted, with those whose meshes touch even in truth.

Solved is what is planned within `--seconds`, the distances included (the scan is not). A judge that shares nothing with
the planner then looks at every way: pinocchio places the arm's meshes, coal tests them against the exact solids and
each other, at steps in which no corner of a mesh moves more than 1 cm. The scenes' allowed collisions of links hold
for the judge; the planner checks all links that are no neighbours. Nothing is held, and the limits are MoveIt's. The
gripper is as the request says: its fingers 13 cm apart, more than a real one's.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from measure import show

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from exact_arm import ExactArm
from motion_problems import KINDS, Problem, motion_problems, surface_points
from panda_arm import FINGERS, LIMITS, TIP, panda

import spatialmem as sm
from planners.manipulation.arm import Joint, arm_model
from planners.manipulation.checking import ArmCheck
from planners.manipulation.kernels import warm_up
from planners.manipulation.motion import Motion, MotionConfig, plan_motion
from planners.manipulation.scene import field_of
from planners.manipulation.spheres import arm_body, panda_spheres

BOUNDS_M = ((-1.2, -1.2, -0.9), (1.2, 1.2, 1.5))
"""All that the arm reaches."""
ELBOW = Joint("panda_joint4", -3.0718, 0.0175, 2.175)
"""Some goals need more than the data sheet allows."""
EYE = (0.0, 0.0, 3.0)
SPACING_M = 0.003


@dataclass
class Figures:
    """What became of the problems of one kind."""

    problems: int = 0
    excluded: int = 0
    truly: int = 0
    field_s: list[float] = field(default_factory=list)
    solved_s: list[float] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    unsolved: list[int] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Count another kind in."""
        for name in ("problems", "excluded", "truly", "field_s", "solved_s", "lengths", "unsolved", "invalid"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def row(self, kind: str) -> list[str]:
        """As the table has it."""
        tried = self.problems - self.excluded
        times, lengths = np.array(self.solved_s or [np.nan]), np.array(self.lengths or [np.nan])
        return [
            kind,
            f"{self.problems}",
            f"{self.excluded} ({self.truly})",
            f"{len(self.solved_s)}/{tried}",
            f"{np.median(self.field_s):.2f} s",
            f"{np.median(times):.2f} s",
            f"{np.quantile(times, 0.95):.2f} s",
            f"{np.median(lengths):.1f} rad",
            f"{len(self.invalid)}",
        ]


def mapped(problem: Problem) -> sm.Octree:
    """What a scanner above the arm has mapped of the surfaces, were nothing ever hidden from it."""
    points = surface_points(problem.solids, SPACING_M)
    near = (np.abs(points - np.mean(BOUNDS_M, axis=0)) <= 1.25).all(axis=1)
    octree = sm.Octree(sm.OctreeConfig(voxel_size_m=0.01))
    X_WS = np.eye(4)
    X_WS[:3, 3] = EYE
    octree.integrate_scan(points[near] - EYE, X_WS, sm.DepthConfig(range_max_m=6.0))
    return octree


def solve(problem: Problem, judge: ExactArm, seconds: float, seed: int, figures: Figures) -> None:
    """Plan one problem, let the way be judged, and count it."""
    arm = arm_model(panda().urdf, tip=TIP, limits=[*LIMITS, ELBOW], fingers=FINGERS)
    body = arm_body(arm, panda_spheres(), width_m=problem.width_m)
    start_rad, goal_rad = arm.vector(problem.start_rad), arm.vector(problem.goal_rad)
    octree = mapped(problem)
    figures.problems += 1
    begun = time.perf_counter()
    room = field_of(octree, BOUNDS_M, unknown_is=sm.State.FREE)
    check = ArmCheck(body, room, np.eye(4))
    figures.field_s.append(time.perf_counter() - begun)
    if any(check.touching(joints_rad) or not arm.is_within(joints_rad, 1e-6) for joints_rad in (start_rad, goal_rad)):
        figures.excluded += 1
        truly = any(judge.touches(problem, ends) for ends in (problem.start_rad, problem.goal_rad))
        figures.truly += truly
        why = check.touching(start_rad) or check.touching(goal_rad) or "limits"
        room_mm = 1e3 * min(judge.room_m(problem, ends) for ends in (problem.start_rad, problem.goal_rad))
        print(f"{problem.kind} {problem.number}: excluded, {why}; the exact room is {room_mm:.1f} mm")
        return
    motion = plan_motion(check, start_rad, [goal_rad], seed=seed, config=MotionConfig(seconds_max=seconds))
    taken = time.perf_counter() - begun
    if not isinstance(motion, Motion) or taken > seconds:
        figures.unsolved.append(problem.number)
        print(f"{problem.kind} {problem.number}: not solved, {getattr(motion, 'reason', 'too late')}")
        return
    figures.solved_s.append(taken)
    figures.lengths.append(motion.length_rad)
    if words := judge.first_touch(problem, [arm.positions(vector) for vector in motion.path_rad]):
        figures.invalid.append(f"{problem.kind} {problem.number}: {words}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--problems", type=int, default=20, help="of each kind")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    chosen = parser.parse_args()
    warm_up()
    judge, by_kind, total = ExactArm(), {kind: Figures() for kind in chosen.kinds}, Figures()
    for problem in motion_problems(tuple(chosen.kinds), chosen.problems):
        solve(problem, judge, chosen.seconds, chosen.seed, by_kind[problem.kind])
    for figures in by_kind.values():
        total.add(figures)
        for words in figures.invalid:
            print(f"not valid: {words}")
    show(
        "MotionBenchMaker's Panda on a map of 1 cm; time: distances and planning",
        ["kind", "problems", "excluded (touch in truth)", "solved", "distances", "median", "p95", "length", "invalid"],
        [*(figures.row(kind) for kind, figures in by_kind.items()), total.row("all")],
    )
