"""The buffer of objects: what is confirmed, merged, forgotten, shown; and that its bytes are all of it."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from object_sightings import camera_at, sighting

import spatialmem as sm
from spatialmem.config import ShortTermConfig
from spatialmem.shortterm import ShortTerm
from spatialmem.shortterm.labels import LABELS_MAX, VOTED_MAX
from spatialmem.shortterm.state import written

S = 10**9


def see(memory, *seen, at_s, camera_m=0.0):
    return memory.see(list(seen), stamp_ns=round(at_s * S), X_WC=camera_at(camera_m), source="camera")


def robot(*, at_s=0.0, x=0.0, y=0.0, yaw=0.0, forward=0.0, left=0.0, turn=0.0, gripper=None):
    X_WB = np.eye(4)
    X_WB[:2, :2] = [[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]]
    X_WB[:2, 3] = x, y
    X_WG = None
    if gripper is not None:
        X_WG = np.eye(4)
        X_WG[:3, 3] = gripper
    stamp_ns = round(at_s * S)
    return sm.RobotState(
        source="robot",
        stamp_ns=stamp_ns,
        received_ns=stamp_ns,
        X_WB=X_WB,
        linear_velocity_B_m_s=(forward, left, 0.0),
        angular_velocity_B_rad_s=(0.0, 0.0, turn),
        X_WG=X_WG,
    )


def action(verb, object_id, *, at_s=0.0, target_id=None, succeeded=True):
    stamp_ns = round(at_s * S)
    return sm.Action(
        source="robot",
        stamp_ns=stamp_ns,
        received_ns=stamp_ns,
        verb=verb,
        object_id=object_id,
        target_id=target_id,
        succeeded=succeeded,
    )


def told(answer) -> Any:
    assert answer is not None
    assert not isinstance(answer, sm.Unknown)
    return answer


def known(memory, object_id):
    return told(memory.view().object(object_id))


def remembering(*things, **config):
    """A memory of confirmed things (label, place), seen at 0, 0.1 and 0.2 s; ids from 1 on."""
    memory = ShortTerm(ShortTermConfig(**config))
    for turn in range(3):
        see(memory, *[sighting(label, p_W) for label, p_W in things], at_s=turn / 10, camera_m=0.2 * turn)
    return memory


# identity


def test_three_sightings_from_two_viewpoints_confirm():
    memory = ShortTerm(ShortTermConfig())
    for turn in range(5):
        assert see(memory, sighting("mug", (1, 0, 0)), at_s=turn / 10) == (1,)
        assert memory.view().objects() == ()
    assert [one.confirmed for one in memory.view().objects(confirmed=False)] == [False]
    see(memory, sighting("mug", (1, 0, 0)), at_s=0.5, camera_m=0.2)
    (mug,) = memory.view().objects()
    assert (mug.name, mug.sightings, mug.viewpoints, mug.source) == ("mug-1", 6, 2, "camera")
    assert (mug.first_ns, mug.stamp_ns) == (0, S // 2)
    counts = {"confirmed": 1, "tentative": 0, "dropped": 0, "expired": 0, "merged": 0}
    assert memory.view().counts == {**counts, "unplaced": 0, "misfit": 0, "unheeded": 0}


def test_a_camera_that_turns_is_another_viewpoint():
    memory = ShortTerm(ShortTermConfig(confirm_sightings=2))
    turned = np.eye(4)
    turned[:3, :3] = [[math.cos(0.2), 0, math.sin(0.2)], [0, 1, 0], [-math.sin(0.2), 0, math.cos(0.2)]]
    for number, X_WC in enumerate((np.eye(4), turned)):
        memory.see([sighting("mug", (1, 0, 0))], stamp_ns=number * S, X_WC=X_WC, source="camera")
    assert len(memory.view()) == 1


def test_ids_are_given_once():
    memory = ShortTerm(ShortTermConfig(tentative_s=1.0))
    assert see(memory, sighting("mug", (1, 0, 0)), sighting("bowl", (2, 0, 0)), at_s=0) == (1, 2)
    assert see(memory, at_s=2.0) == ()
    assert memory.view().counts["expired"] == 2
    assert isinstance(memory.view().object(1), sm.Unknown)
    assert see(memory, sighting("mug", (1, 0, 0)), at_s=2.1) == (3,)


def test_confirmed_things_do_not_expire():
    memory = remembering(("mug", (1, 0, 0)), tentative_s=1.0)
    see(memory, at_s=1000.0)
    assert len(memory.view()) == 1


def test_two_detections_of_one_thing_count_once():
    memory = ShortTerm(ShortTermConfig())
    assert see(memory, sighting("mug", (1, 0, 0), score=0.3), sighting("mug", (1.01, 0, 0)), at_s=0) == (None, 1)


def test_one_thing_under_two_names_is_one_thing_with_two_names():
    memory = ShortTerm(ShortTermConfig())
    for turn in range(3):
        seen = sighting("mug", (1, 0, 0)), sighting("bowl", (1.01, 0, 0), score=0.4)
        assert see(memory, *seen, at_s=turn / 10, camera_m=0.2 * turn) == (1, 1)
    (mug,) = memory.view().objects()
    assert (mug.label, mug.sightings) == ("mug", 3)
    assert mug.label_p["bowl"] == pytest.approx(mug.label_p["mug"] / 2, rel=0.05)
    assert memory.view().objects("bowl") == ()  # known as a label, though no object is called so
    large = sighting("tray", (1, 0, 0), size_m=0.3)
    assert see(memory, sighting("mug", (1, 0, 0)), large, at_s=0.4) == (1, 2)


def test_objects_that_fill_the_same_place_are_one_whatever_they_are_called():
    memory = ShortTerm(ShortTermConfig())
    for turn in range(4):
        see(memory, sighting("sofa", (1, 0, 0), size_m=1.0), at_s=turn, camera_m=0.2 * turn)
    for turn in range(4):
        see(memory, sighting("bed", (2, 0, 0), size_m=1.0), at_s=4 + turn, camera_m=0.2 * turn)
    assert [one.id for one in memory.view().objects()] == [1, 2]
    rows = memory._table.rows([1, 2])  # what a series of partial views does: it turns out to be where the other is
    memory._table.rest[rows[1]] = memory._table.rest[rows[0]]
    see(memory, sighting("bed", (1, 0, 0), size_m=1.0), sighting("cup", (9, 0, 0)), at_s=8.0)
    (one,) = memory.view().objects()
    assert (one.id, set(one.label_p)) == (1, {"sofa", "bed"})


def test_a_thing_is_confirmed_under_a_name_that_has_votes():
    memory = ShortTerm(ShortTermConfig())
    for turn, label in enumerate(("mug", "bowl", "cup")):
        see(memory, sighting(label, (1, 0, 0), score=0.4), at_s=turn / 10, camera_m=0.2 * turn)
    assert len(memory.view().objects(confirmed=False)) == 1
    assert len(memory.view()) == 0
    for turn in range(3):
        see(memory, sighting("mug", (1, 0, 0), score=0.4), at_s=1 + turn / 10, camera_m=0.2 * turn)
    assert [one.name for one in memory.view()] == ["mug-1"]


def test_halves_that_turn_out_to_be_one_thing_are_merged():
    memory = ShortTerm(ShortTermConfig())
    open_right, open_left = np.ones((5, 2), bool), np.ones((5, 2), bool)
    for axis, ahead in ((0, 1), (1, 1), (3, 0)):  # what is hidden along x is along the diagonals, too
        open_right[axis, ahead] = open_left[axis, 1 - ahead] = False
    for turn in range(3):
        left = sighting("table", (0.75, 0, 0), size_m=0.5, seen=open_right)
        right = sighting("table", (1.6, 0, 0), size_m=0.5, seen=open_left)
        see(memory, left, at_s=turn, camera_m=0.2 * turn)
        see(memory, right, at_s=turn + 0.5, camera_m=0.2 * turn)
    assert [one.name for one in memory.view().objects()] == ["table-1", "table-2"]
    whole = sighting("table", (1.2, 0, 0), size_m=1.4)
    assert see(memory, whole, at_s=4.0) == (1,)
    (table,) = memory.view().objects()
    assert table.id == 1
    assert table.sightings == 7
    assert known(memory, 2) is table  # the id that somebody may still have means the same thing
    assert memory.view().counts["merged"] == 1
    assert table.center_W[:2] == pytest.approx([1.2, 0.0], abs=0.1)


def test_things_seen_side_by_side_are_never_merged():
    memory = remembering(("book", (1, 0, 0)), ("book", (1.11, 0, 0)))
    for turn in range(10):
        see(memory, sighting("book", (1.02, 0, 0)), at_s=1 + turn / 5, camera_m=0.2 * turn)
        see(memory, sighting("book", (1.09, 0, 0)), at_s=1.1 + turn / 5, camera_m=0.2 * turn)
    assert len(memory.view()) == 2


# what is known of one


def test_what_rests_gets_more_certain_and_stays_where_it_is():
    rng, memory = np.random.default_rng(0), ShortTerm(ShortTermConfig())
    for turn in range(60):
        see(
            memory,
            sighting("mug", np.array([1, 2, 0.8]) + rng.normal(0, 0.01, 3)),
            at_s=turn / 5,
            camera_m=0.2 * (turn % 2),
        )
    mug = known(memory, 1)
    assert np.abs(mug.center_W - [1, 2, 0.8]).max() < 0.01
    assert np.sqrt(np.diag(mug.covariance_W)).max() < 0.006
    assert (mug.velocity_W_m_s == 0).all()
    assert mug.size_m == pytest.approx([0.1] * 3, abs=0.01)
    for turn in range(600):
        memory.move(robot(at_s=12 + turn))
    assert (known(memory, 1).center_W == mug.center_W).all()


def test_what_moves_has_a_velocity_and_is_carried_on_for_a_while():
    rng, memory = np.random.default_rng(0), ShortTerm(ShortTermConfig(coast_s=2.0))
    for turn in range(10):
        assert see(
            memory, sighting("cart", np.array([0.06 * turn, 0, 0]) + rng.normal(0, 0.005, 3)), at_s=turn / 5
        ) == (1,)
    cart = known(memory, 1)
    assert np.linalg.norm(cart.velocity_W_m_s - [0.3, 0, 0]) < 0.06
    for ahead_s, way_m in ((1.0, 0.3), (60.0, 0.6)):
        memory.move(robot(at_s=1.8 + ahead_s))
        found = told(memory.view().relative(1))
        assert found.center_B[0] == pytest.approx(0.54 + way_m, abs=0.12)


def in_motion():
    """A memory that has seen a cart move along x at 0.3 m/s until 1.8 s, and a shelf."""
    memory = ShortTerm(ShortTermConfig(coast_s=2.0))
    for turn in range(10):
        see(
            memory,
            sighting("cart", (0.06 * turn, 0, 0)),
            sighting("shelf", (0, 5, 0)),
            at_s=turn / 5,
            camera_m=0.2 * turn,
        )
    assert known(memory, 1).velocity_W_m_s.any()
    return memory


@pytest.mark.parametrize("told_by", ["motion", "sighting", "deed"])
def test_what_moved_and_is_out_of_sight_for_long_rests(told_by):
    """It is where it was carried on to, less certainly; and as soon as anything tells that it is so late."""
    memory = in_motion()
    before, others = known(memory, 1), known(memory, 2)

    def at(at_s):
        if told_by == "motion":
            memory.move(robot(at_s=at_s))
        elif told_by == "sighting":
            see(memory, sighting("shelf", (0, 5, 0)), at_s=at_s)
        else:
            memory.act(action("opened", 2, at_s=at_s))

    at(3.7)
    assert known(memory, 1) is before
    at(3.9)
    cart = known(memory, 1)
    assert (cart.velocity_W_m_s == 0).all()
    assert cart.center_W == pytest.approx(before.center_W + 2.0 * before.velocity_W_m_s)
    assert cart.stamp_ns == before.stamp_ns
    assert np.trace(cart.covariance_W) > np.trace(before.covariance_W)
    assert known(memory, 2).center_W == pytest.approx(others.center_W)
    at(60.0)
    assert known(memory, 1) is cart
    assert see(memory, sighting("cart", cart.center_W), at_s=61.0) == (1,)
    assert not known(memory, 1).velocity_W_m_s.any()


def test_what_comes_to_rest_does_so_after_loading_as_well():
    memory = in_motion()
    memory.move(robot(at_s=3.0))
    loaded = ShortTerm.load(memory.dump())
    for one in (memory, loaded):
        one.move(robot(at_s=5.0))
    assert not known(loaded, 1).velocity_W_m_s.any()
    assert loaded.dump() == memory.dump()
    again = ShortTerm.load(memory.dump())
    for one in (memory, again):
        see(one, sighting("cart", (1.2, 0, 0)), at_s=5.2)
    assert again.dump() == memory.dump()


def test_embeddings_are_averaged():
    memory = ShortTerm(ShortTermConfig())
    for turn, embedding in enumerate([(1, 0, 0), (0, 1, 0), (0, 1, 0)]):
        see(memory, sighting("mug", (1, 0, 0), embedding=embedding), at_s=turn / 10)
    embedding = known(memory, 1).embedding
    assert embedding is not None
    assert np.linalg.norm(embedding) == pytest.approx(1.0)
    assert embedding[1] > embedding[0] > 0


def test_deeds_become_attributes():
    memory = remembering(("mug", (1, 0, 0)), ("table", (2, 0, 0)), ("fridge", (3, 0, 0)))
    memory.act(action("opened", 3))
    assert known(memory, 3).attributes == {"state": "open"}
    memory.act(action("closed", 3, succeeded=False))
    assert known(memory, 3).attributes == {"state": "open"}
    memory.act(action("closed", 3))
    memory.act(action("placed_on", 1, target_id=2))
    assert known(memory, 1).attributes == {"on": "2"}
    memory.act(action("picked_up", 1))
    assert known(memory, 1).attributes == {"held": "yes"}
    memory.act(action("placed_in", 1, target_id=3))
    assert known(memory, 1).attributes == {"in": "3"}
    assert known(memory, 3).attributes == {"state": "closed"}
    memory.act(action("placed_on", 1, target_id=1))
    assert known(memory, 1).attributes == {}
    memory.act(action("placed_on", 1, target_id=77))
    assert known(memory, 1).attributes == {}
    before = memory.view().objects()
    memory.act(action("picked_up", 99))
    assert memory.view().objects() == before
    assert memory.view().counts["unheeded"] == 1


def test_what_is_held_goes_with_the_gripper():
    memory = remembering(("mug", (1, 0, 0.8)))
    memory.move(robot(at_s=1.0, gripper=(1, 0, 0.9)))
    memory.act(action("picked_up", 1, at_s=1.1))
    memory.move(robot(at_s=2.0, x=1.0, gripper=(2, 0.5, 1.2)))
    assert known(memory, 1).center_W == pytest.approx([2, 0.5, 1.1], abs=1e-6)
    assert told(memory.view().nearest_obstacles()) == ()  # it is no obstacle to who holds it
    memory.act(action("placed_on", 1, at_s=2.1))
    memory.move(robot(at_s=3.0, gripper=(5, 5, 5)))
    assert known(memory, 1).center_W == pytest.approx([2, 0.5, 1.1], abs=1e-6)
    assert len(told(memory.view().nearest_obstacles())) == 1


# what readers see


def test_a_view_never_changes():
    memory = remembering(("mug", (1, 0, 0)))
    memory.move(robot(x=0.5))
    view = memory.view()
    mug, relative, ahead = view.object(1), view.around(), view.nearest_obstacles()
    see(memory, sighting("mug", (1.02, 0, 0)), sighting("bowl", (2, 0, 0)), at_s=1.0)
    memory.move(robot(at_s=1.0, x=0.7))
    assert view.object(1) is mug
    assert len(view.objects(confirmed=False)) == 1
    assert repr(view.around()) == repr(relative)
    assert repr(view.nearest_obstacles()) == repr(ahead)
    assert memory.view().object(1) is not mug
    with pytest.raises(ValueError, match="read-only"):
        view.objects()[0].center_W[0] = 5.0


def test_relative_follows_every_motion_at_once():
    memory = remembering(("mug", (2, 0, 0.5)), ("bowl", (0, 3, 0.5)))
    assert isinstance(memory.view().around(), sm.Unknown)
    memory.move(robot(x=1.0, yaw=math.pi / 2))
    near, far = told(memory.view().around())
    assert [one.object.name for one in (near, far)] == ["mug-1", "bowl-2"]
    assert near.center_B == pytest.approx([0, -1, 0.5], abs=1e-6)
    assert near.bearing_rad == pytest.approx(-math.pi / 2)
    assert near.distance_m == pytest.approx(1.0)
    memory.move(robot(at_s=1.0, x=2.0, y=3.0))
    assert told(memory.view().relative(2)).center_B == pytest.approx([-2, 0, 0.5], abs=1e-6)
    memory.move(robot(at_s=0.5))  # late: nothing is as it was then
    assert told(memory.view().relative(2)).center_B == pytest.approx([-2, 0, 0.5], abs=1e-6)
    assert isinstance(memory.view().relative(77), sm.Unknown)


def test_obstacles_are_ranked_by_time_to_contact():
    memory = remembering(("chair", (2, 0, 0.4)), ("table", (-1, 0, 0.4)), ("lamp", (0, 5, 0.4)), ("kite", (1, 0, 3)))
    memory.move(robot(forward=0.5))
    found = told(memory.view().nearest_obstacles(5, 10.0, robot_radius_m=0.4))
    assert [one.object.label for one in found] == ["chair", "table", "lamp"]
    assert found[0].contact_s == pytest.approx((2 - 0.05 - 0.4) / 0.5, abs=0.02)
    assert found[1].contact_s == math.inf
    assert found[1].distance_m == pytest.approx(0.55, abs=0.01)
    memory.move(robot(at_s=1, forward=-0.5))
    assert told(memory.view().nearest_obstacles(1, 10.0))[0].object.label == "table"
    with pytest.raises(sm.InputError, match="k is 0"):
        told(memory.view().nearest_obstacles(0))


@settings(max_examples=20)
@given(st.integers(1, 6), st.floats(-1, 1), st.integers(0, 100))
def test_leaving_out_what_is_far_changes_no_obstacle(k, forward, seed):
    rng = np.random.default_rng(seed)
    places = [(f"thing_{i}", (*rng.uniform(-6, 6, 2), 0.3)) for i in range(25)]
    memory = remembering(*places)
    memory.move(robot(forward=forward))
    every = told(memory.view().nearest_obstacles(25, 3.0))
    some = told(memory.view().nearest_obstacles(k, 3.0))
    assert [(o.object.id, o.contact_s) for o in some] == [(o.object.id, o.contact_s) for o in every[:k]]


def test_similar_things_are_found_within_labels_regions_and_ids():
    looks = {"mug": (1, 0, 0.1), "bowl": (0.8, 0.6, 0), "shoe": (0, 0, 1)}
    memory = ShortTerm(ShortTermConfig())
    for turn in range(3):
        seen = [sighting(label, (i, 0, 0), embedding=e) for i, (label, e) in enumerate(looks.items())]
        see(memory, *seen, sighting("blank", (9, 0, 0)), at_s=turn / 10, camera_m=0.2 * turn)
    view, ask = memory.view(), np.array([1.0, 0.0, 0.0])
    found = view.similar(ask, 2)
    assert [one.object.label for one in found] == ["mug", "bowl"]
    assert found[1].similarity == pytest.approx(0.8, abs=1e-4)
    names = lambda within: [one.object.label for one in view.similar(ask, within=within)]  # noqa: E731
    assert names("shoe") == ["shoe"]
    assert names(("shoe", "bowl")) == ["bowl", "shoe"]
    assert names((1, 3)) == ["mug", "shoe"]
    assert names(sm.Box(np.array([[0.5, -1, -1]]), np.array([[5.0, 1, 1]]))) == ["bowl", "shoe"]
    assert view.similar(np.array([1.0, 0.0])) == ()
    with pytest.raises(sm.QueryError, match=r"'shoo'.*blank, bowl, mug, shoe\. Did you mean 'shoe'"):
        names("shoo")
    for wrong in (np.zeros(3), np.array([np.nan, 0, 0])):
        with pytest.raises(sm.InputError, match="finite"):
            view.similar(wrong)


def test_objects_by_label():
    memory = remembering(("mug", (1, 0, 0)), ("bowl", (2, 0, 0)))
    assert [one.id for one in memory.view().objects("bowl")] == [2]
    assert [one.id for one in memory.view().objects()] == [1, 2]
    with pytest.raises(sm.QueryError, match=r"'mugg'.*Did you mean 'mug'"):
        memory.view().objects("mugg")


# bounds


class Last:
    """A policy that names the one that entered last but one."""

    def __init__(self):
        self.held, self.told = [], []

    def on_insert(self, unit_id, stamp_ns, *, kind="", embedding=None):
        self.told.append(("insert", unit_id, kind))
        self.held += [] if unit_id in self.held else [unit_id]

    def on_recall(self, unit_id, stamp_ns):
        self.told.append(("recall", unit_id))

    def on_remove(self, unit_id, stamp_ns):
        self.held.remove(unit_id)

    def victim(self, stamp_ns):
        return self.held.pop(-2)

    def dump(self):
        return bytes(self.held)

    def load(self, data):
        self.held = list(data)


def test_the_policy_says_what_goes():
    policy = Last()
    memory = ShortTerm(ShortTermConfig(objects_max=3), policy)
    for turn in range(3):
        see(memory, *[sighting("mug", (i, 0, 0)) for i in range(5)], at_s=turn, camera_m=0.2 * turn)
    assert [one.id for one in memory.view().objects()] == [1, 2, 5]
    assert memory.view().counts["dropped"] == 2
    assert isinstance(memory.view().object(3), sm.Unknown)
    memory.recall((2, 77), 4 * S)
    assert policy.told[-2:] == [("recall", 2), ("recall", 77)]
    assert policy.told[0] == ("insert", 1, "mug")


def test_where_the_policy_merges_one_object_stands_for_another():
    memory = ShortTerm(ShortTermConfig(objects_max=3, policy="adjacent-merge"))
    looks = {1.0: (1, 0, 0), 2.0: (0.99, 0.1, 0), 3.0: (0, 1, 0), 4.0: (0, 0, 1)}
    for turn in range(3):
        seen = [sighting("mug", (x, 0, 0), embedding=look) for x, look in looks.items()]
        see(memory, *seen, at_s=turn, camera_m=0.2 * turn)
    assert [one.id for one in memory.view()] == [2, 3, 4]  # the first two look most alike; the later one stays
    assert known(memory, 1) is known(memory, 2)
    assert known(memory, 1).center_W == pytest.approx([2, 0, 0])
    assert memory.view().counts["merged"] == 1
    assert memory.view().counts["dropped"] == 0
    again = ShortTerm.load(memory.dump())
    assert known(again, 1).id == 2
    memory.recall((1,), 4 * S)  # asks for the one that stands for it
    for turn in range(3):
        see(memory, sighting("mug", (5, 0, 0), embedding=(0, 1, 0.1)), at_s=4 + turn, camera_m=0.2 * turn)
    assert len(memory.view()) == 3
    assert known(memory, 1) is known(memory, 2)


def test_a_policy_that_names_what_it_was_never_given_loses_its_say():
    class Wrong(Last):
        def victim(self, stamp_ns):
            return 99

    memory = ShortTerm(ShortTermConfig(objects_max=1), Wrong())
    seen = [sighting("mug", (i, 0, 0)) for i in range(2)]
    for turn in range(4):
        see(memory, *seen, at_s=turn, camera_m=0.2 * turn)
    assert len(memory.view()) == 1
    assert memory.view().counts["dropped"] >= 1


def test_a_policy_that_raises_leaves_everything_as_it_was():
    class Broken(Last):
        broken = False

        def on_insert(self, unit_id, stamp_ns, *, kind="", embedding=None):
            if self.broken:
                raise ValueError("boom")
            super().on_insert(unit_id, stamp_ns, kind=kind, embedding=embedding)

    policy = Broken()
    memory = ShortTerm(ShortTermConfig(), policy)
    frame, found = frame_of_boxes(), detections_of_boxes()
    for turn in range(3):
        memory.keep(frame(turn))
        memory.detect(found(turn), range_max_m=5.0)
    memory.keep(frame(3))
    before, objects = memory.dump(), [str(one) for one in memory.view()]
    assert objects
    policy.broken = True
    with pytest.raises(ValueError, match="boom"):
        memory.detect(found(3), range_max_m=5.0)
    assert memory.dump() == before
    policy.broken = False
    twin = ShortTerm.load(before, Last())
    for one in (memory, twin):
        one.detect(found(3), range_max_m=5.0)
    assert memory.dump() == twin.dump()


def frame_of_boxes():
    """Frames of a box before a wall, from cameras side by side."""
    depth = np.full((48, 64), 3000, np.uint16)
    depth[18:30, 26:38] = 2000
    camera = sm.Pinhole(64, 48, 60.0, 60.0, 31.5, 23.5)

    def frame(turn):
        stamp_ns = S + turn * S // 10
        X_WC = sm.look_at(np.array([0.0, 0.15 * turn, 1.0]), np.array([2.0, 0.15 * turn, 1.0]))
        return sm.RgbdFrame(
            source="camera", stamp_ns=stamp_ns, received_ns=stamp_ns, depth=depth, camera=camera, X_WC=X_WC
        )

    return frame


def detections_of_boxes():
    mask = np.zeros((48, 64), bool)
    mask[18:30, 26:38] = True

    def found(turn):
        stamp_ns = S + turn * S // 10
        item = sm.Detection(label="box", score=0.9, mask=mask)
        return sm.Detections(
            source="detector", camera_source="camera", stamp_ns=stamp_ns, received_ns=stamp_ns, items=(item,)
        )

    return found


def test_what_is_written_is_what_is_there():
    """After many merges, too: a dump is put together of what was written of each object when it changed."""
    rng = np.random.default_rng(3)
    memory = ShortTerm(ShortTermConfig(objects_max=20, confirm_viewpoints=1))
    for turn in range(60):
        places = rng.uniform(0, 1.2, (6, 2))
        seen = [sighting(f"thing {rng.integers(2)}", (x, y, 0), size_m=float(rng.uniform(0.1, 0.5))) for x, y in places]
        see(memory, *seen, at_s=turn / 10, camera_m=0.1 * turn)
        assert written(memory._table, sorted(memory._table.row_of)) == memory._written
    assert memory.view().counts["merged"] > 5


@pytest.mark.parametrize("back_s", [-500.0, 500.0])
def test_a_clock_that_was_set_is_followed(back_s):
    memory = ShortTerm(ShortTermConfig())
    for turn in range(5):
        see(memory, sighting("mug", (1, 0, 0)), at_s=1000 + turn / 5, camera_m=0.2 * turn)
        memory.move(robot(x=0.1 * turn, at_s=1000 + turn / 5))
    for turn in range(5):
        at_s = 1000 + back_s + turn / 5
        see(memory, sighting("mug", (1, 0, 0)), sighting("bowl", (3, 0, 0)), at_s=at_s, camera_m=0.2 * turn)
        memory.move(robot(x=1 + 0.1 * turn, at_s=at_s))
    assert [(one.name, one.sightings) for one in memory.view()] == [("mug-1", 10), ("bowl-2", 5)]
    assert known(memory, 1).stamp_ns == round((1000.8 + back_s) * S)
    assert told(memory.view().robot).X_WB[0, 3] == pytest.approx(1.4)
    assert memory.view().stamp_ns == round((1000.8 + back_s) * S)


def test_a_clock_that_is_ahead_takes_nothing_from_others():
    memory = ShortTerm(ShortTermConfig())
    for turn in range(5):
        memory.move(robot(at_s=60 + turn / 5))
        see(memory, sighting("mug", (1, 0, 0)), at_s=turn / 5, camera_m=0.2 * turn)
    assert [one.name for one in memory.view()] == ["mug-1"]


def test_many_labels_and_many_neighbours_are_bounded():
    memory = ShortTerm(ShortTermConfig(tentative_max=50))
    for turn in range(300):
        seen = [sighting(f"label {turn * 20 + i}", (1, 0, 0)) for i in range(20)]
        see(memory, *seen, at_s=turn / 10, camera_m=0.05 * turn)
    assert len(memory.view().kept.labels) < LABELS_MAX + 100
    assert all(len(notes.votes) <= VOTED_MAX for notes in memory._table.notes.values())
    assert memory.view().objects("never given") == ()


def test_what_a_reader_changes_is_its_own():
    memory = remembering(("mug", (1, 0, 0)))
    memory.move(robot(at_s=9))
    before = memory.dump()
    one = known(memory, 1)
    for mapping in (one.label_p, one.attributes):
        with pytest.raises(TypeError):
            mapping["held"] = "yes"
    told(memory.view().robot).joint_positions_rad["elbow"] = 1.0
    assert memory.dump() == before


def test_what_was_picked_up_before_the_gripper_was_known_is_gripped_then():
    memory = remembering(("mug", (1, 0, 0)))
    memory.act(action("picked_up", 1))
    for x_m in (0.0, 0.5):
        X_WG = np.eye(4)
        X_WG[0, 3] = x_m
        memory.move(dataclasses.replace(robot(at_s=20 + x_m), X_WG=X_WG))
    assert known(memory, 1).center_W == pytest.approx([1.5, 0, 0], abs=1e-6)


def test_the_ids_that_lead_to_one_object_are_bounded():
    from spatialmem.shortterm.duplicates import ALIASES_MAX

    memory = ShortTerm(
        ShortTermConfig(objects_max=2, policy="adjacent-merge", confirm_sightings=1, confirm_viewpoints=1)
    )
    for turn in range(ALIASES_MAX + 40):
        see(memory, sighting("mug", (turn, 0, 0)), at_s=turn)
    led = sum(not isinstance(memory.view().object(i), sm.Unknown) for i in range(1, ALIASES_MAX + 41))
    assert led <= 2 * ALIASES_MAX + 2
    assert isinstance(memory.view().object(1), sm.Unknown)
    assert known(memory, ALIASES_MAX + 40).center_W[0] == pytest.approx(ALIASES_MAX + 39)


def test_bytes_are_bounded_as_well():
    memory = ShortTerm(ShortTermConfig(budget_mib=1))
    wide = np.ones(60_000, np.float32)
    for turn in range(3):
        seen = [sighting("mug", (i, 0, 0), embedding=wide) for i in range(8)]
        see(memory, *seen, at_s=turn, camera_m=0.2 * turn)
    assert len(memory.view()) == 4  # of 240 kB each
    assert memory.view().counts["dropped"] >= 4


def test_what_is_tentative_is_bounded():
    memory = ShortTerm(ShortTermConfig(tentative_max=5))
    see(memory, *[sighting("mug", (i, 0, 0)) for i in range(8)], at_s=0)
    assert [one.id for one in memory.view().objects(confirmed=False)] == [4, 5, 6, 7, 8]


def test_an_unknown_policy_is_refused():
    with pytest.raises(sm.ConfigError, match="no replacement policy is called 'lfo'"):
        ShortTerm(ShortTermConfig(policy="lfo"))


# bytes

places = st.sampled_from([(0.0, 0.0, 0.0), (0.5, 0.0, 0.0), (0.55, 0.02, 0.0), (2.0, 1.0, 0.3), (2.0, 1.1, 0.3)])
seen_things = st.lists(st.tuples(st.sampled_from(["mug", "bowl", "box"]), places, st.booleans()), max_size=4)
frames = st.lists(st.tuples(seen_things, st.integers(0, 3)), min_size=2, max_size=10)


def tell(memory, number, frame):
    things, kind = frame
    seen = [sighting(label, p, embedding=(1, number, 0) if look else None) for label, p, look in things]
    see(memory, *seen, at_s=number * 0.7, camera_m=0.2 * number)
    if kind == 1:
        memory.move(robot(at_s=number * 0.7, x=number, gripper=(number, 0, 1)))
    elif kind == 2:
        memory.act(action("picked_up", 1, at_s=number * 0.7))
    elif kind == 3:
        memory.recall((1, 2), number * S)


def shown(view):
    return repr([dataclasses.astuple(one) for one in view.objects(confirmed=False)]), dict(view.counts), view.stamp_ns


@settings(max_examples=25)
@given(frames, st.data(), st.sampled_from(["fifo", "lru", "w-tinylfu", "adjacent-merge"]))
def test_loading_a_dump_and_going_on_is_never_having_stopped(told, data, policy):
    config = ShortTermConfig(objects_max=2, tentative_s=2.0, policy=policy)
    cut = data.draw(st.integers(0, len(told)))
    whole, half = ShortTerm(config), ShortTerm(config)
    for number, frame in enumerate(told):
        tell(whole, number, frame)
        if number < cut:
            tell(half, number, frame)
    again = ShortTerm.load(half.dump())
    assert again.dump() == half.dump()
    assert shown(again.view()) == shown(half.view())
    for number in range(cut, len(told)):
        tell(again, number, told[number])
    assert again.dump() == whole.dump()
    assert shown(again.view()) == shown(whole.view())


def test_a_damaged_dump_is_refused():
    memory = remembering(("mug", (1, 0, 0)))
    data = memory.dump()
    for wrong in (b"", data[:-1], data[:40] + bytes([data[40] ^ 1]) + data[41:], data + b"x"):
        with pytest.raises(sm.InputError):
            ShortTerm.load(wrong)
