"""How things lie to each other: what is believed, and how near; and that it agrees with every other question."""

import dataclasses
import itertools

import numpy as np
import pytest
from told_objects import Told, record
from watched_table import BOWL, FRIDGE, MUG, Table, moved

from spatialmem import InputError, QueryError, SpatialMemory, Unknown
from spatialmem.belief.table import How
from spatialmem.belief.table import Table as BeliefTable
from spatialmem.queries.gaps import gaps_m, near_pairs
from spatialmem.queries.relations import NEAR_M, carried_by, in_hand


def told(memory, what):
    answer = memory.relations(what)
    assert not isinstance(answer, Unknown), answer
    return [(one.kind, one.subject.name, one.object.name) for one in answer]


@pytest.fixture(scope="module")
def laid():
    """mug-1, cup-2 beside it, bowl-3 far from them, table-4."""
    cup = moved(MUG, dy=0.2)
    made = Table(SpatialMemory(), {"mug": MUG, "cup": cup, "bowl": BOWL})
    made.watch(8)
    return made


def test_on_a_table_and_near_what_stands_beside(laid):
    assert [one.name for one in laid.memory.objects()] == ["mug-1", "cup-2", "bowl-3", "table-4"]
    assert told(laid.memory, 1) == [("on", "mug-1", "table-4"), ("near", "mug-1", "cup-2")]
    assert told(laid.memory, "bowl-3") == [("on", "bowl-3", "table-4"), ("near", "bowl-3", "cup-2")]
    on_it = [("on", name, "table-4") for name in ("mug-1", "cup-2", "bowl-3")]
    assert told(laid.memory, "table-4") == on_it
    assert laid.memory.view().relations(1)[1].gap_m == pytest.approx(0.1, abs=0.02)
    assert laid.memory.relations(1)[0].gap_m <= 0.03


def test_it_says_what_where_and_objects_say(laid):
    for one in laid.memory.whereabouts():
        places = [f"{kind} {other}" for kind, name, other in told(laid.memory, one.object.id)
                  if name == one.object.name and kind != "near"]  # fmt: skip
        assert one.place == "".join(places)
    assert [one.id for one in laid.memory.objects(in_="table-4")] == [1, 2, 3]


def test_what_nobody_knows_and_what_is_no_object(laid):
    assert laid.memory.relations(77) == Unknown("object 77 is not remembered here")
    with pytest.raises(QueryError, match="object 1 is mug-1"):
        laid.memory.relations("bowl-1")
    for wrong in ("mug", 1.0, None):
        with pytest.raises(InputError):
            laid.memory.relations(wrong)


def test_what_is_missing_has_none_and_what_is_held_is_near_nothing():
    made = Table(SpatialMemory(), {"mug": MUG, "cup": moved(MUG, dy=0.2)})
    made.watch(8)
    made.act("picked_up", 1)
    assert told(made.memory, 1) == []
    assert told(made.memory, 2) == [("on", "cup-2", "table-3")]
    assert told(made.memory, 3) == [("on", "cup-2", "table-3")]
    made.act("placed_in", 1, 2)
    assert told(made.memory, 1)[0] == ("in", "mug-1", "cup-2")
    assert told(made.memory, 2) == [("on", "cup-2", "table-3"), ("in", "mug-1", "cup-2")]
    assert told(made.memory, 3) == [("on", "cup-2", "table-3")]  # the mug is in the cup, which is on it
    del made.things["mug"], made.things["cup"]
    made.watch(6)
    assert {one.id for one in made.memory.objects(missing=True) if one.missing} == {1, 2}
    assert told(made.memory, 1) == told(made.memory, 2) == told(made.memory, 3) == []


def test_what_is_in_something_is_not_near_that_either():
    made = Table(SpatialMemory(), {"fridge": FRIDGE, "mug": MUG})
    made.watch(8)
    made.act("placed_in", 2, 1)
    assert told(made.memory, 2)[:1] == [("in", "mug-2", "fridge-1")]
    assert all("fridge-1" not in one[1:] for one in told(made.memory, 2)[1:])
    assert all("table-3" not in one[1:] for one in told(made.memory, 2)[1:])  # it is on that at second hand


