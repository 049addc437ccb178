"""Where a thing is seen after it was let go over a basket, by points made by hand."""

import numpy as np
import pytest
from worded_memory import thing

from planners.manipulation.carried import Carried
from planners.manipulation.contents import seen_after

TABLE_M, SIZE = 0.74, (0.30, 0.22, 0.14)
STEP_M = 0.004
BASKET = thing(7, "basket", (1.0, 2.0, TABLE_M + SIZE[2] / 2), SIZE)
CAN = Carried(object_id=1, X_GK=np.eye(4), size_m=np.array([0.066, 0.066, 0.12]), width_m=0.066)


def plane(x, y, z):
    """Points of a grid: of two of x, y, z a range, of one a number."""
    axes = [np.arange(one[0], one[1], STEP_M) if isinstance(one, tuple) else np.array([one]) for one in (x, y, z)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


def table():
    flat = plane((0.5, 1.5), (1.5, 2.5), TABLE_M)
    return flat[~((np.abs(flat[:, 0] - 1.0) < 0.15) & (np.abs(flat[:, 1] - 2.0) < 0.11))]


def basket(by_m=0.0):
    """The floor, and the faces that somebody sees who looks from low x."""
    x, y, z = ((low, high) for low, high in ((0.85, 1.15), (1.89, 2.11), (TABLE_M, TABLE_M + 0.14)))
    walls = [plane(0.85, y, z), plane(1.138, y, z), plane(x, 1.89, z), plane(x, 2.11, z), plane(x, y, TABLE_M + 0.012)]
    return np.concatenate(walls) + np.array([by_m, 0.0, 0.0])


def can(x, y, bottom_m, *, lies=False):
    """The side of a can that is seen from low x, and its top; or of one that lies on its side, along y."""
    turn = np.linspace(np.pi / 2, 3 * np.pi / 2, 40)
    at, z = np.meshgrid(turn, np.arange(0.0, 0.12, STEP_M))
    side = np.stack([0.033 * np.cos(at), 0.033 * np.sin(at), z], axis=-1).reshape(-1, 3)
    top = plane((-0.033, 0.033), (-0.033, 0.033), 0.12)
    points = np.concatenate([side, top[np.hypot(top[:, 0], top[:, 1]) <= 0.033]])
    if lies:
        points = np.column_stack([points[:, 0], points[:, 2] - 0.06, points[:, 1] + 0.033])
    return points + np.array([x, y, bottom_m])


BEFORE = np.concatenate([table(), basket()])


def seen(*now, others=()):
    noise = np.random.default_rng(0).normal(0.0, 0.002, (sum(map(len, now)), 3))
    return seen_after(BASKET, CAN, BEFORE, np.concatenate(now) + noise, others)


@pytest.mark.parametrize("lies", [False, True])
def test_what_is_in_it_is_seen_in_it(lies):
    assert seen(BEFORE, can(1.0, 2.0, TABLE_M + 0.012, lies=lies)) == "in"


@pytest.mark.parametrize("at", [(0.78, 2.0), (1.0, 1.83), (1.25, 2.05)])
@pytest.mark.parametrize("lies", [False, True])
def test_what_lies_beside_it_is_seen_there(at, lies):
    assert seen(BEFORE, can(at[0], at[1], TABLE_M, lies=lies)) == "beside"


def test_what_nobody_sees_is_nowhere():
    assert seen(BEFORE) == "nowhere"
    assert seen_after(BASKET, CAN, np.empty((0, 3)), np.empty((0, 3))) == "nowhere"


def test_a_basket_that_was_pushed_is_not_beside_itself():
    assert seen(table(), basket(0.025)) != "beside"
    assert seen(table(), basket(0.025), can(1.0, 2.0, TABLE_M + 0.012)) == "in"


def test_what_stood_beside_it_before_is_not_what_was_put_down():
    """Hidden behind the hand when it was looked at first."""
    there = thing(8, "can", (0.75, 2.0, TABLE_M + 0.06), (0.066, 0.066, 0.12))
    standing = can(0.75, 2.0, TABLE_M)
    assert seen(BEFORE, standing, others=(there,)) == "nowhere"
    assert seen(BEFORE, standing, can(1.0, 2.0, TABLE_M + 0.012), others=(there,)) == "in"
    assert seen(BEFORE, standing, can(1.0, 1.8, TABLE_M), others=(there,)) == "beside"


@pytest.mark.parametrize("high_m", [TABLE_M, 1.8], ids=["table", "shelf"])
def test_what_it_stands_on_or_in_hides_nothing(high_m):
    """The box of a table reaches up to the basket, that of a shelf round it."""
    piece = thing(4, "piece", (1.0, 2.0, high_m / 2), (1.2, 1.0, high_m))
    assert seen(BEFORE, can(0.78, 2.0, TABLE_M, lies=True), others=(piece,)) == "beside"
    assert seen(BEFORE, can(1.0, 2.0, TABLE_M + 0.012), others=(piece,)) == "in"


def test_what_leans_out_of_it_is_in_it():
    """Over the rim, at the height of which nothing lies on the table."""
    leaning = can(0.83, 2.0, TABLE_M + 0.145, lies=True)
    assert seen(BEFORE, leaning) != "beside"
