"""The nearest of several things, by the way to where it can be reached from."""

import numpy as np
import pytest
from watched_table import MUG, Table

from spatialmem import InputError, QueryError, SpatialMemory, Unknown, UnknownLabel


@pytest.fixture(scope="module")
def home():
    pytest.importorskip("pybullet")
    from toured_home import toured_home

    return toured_home()


def test_by_the_way_to_it_and_from_where_it_is_reached(home):
    for name in ("mug", "fridge", "counter"):
        (found,) = home.nearest(name)
        stand, one = found.stand, found.object
        assert one.label == name
        assert found.route_m == stand.route_m == pytest.approx(home.route(None, stand.p_W).length_m, rel=0.1, abs=0.3)
        (alike,) = home.where_to_stand(one.id, "reach", k=1)
        assert (alike.p_W.tolist(), alike.route_m) == (stand.p_W.tolist(), stand.route_m)
        assert home.reachable(stand.p_W[None]).all()
        assert 0 < stand.distance_m <= 0.8
        assert stand.clearance_m >= 0.3
        ahead = one.center_W[:2] - stand.p_W[:2]
        assert np.arctan2(ahead[1], ahead[0]) == pytest.approx(stand.yaw_rad)
        assert home.room_of(stand.p_W).id == home.room_of(one.id).id
        assert stand.place_id in {place.id for place in home.places()}


def test_the_shortest_way_first_from_anywhere(home):
    in_kitchen, in_hall = (
        next(room for room in home.rooms() if room.label == "kitchen").p_W,
        home.room_of("table-1").p_W,
    )
    order = {}
    for start in (in_kitchen, in_hall):
        first = {}
        for label in ("mug", "bottle"):
            (found,) = home.nearest(label, start=start)
            first[label] = found.route_m
        order[tuple(start)] = min(first, key=lambda label: first[label])
    assert order == {tuple(in_kitchen): "bottle", tuple(in_hall): "mug"}
    many = home.nearest({"on": "table"}, k=2, start=in_hall)
    assert len(many) == 2
    assert [one.object.label in ("mug", "bowl", "book") for one in many] == [True, True]
    assert many[0].route_m <= many[1].route_m
    assert many[0].route_m == min(one.route_m for one in home.nearest({"on": "table"}, k=9, start=in_hall))


def test_what_is_nowhere_or_no_way_leads_to(home):
    with pytest.raises(UnknownLabel):
        home.nearest("dragon")
    with pytest.raises(InputError):
        home.nearest("mug", k=0)
    with pytest.raises(QueryError):
        home.nearest("mug", start=(1, 2, 3, 4))
    assert home.nearest(777) == Unknown("object 777 is not remembered here")
    answer = home.nearest("mug", start=(50.0, 50.0))
    assert isinstance(answer, Unknown)
    assert "(50.00, 50.00)" in answer.reason


def test_of_what_is_missing_none_is_meant():
    made = Table(SpatialMemory(), {"mug": MUG})
    made.watch(8)
    answer = made.memory.nearest("mug")
    assert answer == Unknown("where the robot is was never told; observe a RobotState, or say where the way begins")
    made.grip((0.0, 0.0, 1.0))
    answer = made.memory.nearest("mug")
    assert isinstance(answer, Unknown)  # nobody has seen the floor about the table
    assert answer.look_next == pytest.approx((1.45, 0.0, 0.76), abs=0.05) or "floor" in answer.reason
    del made.things["mug"]
    made.watch(6)
    gone = made.memory.nearest("mug")
    assert isinstance(gone, Unknown)
    assert "was looked for" in gone.reason or "not there" in gone.reason
    assert gone == made.memory.where("mug")
