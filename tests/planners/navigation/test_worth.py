"""Where to stand next, and what is not worth the way: in a flat of two rooms of which one was seen."""

import numpy as np
import pytest
from walked_flat import BEDROOM, KITCHEN, Flat

import spatialmem as sm
from planners.navigation import NavigationConfig
from planners.navigation.kernels import field
from planners.navigation.worth import Been, edge_spot, next_spot, next_stand

SMALL = NavigationConfig(footprint_m=(0.5, 0.4), pass_m=0.3, turn_m=0.34, camera_fov_rad=1.03)
HERE = (1.4, 1.2, 0.0)


@pytest.fixture(scope="module")
def kitchen() -> sm.View:
    return Flat(sm.SpatialMemory(), {}).walk(KITCHEN).memory.view()


@pytest.fixture(scope="module")
def all_seen() -> sm.View:
    return Flat(sm.SpatialMemory(), {}).walk(KITCHEN, BEDROOM).memory.view()


def asked(view: sm.View, been: Been | None = None, least: float = 0.03, bounds_m=None) -> sm.ExploreSpot | None:
    return next_stand(view, HERE, least=least, bounds_m=bounds_m, been=been or Been(SMALL.pass_m), config=SMALL)


def test_a_stand_shows_what_is_behind_the_door_and_tells_the_way_round_walls(kitchen: sm.View):
    spot = asked(kitchen)
    assert spot is not None
    assert spot.look_at_W[0] > 4.0
    assert spot.unknown_m2 > 1.0
    straight_m = np.hypot(*(spot.p_W[:2] - HERE[:2]))
    assert straight_m - 0.1 <= spot.route_m <= 1.2 * straight_m + 0.3
    assert spot.value == pytest.approx(spot.unknown_m2 / (spot.route_m + 1.0))


def test_what_is_not_worth_the_way_is_not_gone_to(kitchen: sm.View, all_seen: sm.View):
    spot = asked(kitchen)
    assert spot is not None
    assert asked(kitchen, least=1.01 * spot.value) is None
    assert asked(all_seen) is None


def test_nobody_is_sent_to_where_he_has_been(kitchen: sm.View):
    been, spots = Been(SMALL.pass_m), []
    while (spot := asked(kitchen, been)) is not None and len(spots) < 60:
        assert all(np.hypot(*(spot.p_W[:2] - one)) > 0.39 for one in been.stands_m)
        been.stands_m.append(spot.p_W[:2].copy())
        spots.append(spot)
    assert 1 <= len(spots) < 60
    assert spots[0].value > 2 * spots[-1].value


def test_nothing_beyond_the_bounds_is_looked_at(kitchen: sm.View):
    assert asked(kitchen, bounds_m=((0.0, 0.0), (4.0, 4.0))) is None
    spot = asked(kitchen, bounds_m=((0.0, 0.0), (8.0, 4.0)))
    assert spot is not None


def test_floor_that_nobody_fits_onto_is_worth_nothing(kitchen: sm.View):
    assert asked(kitchen, Been(fits_m=2.5)) is None  # the rooms are 4 m wide
    assert next_spot(kitchen, HERE, config=SMALL) is not None


def test_an_edge_is_driven_up_to_once(kitchen: sm.View, all_seen: sm.View):
    been = Been(SMALL.pass_m)
    first = edge_spot(kitchen, HERE, least=0.03, bounds_m=None, been=been, config=SMALL)
    assert first is not None
    assert np.hypot(*(first.p_W - first.look_at_W)[:2]) < 1.5
    been.edges_m.append(first.p_W[:2].copy())
    second = edge_spot(kitchen, HERE, least=0.03, bounds_m=None, been=been, config=SMALL)
    assert second is None or np.hypot(*(second.p_W - first.p_W)[:2]) > 0.39
    assert edge_spot(kitchen, HERE, least=100.0, bounds_m=None, been=Been(0.3), config=SMALL) is None
    assert edge_spot(all_seen, HERE, least=0.03, bounds_m=None, been=Been(0.3), config=SMALL) is None


def test_lengths_to_all_cells_lead_round_walls_and_cut_no_corners():
    free = np.ones((5, 7), bool)
    free[:4, 3] = False
    out = np.empty(free.shape, np.float32)
    field.lengths_from(free, np.array([[2, 0]]), out)
    assert out[0, 2] == 0.0
    assert out[3, 2] == 3.0
    assert out[4, 4] == pytest.approx(4.0 + 2.0)  # down, and straight below the wall
    assert out[0, 4] == pytest.approx(4.0 + 2.0 + 4.0)
    assert out[1, 1] == pytest.approx(np.sqrt(2.0))
    assert np.isinf(out[0, 3])
    free[4, 3] = False
    field.lengths_from(free, np.array([[2, 0]]), out)
    assert np.isinf(out[:, 4:]).all()
