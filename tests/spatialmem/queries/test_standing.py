"""Where to stand: on free floor with room, at the right distance, with nothing between; and why there is nowhere."""

import math
from typing import Any

import numpy as np
import pytest
from walked_flat import BEDROOM, FURNITURE, KITCHEN, WALLS, Flat, asked_of

import spatialmem as sm
from spatialmem.octree import Octree
from spatialmem.queries.sight import Solid, away_m, nearest_W, seen
from spatialmem.queries.standing import where_to_stand

RADIUS_M = sm.GraphConfig().robot_radius_m
CONFIG = sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1))


def blocked(eye, end, boxes):
    """Whether a straight line leads through a box, by the truth."""
    eye, way = np.array(eye, float), np.array(end, float) - np.array(eye, float)
    way = np.where(np.abs(way) < 1e-12, 1e-12, way)
    for low, high in boxes:
        a, b = (np.array(low) - eye) / way, (np.array(high) - eye) / way
        enter, leave = np.minimum(a, b).max(), np.maximum(a, b).min()
        if enter < min(leave, 1 - 1e-6) and leave > 0:
            return True
    return False


def gap_m(p_W, box):
    """Over the floor, from a point to a box."""
    low, high = np.array(box[0]), np.array(box[1])
    return float(np.hypot(*np.maximum(np.maximum(low - p_W, p_W - high), 0)[:2]))


def refuse_bad(stands):
    """Each on free floor with room for the robot, apart from the others, the shortest way first."""
    solid = [box for name, box in {**WALLS, **FURNITURE}.items() if name != "floor"]
    for one in stands:
        assert min(gap_m(one.p_W, box) for box in solid) >= RADIUS_M - 0.08  # of cells of 5 cm
        assert one.clearance_m >= RADIUS_M - 1e-6
        assert one.p_W[2] == pytest.approx(0.0, abs=0.03)
    for i, one in enumerate(stands):
        for other in stands[:i]:
            assert np.linalg.norm(one.p_W - other.p_W) >= 2 * RADIUS_M - 1e-6
    routes = [round(one.route_m / 0.25) for one in stands]
    assert routes == sorted(routes)


def called(flat, name):
    """What stands there by the truth, as it is remembered."""
    box = {**flat.things, **FURNITURE}[name]
    middle_W = (np.array(box[0]) + box[1]) / 2
    (record,) = [one for one in flat.memory.objects(name.split()[0]) if np.linalg.norm(one.center_W - middle_W) < 0.2]
    return record, box


@pytest.mark.parametrize("name", ["mug", "mug two", "bowl", "cup", "table", "desk"])
def test_it_is_seen_from_there(flat, name):
    asked = asked_of(flat.memory)
    record, box = called(flat, name)
    stands = where_to_stand(asked, record.name)
    assert not isinstance(stands, sm.Unknown), stands
    assert len(stands) >= 2
    refuse_bad(stands)
    others = [one for one in (*WALLS.values(), *FURNITURE.values(), *flat.things.values()) if one != box]
    middle = (np.array(box[0]) + box[1]) / 2
    for one in stands:
        assert 0.6 - 0.1 <= gap_m(one.p_W, box) <= 3.0 + 0.1
        assert one.distance_m == pytest.approx(gap_m(one.p_W, box), abs=0.1)
        top = np.array([middle[0], middle[1], box[1][2] + 0.001])
        assert not blocked(one.p_W + np.array([0, 0, 1.2]), top, others)
        assert one.yaw_rad == pytest.approx(math.atan2(middle[1] - one.p_W[1], middle[0] - one.p_W[0]), abs=0.1)


@pytest.mark.parametrize("name", ["mug", "bowl", "counter", "cup"])
def test_it_is_reached_from_there(flat, name):
    asked = asked_of(flat.memory)
    record, box = called(flat, name)
    stands = where_to_stand(asked, record.id, "reach", k=3)
    assert not isinstance(stands, sm.Unknown), stands
    refuse_bad(stands)
    for one in stands:
        assert gap_m(one.p_W, box) <= 0.8 + 0.06
        hand = one.p_W + np.array([0, 0, box[1][2] + 0.03])
        end = np.clip(hand, box[0], box[1])
        walls = [wall for name, wall in WALLS.items() if name != "floor"]
        assert not blocked(hand, [*end[:2], hand[2]], walls)


