"""Somebody else carries a basket away in view: what is in it goes along, and is not judged by its old place."""

import numpy as np
import pytest
from told_belief import Rig, box_of
from told_objects import record

from spatialmem.belief import Belief, How
from spatialmem.config import ShortTermConfig

CUP, BASKET = 1, 2
FROM_W, TO_W = np.array((1.45, 0.0, 0.77)), np.array((1.45, 0.45, 0.77))
CUP_W = FROM_W - (0.0, 0.0, 0.03)
SIZE_M = (0.3, 0.3, 0.14)
WAY_M = TO_W - FROM_W
BESIDE_M = np.array((0.0, 0.1, 0.0))


def basket(told=True, size_m=SIZE_M, at_W=FROM_W):
    """A cup that the robot has put into a basket on the table."""
    said = {"in": str(BASKET)} if told else {}
    it = Rig(
        record(CUP, "cup", CUP_W, (0.06, 0.06, 0.06), attributes=said),
        record(BASKET, "basket", at_W, size_m),
    )
    it.settle(BASKET, times=5)
    it.settle(BASKET, CUP, times=5)
    return it


def carried(it, *besides, way_m=WAY_M, steps=4, moves=True):
    """Let somebody carry the basket along, in view; return what is told of what goes along."""
    start_W, told = it.objects.records[BASKET].center_W, []
    for step in range(1, steps + 1):
        speed = np.array((0.0, 0.2, 0.0)) if moves and step < steps else np.zeros(3)
        it.objects.change(BASKET, center_W=start_W + way_m * step / steps, velocity_W_m_s=speed)
        for one in besides:
            it.objects.change(one, center_W=CUP_W + way_m * step / steps, velocity_W_m_s=speed)
        told.append(follow(it, it.see(BASKET, *besides, after_s=0.2)))
    return told


def follow(it, verdict):
    """Do with the objects what a verdict says of what goes along."""
    for one in verdict.along:
        center_W = it.objects.records[one.id].center_W + one.shift_W
        it.objects.change(one.id, center_W=center_W, covariance_W=np.eye(3) * one.sigma_m**2)
    return verdict


def rest(it, *seen, times=6):
    for _ in range(times):
        follow(it, it.see(*seen, after_s=0.2))


def where(it):
    return it.objects.records[CUP].center_W


@pytest.mark.parametrize("moves", [True, False])
def test_what_nobody_sees_goes_along_with_what_it_is_in(moves):
    it = basket()
    before = it.belief.view().rates.rate("cup")
    verdicts = carried(it, moves=moves)
    assert all([one.id for one in verdict.along] == [CUP] for verdict in verdicts)
    rest(it, BASKET)
    assert where(it) == pytest.approx(CUP_W + WAY_M)
    for _ in range(3):  # its old place is empty by now
        it.look(box_of(it.objects.records[BASKET]), at=tuple(CUP_W))
    assert not it.objects.records[CUP].missing
    assert 0.85 < it.p(CUP) < 0.95  # a little less surely than what is seen
    assert (it.cell(CUP, "how"), it.cell(CUP, "support")) == (How.IN, BASKET)
    assert {kind for one, kind in it.told() if one == CUP} == {"first_seen"}
    assert it.told()[-1] == (BASKET, "moved")
    assert it.belief.view().rates.rate("cup").alpha == before.alpha  # it was not moved by itself


def test_what_is_seen_to_go_along_stays_in_it():
    it = basket()
    verdicts = carried(it, CUP)
    rest(it, BASKET, CUP)
    assert not any(verdict.displaced or verdict.along for verdict in verdicts)
    assert (it.cell(CUP, "how"), it.cell(CUP, "support")) == (How.IN, BASKET)
    assert it.cell(CUP, "center") == pytest.approx(CUP_W + WAY_M)
    assert it.p(CUP) == pytest.approx(0.98)
    assert (CUP, "moved") not in it.told()
    assert it.belief.view().kept.rides == {}  # all of it rests


def test_it_comes_back_to_where_it_was():
    it = basket()
    carried(it)
    rest(it, BASKET)
    carried(it, way_m=-WAY_M)
    rest(it, BASKET)
    assert where(it) == pytest.approx(CUP_W)


def test_who_is_seen_elsewhere_has_left():
    it = basket()
    carried(it)
    rest(it, BASKET)
    it.objects.change(CUP, center_W=CUP_W, covariance_W=np.eye(3) * 0.005**2)
    verdict = it.see(CUP, BASKET)
    assert verdict.displaced == (CUP,)
    assert it.told()[-1] == (CUP, "moved")
    assert it.cell(CUP, "how") != How.IN
    assert it.belief.view().kept.rides == {}


def test_what_is_not_seen_while_it_goes_along_is_not_missed():
    it = basket()
    it.objects.change(BASKET, velocity_W_m_s=np.array((0.0, 0.2, 0.0)), center_W=FROM_W + WAY_M / 2)
    follow(it, it.see(BASKET))
    assert it.cell(CUP, "hidden")
    for _ in range(5):
        assert it.look().missing == ()


def test_what_is_in_it_is_not_beside_it():
    """Where it was measured to be was wrong, or its container turned out to be smaller."""
    it = basket()
    it.objects.change(BASKET, size_m=(0.3, 0.04, 0.14))
    it.objects.change(CUP, center_W=CUP_W + BESIDE_M)
    rest(it, BASKET, CUP)
    carried(it)
    rest(it, BASKET)
    assert abs(where(it)[1] - it.objects.records[BASKET].center_W[1]) <= 0.02 + 1e-9


def test_what_stood_beside_it_stays():
    it = Rig(record(CUP, "cup", CUP_W - WAY_M, (0.06, 0.06, 0.06)), record(BASKET, "basket", FROM_W, SIZE_M))
    it.settle(BASKET, CUP, times=5)
    assert all(verdict.along == () for verdict in carried(it))


def test_a_cupboard_that_is_measured_anew_takes_nothing_along():
    it = basket(size_m=(0.9, 0.9, 0.14))
    assert all(verdict.along == () for verdict in carried(it, moves=False))


def test_what_goes_along_goes_on_after_it_was_written_down():
    one, other = basket(), basket()
    for it in (one, other):
        carried(it, steps=3)
        assert it.belief.view().kept.rides[CUP].carrier == BASKET
    other.belief = Belief.load(one.belief.dump(), ShortTermConfig())
    for it in (one, other):
        carried(it, way_m=-WAY_M)
        rest(it, BASKET, CUP)
    assert one.belief.dump() == other.belief.dump()


def test_who_takes_out_what_goes_along_has_it():
    it = basket()
    carried(it)
    it.objects.change(CUP, attributes={"held": "yes"})
    it.act("picked_up", CUP)
    assert it.belief.view().kept.rides == {}
    assert it.cell(CUP, "how") == How.HELD
