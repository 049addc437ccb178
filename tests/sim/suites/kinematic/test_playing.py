"""Where a wish leads: how far the robot is from there, and how near it came."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from homes import two_rooms

pytest.importorskip("unified_planning")

from sim import Simulation
from sim.poses import yaw_pose
from sim.suites.kinematic.hand import KinematicHand
from sim.suites.kinematic.playing import Referee
from sim.suites.kinematic.wishes import Wish
from sim.suites.longhorizon.figures import report_of

AT = (4.8, 3.3)
WISH = Wish(kind="fetch", thing="bottle-1", at_m=AT)
DRIVE: Any = SimpleNamespace(command=SimpleNamespace(inputs=()), metres=0.0)
VIEW: Any = None


@pytest.fixture
def stood():
    """A robot that stands before who asks, a bottle in the other room."""
    with Simulation(two_rooms(), mode="fast", robot="differential", X_WB=yaw_pose(*AT, 0.0)) as simulation:
        yield simulation, KinematicHand(simulation.world, simulation.robot)


def referee(simulation, hand):
    return Referee(simulation, hand, SimpleNamespace(results=[]), [WISH])  # pyright: ignore[reportArgumentType]


def report(row):
    """The figures of one task of which this was the only wish."""
    base = {"seed": 0, "arm": "none", "episode": 0, "error": "", "kind": "1", "success": False, "legs_m": [6.0]}
    base |= {"metres": 0.0, "seconds": 1.0, "shortest_m": 6.0, "budget_m": 24.0, "budget_s": 90.0}
    return report_of([{**base, "bumps": [], "wall": {}, "turns": [row]}]).figures["none"]


@pytest.mark.usefixtures("unchecked_shapes")
def test_who_does_nothing_has_not_come_near(stood):
    """The robot stands where the thing is to be brought: that is not where the wish leads as long as nobody took it."""
    looks = referee(*stood)
    looks.look(DRIVE, VIEW)
    looks.finish(0.0)
    (row,) = looks.rows()
    assert not row["taken"]
    assert row["nearest_m"] == row["stop_m"] == row["nearest_thing_m"] == row["stop_thing_m"] > 2.0
    assert (row["nearest_at_m"], row["stop_at_m"]) == (None, 0.0)
    figures = report(row)
    assert figures["osr"]["value"] == 0.0
    assert figures["ne_m"]["value"] == row["stop_thing_m"]


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_was_taken_leads_to_who_asked(stood):
    simulation, hand = stood
    looks = referee(simulation, hand)
    looks.look(DRIVE, VIEW)
    hand.thing = "bottle-1"
    simulation.world.remove("bottle-1")
    looks.look(DRIVE, VIEW)
    looks.finish(0.0)
    (row,) = looks.rows()
    assert row["taken"]
    assert (row["stop_m"], row["nearest_m"], row["nearest_at_m"]) == (0.0, 0.0, 0.0)
    assert row["stop_thing_m"] is None
    assert row["nearest_thing_m"] > 2.0
    figures = report(row)
    assert (figures["osr"]["value"], figures["ne_m"]["value"]) == (1.0, 0.0)


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_was_put_down_again_leads_to_who_asked_still(stood):
    simulation, hand = stood
    looks = referee(simulation, hand)
    hand.thing = "bottle-1"
    looks.look(DRIVE, VIEW)
    hand.thing = ""
    looks.look(DRIVE, VIEW)
    looks.finish(0.0)
    (row,) = looks.rows()
    assert row["stop_m"] == 0.0
    assert row["nearest_thing_m"] is None
    assert row["stop_thing_m"] > 2.0


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(("kind", "lead"), [("find", "bottle-1"), ("put", "table-1")])
def test_the_others_lead_to_what_is_looked_for_or_put_on(stood, kind, lead):
    simulation, hand = stood
    wish = Wish(kind=kind, thing="bottle-1", piece="table-1")
    looks = Referee(simulation, hand, SimpleNamespace(results=[]), [wish])  # pyright: ignore[reportArgumentType]
    looks.look(DRIVE, VIEW)
    looks.finish(0.0)
    (row,) = looks.rows()
    low_W, high_W = looks._bounds(lead)
    assert row["stop_m"] == pytest.approx(
        np.hypot(*np.maximum(np.maximum(low_W[:2] - AT, AT - high_W[:2]), 0.0)), abs=2e-3
    )
    assert "taken" not in row