def test_nobody_reaches_across_a_table(flat):
    asked = asked_of(flat.memory)
    name = called(flat, "mug")[0].name
    near = where_to_stand(asked, name, "reach", reach_m=0.8)
    assert not isinstance(near, sm.Unknown)
    far = where_to_stand(asked, name, "reach", reach_m=0.35)
    assert isinstance(far, sm.Unknown)
    assert far.reason == (
        f"nobody can stand 0.3 to 0.35 m from {name}, whence it could be reached: there is no floor that is free and "
        "wide enough"
    )


def test_a_point_is_seen_and_reached_like_a_thing(flat):
    asked = asked_of(flat.memory)
    stands = where_to_stand(asked, (3.1, 3.45, 0.95), "reach")
    assert not isinstance(stands, sm.Unknown), stands
    refuse_bad(stands)
    assert all(np.hypot(*(one.p_W[:2] - [3.1, 3.45])) <= 0.8 + 1e-6 for one in stands)
    assert not isinstance(where_to_stand(asked, [3.1, 3.45, 0.95]), sm.Unknown)


def test_the_way_begins_where_it_is_said(flat):
    asked = asked_of(flat.memory)
    bowl = called(flat, "bowl")[0].id
    there, here = (where_to_stand(asked, bowl, start=start) for start in ((1.0, 1.0), (7.0, 3.0, 0.0)))
    assert not isinstance(there, sm.Unknown)
    assert not isinstance(here, sm.Unknown)
    assert there[0].route_m < 2.5 < here[0].route_m
    assert min(np.hypot(*(one.p_W[:2] - [1.0, 1.0])) for one in there) < 2.0
    lost = where_to_stand(asked, bowl, start=(30.0, 30.0))
    assert isinstance(lost, sm.Unknown)
    assert "is not floor" in lost.reason


def test_where_nobody_knows_where_the_robot_is_the_way_is_not_told():
    flat = Flat(sm.SpatialMemory(CONFIG), {"mug": ((0.6, 3.4, 0.7), (0.7, 3.5, 0.82))})
    flat.stand = lambda x, y: None  # it never says so
    flat.walk(KITCHEN)
    (mug,) = flat.memory.objects("mug")
    stands = where_to_stand(asked_of(flat.memory), mug.id)
    assert not isinstance(stands, sm.Unknown), stands
    assert {one.route_m for one in stands} == {0.0}
    room = [one.clearance_m for one in stands]
    assert room == sorted(room, reverse=True)
    away = where_to_stand(asked_of(flat.memory), mug.id, start=(1.0, 1.0))
    assert not isinstance(away, sm.Unknown)
    assert away[0].route_m > 0


def test_no_floor_is_known_at_first():
    memory = sm.SpatialMemory(CONFIG)
    answer = where_to_stand(asked_of(memory), (0.0, 0.0, 0.5))
    assert isinstance(answer, sm.Unknown)
    assert "no floor is known yet" in answer.reason


def test_behind_a_door_that_is_shut_nobody_can_stand():
    shut = {"door": ((4.0, 1.5, 0.0), (4.1, 2.5, 2.2))}
    flat = Flat(sm.SpatialMemory(CONFIG), {}, doors=shut).walk(KITCHEN)
    flat.stand(6.0, 2.0)
    flat.walk(BEDROOM)
    flat.stand(1.0, 1.0)
    answer = where_to_stand(asked_of(flat.memory), next(one.id for one in flat.memory.objects("desk")))
    assert isinstance(answer, sm.Unknown)
    assert "no way is known" in answer.reason
    assert answer.look_next is not None
    assert answer.look_next[0] > 4.1


