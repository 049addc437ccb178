"""Where to stand: on the side from which the arm is clear, and anywhere rather than nowhere."""

import contextlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("ompl")

from surveyed_halls import husky_limb, surveyed_hall

from planners.manipulation import standing
from planners.manipulation.grasps import Thing, grasps_of
from planners.manipulation.remembered import remembered
from planners.manipulation.standing import OUT_M, Wanted, footings
from planners.manipulation.workspace import Workspace
from sim.suites.setup import Setup
from sim.worlds.home import Furniture, Home, Room
from sim.worlds.home import Thing as Placed
from spatialmem import Unknown

HOME = Home(
    "hall",
    rooms=(Room("hall", (0.0, 0.0), (5.0, 5.0)),),
    doorways=(),
    furniture=(Furniture("table-1", 2.5, 2.5, 0.0, (0.5, 1.2, 0.74)),),
    things=(Placed("can-1", "can_red", "table-1/top", (2.5, 2.5, 0.74)),),
)
SETUP = Setup()


@dataclass
class OnlyBefore:
    """An arm that is free where its base stands before the table, by x, or behind it."""

    sign: float
    x_m: float

    def is_free(self, joints_rad: np.ndarray) -> bool:
        return self.sign * (self.x_m - 2.5) > 0.0


@pytest.fixture(scope="module")
def limb():
    return husky_limb()


@pytest.fixture(scope="module")
def view():
    with contextlib.closing(SETUP.loaded(surveyed_hall(HOME, SETUP), HOME)) as memory:
        yield memory.view()


@pytest.fixture(scope="module")
def can(view) -> Thing:
    found = view.where("can", k=1)
    assert not isinstance(found, Unknown)
    return remembered(found[0].object)


@pytest.fixture(scope="module")
def wanted(can) -> list[Wanted]:
    return [Wanted(X_WG=g.X_WG, before_WG=g.backed(0.06), score=g.score) for g in grasps_of(can)[:24]]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_it_stands_where_the_arm_is_clear(view, limb, wanted, sign):
    def clear(X_WB) -> Any:
        return OnlyBefore(sign, float(X_WB[0, 3]))

    here_W = np.array([2.5 - sign, 1.0, 0.0])
    (found,) = footings(view, here_W, wanted, limb, SETUP.navigation, k=1, clear=clear)
    assert sign * (found.p_m[0] - 2.5) > 0.0


def test_where_the_arm_is_clear_nowhere_it_stands_where_it_reaches(view, limb, wanted):
    here_W = np.array([1.0, 1.0, 0.0])
    never: Any = OnlyBefore(1.0, 0.0)
    without = footings(view, here_W, wanted, limb, SETUP.navigation, k=1)
    assert without
    assert footings(view, here_W, wanted, limb, SETUP.navigation, k=1, clear=lambda _: never)
    assert footings(view, here_W, (), limb, SETUP.navigation, k=1) == ()


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_it_stands_where_a_way_leads_if_there_is_such_a_place(view, limb, wanted, sign, monkeypatch):
    def one_side(ground, start_m, config):
        _, columns = np.indices(ground.room_m.shape)
        return sign * (ground.floor.origin_m[0] + columns * ground.floor.cell_m - 2.5) > 0.3

    here_W = np.array([2.5 - sign, 1.0, 0.0])
    (freely,) = footings(view, here_W, wanted, limb, SETUP.navigation, k=1)
    assert sign * (freely.p_m[0] - 2.5) < 0.0  # it is nearer
    monkeypatch.setattr(standing, "reached_from", one_side)
    (found,) = footings(view, here_W, wanted, limb, SETUP.navigation, k=1)
    assert sign * (found.p_m[0] - 2.5) > 0.3
    monkeypatch.setattr(standing, "reached_from", lambda ground, *_: np.zeros(ground.room_m.shape, bool))
    assert footings(view, here_W, wanted, limb, SETUP.navigation, k=1)  # over floor that nobody has seen


def test_a_place_is_entered_from_where_there_is_room_to_turn(view, limb, wanted):
    for one in footings(view, np.array([1.0, 1.0, 0.0]), wanted, limb, SETUP.navigation):
        assert one.entry is not None
        out_m = np.maximum(np.abs(np.array(one.entry[:2]) - 2.5) - (0.25, 0.6), 0.0)
        assert np.hypot(*out_m) >= SETUP.navigation.turn_m - 0.15
        assert np.hypot(*(np.array(one.entry[:2]) - one.p_m)) <= OUT_M + 0.1


def test_what_is_remembered_is_in_the_way_of_the_arm_but_for_the_thing_itself(view, limb, can):
    """A hand at the can is clear where the can is left out, and a hand in the table is not."""
    clear = Workspace(limb).remembered(view, can.center_W, 0.08, can)
    blocked = Workspace(limb).remembered(view, can.center_W, 0.08)
    X_WB = np.eye(4)
    X_WB[:2, :2] = [[0.0, -1.0], [1.0, 0.0]]
    X_WB[:3, 3] = 1.85, 2.45, 0.0
    over, inside = (np.diag([1.0, -1.0, -1.0, 1.0]) for _ in range(2))
    over[:3, 3] = can.center_W + np.array([0.0, 0.0, 0.03])
    inside[:3, 3] = can.center_W - np.array([0.0, 0.0, 0.25])
    hands = [limb.inverse.solve(limb.X_RW(X_WB) @ X_WG, limb.stowed_rad, count=8, tries=60) for X_WG in (over, inside)]
    assert len(hands[0])
    assert any(clear(X_WB).is_free(one) for one in hands[0])
    assert not any(blocked(X_WB).is_free(one) for one in hands[0])
    assert not any(clear(X_WB).is_free(one) for one in hands[1])