def drawn(count=60, seed=0):
    """Boxes at random, turned."""
    rng = np.random.default_rng(seed)
    places, sizes, yaws = (
        rng.uniform(-1, 1, (count, 3)),
        rng.uniform(0.05, 1.2, (count, 3)),
        rng.uniform(-0.7, 0.7, count),
    )
    return Told(
        record(i + 1, center_W=places[i], size_m=sizes[i] ** 2, yaw_rad=float(yaws[i])) for i in range(count)
    ).shown


def sampled_gap_m(shown, a, b):
    """The least distance between many points of two boxes, to a few millimetres."""
    grids = []
    for row in (a, b):
        x, y, z = (np.linspace(-0.5, 0.5, 25) * size for size in shown.size_m[row])
        p = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1).reshape(-1, 3)
        c, s = np.cos(shown.yaw_rad[row]), np.sin(shown.yaw_rad[row])
        grids.append(shown.center_W[row] + p @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]))
    from scipy.spatial import KDTree

    return KDTree(grids[0]).query(grids[1])[0].min()


def test_gaps_are_those_between_points_of_the_boxes():
    shown = drawn(12)
    rows = np.flatnonzero(shown.ids > 0)
    for a, b in itertools.islice(itertools.combinations(rows.tolist(), 2), 40):
        (gap,) = gaps_m(shown, np.array([a]), np.array([b]))
        (back,) = gaps_m(shown, np.array([b]), np.array([a]))
        assert gap == pytest.approx(back)
        apart = sampled_gap_m(shown, a, b)
        spacing = shown.size_m[[a, b]].max() / 24
        assert gap <= apart + 1e-9
        assert gap >= apart - 2 * spacing
    crossed = Told([record(1, size_m=(2.0, 0.1, 0.1)), record(2, size_m=(0.1, 2.0, 0.1))]).shown
    assert gaps_m(crossed, np.array([0]), np.array([2])) == [0.0]  # no corner of the one is in the other


def test_near_pairs_are_all_that_are_near():
    shown = drawn()
    shown = dataclasses.replace(shown, missing=shown.ids % 7 == 0, confirmed=(shown.ids > 0) & (shown.ids % 5 != 0))
    rows = [row for row in range(len(shown.ids)) if shown.confirmed[row] and not shown.missing[row]]
    every = sorted((int(shown.ids[a]), int(shown.ids[b])) for a, b in itertools.combinations(rows, 2)
                   if gaps_m(shown, np.array([a]), np.array([b]))[0] <= NEAR_M)  # fmt: skip
    pairs, gap_m = near_pairs(shown, NEAR_M)
    assert [tuple(pair) for pair in shown.ids[pairs].tolist()] == [tuple(sorted(pair)) for pair in every]
    assert 0 < len(every) < 60 * 59 / 2
    assert gap_m.tolist() == gaps_m(shown, pairs[:, 0], pairs[:, 1]).tolist()
    none = near_pairs(Told([record(1)]).shown, NEAR_M)
    assert len(none[0]) == len(none[1]) == 0


def believed(*rests):
    """What somebody said rests on what."""
    table = BeliefTable()
    for object_id, how, support in rests:
        row = table.add(object_id)
        table.how[row], table.support[row] = how, support
    return table


def test_what_goes_along_at_first_and_second_hand():
    table = believed(
        (1, How.ON, 2), (2, How.IN, 3), (3, How.UNKNOWN, 0), (4, How.ON, 3), (5, How.HELD, 0), (6, How.IN, 5)
    )
    assert carried_by(table, np.array([3])).tolist() == [1, 2, 4]
    assert carried_by(table, np.array([2, 5])).tolist() == [1, 6]
    assert carried_by(table, np.array([1])).tolist() == []
    assert in_hand(table).tolist() == [5, 6]
    circle = believed((1, How.ON, 2), (2, How.ON, 1))
    assert carried_by(circle, np.array([1])).tolist() == [2]