def test_what_is_missing_or_held_is_not_stood_before(robbed):
    asked = asked_of(robbed.memory)
    (gone,) = robbed.memory.objects("mug", missing=True)
    assert gone.missing
    answer = where_to_stand(asked, gone.id)
    assert isinstance(answer, sm.Unknown)
    assert "is missing" in answer.reason
    assert isinstance(where_to_stand(asked, 999), sm.Unknown)


def test_before_what_is_closed_one_stands_for_what_is_in_it():
    flat = Flat(sm.SpatialMemory(CONFIG), {"cup": ((4.6, 3.7, 1.0), (4.7, 3.8, 1.1))}).walk(BEDROOM)
    ids = {one.label: one.id for one in flat.memory.objects()}
    cup, cupboard = ids["cup"], ids["cupboard"]
    verbs: Any = (("picked_up", cup, None), ("placed_in", cup, cupboard), ("closed", cupboard, None))
    for verb, what, into in verbs:
        if verb == "placed_in":
            answer = where_to_stand(asked_of(flat.memory), cup)
            assert isinstance(answer, sm.Unknown)
            assert "the robot holds" in answer.reason
            del flat.things["cup"]
        flat.tell(sm.Action(source="arm", **flat.stamps, verb=verb, object_id=what, target_id=into))
    flat.look_round(6.0, 1.2, towards=(1.57, 2.2))
    asked = asked_of(flat.memory)
    inside, before = where_to_stand(asked, cup, "reach"), where_to_stand(asked, cupboard, "reach")
    assert not isinstance(inside, sm.Unknown), inside
    assert not isinstance(before, sm.Unknown)
    assert [one.p_W.tolist() for one in inside] == [one.p_W.tolist() for one in before]


def test_what_cannot_be_asked_is_refused(flat):
    asked, mug = asked_of(flat.memory), called(flat, "mug")[0].name
    wrong: tuple[dict[str, Any], ...] = (
        {"k": 0},
        {"to": "smell"},
        {"camera_height_m": -1.0},
        {"reach_m": float("nan")},
    )
    for options in wrong:
        with pytest.raises(sm.InputError):
            where_to_stand(asked, mug, options.pop("to", "see"), **options)
    with pytest.raises(sm.QueryError, match=r"reach_m is 0\.2"):
        where_to_stand(asked, mug, "reach", reach_m=0.2)
    with pytest.raises(sm.QueryError):
        where_to_stand(asked, (1.0, 2.0))
    with pytest.raises((sm.QueryError, sm.InputError)):
        where_to_stand(asked, mug, start={"x": 1.0})
    with pytest.raises(sm.QueryError):
        where_to_stand(asked, called(flat, "desk")[0].name.replace("desk", "bowl"))


def test_the_same_question_has_the_same_answer(flat):
    mug, _ = called(flat, "mug two")
    first, again = (where_to_stand(asked_of(flat.memory), mug.id, k=4) for _ in range(2))
    assert not isinstance(first, sm.Unknown)
    assert not isinstance(again, sm.Unknown)
    assert [one.p_W.tolist() for one in first] == [one.p_W.tolist() for one in again]


def test_what_nobody_has_seen_is_in_the_way():
    octree = Octree(sm.OctreeConfig(budget_mib=16, threads=1))
    solid = Solid(np.array([2.0, 0.0, 0.5]), np.array([0.2, 0.2, 0.2]), 0.0)
    sight = seen(octree, np.array([[0.0, 0.0, 1.2]]), solid)
    assert sight.seen[0] == 0.0
    assert sight.unknown[0] == pytest.approx(1.0)


def test_how_far_a_turned_box_is():
    solid = Solid(np.array([1.0, 0.0, 0.5]), np.array([2.0, 0.2, 1.0]), math.pi / 2)
    points = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 0.0], [1.0, 0.5, 0.0], [1.4, 1.3, 0.0]])
    assert away_m(solid, points) == pytest.approx([0.9, 1.0, 0.0, math.hypot(0.3, 0.3)])
    assert nearest_W(solid, points[1:2])[0] == pytest.approx([1.0, 1.0, 0.5])
