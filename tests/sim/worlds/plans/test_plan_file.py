"""Plans: what is written is read back equal, a plan by hand says what it means, and every slip is named."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

import sim.worlds
from sim.worlds.home import Home, Room
from sim.worlds.kinds.catalogue import MODELS
from sim.worlds.making.generate import generate_home
from sim.worlds.plans.plan_file import load_home, save_home
from spatialmem import ConfigError

PLANS = sorted((Path(sim.worlds.__file__).parent / "plans").glob("*.yaml"))

PLAN = """
rooms:
  kitchen: {low: [0, 0], high: [4, 3.5]}
  hall: {low: [4, 0], high: [7, 3.5]}
doorways:
  - {between: [kitchen, hall], at: 1.75, open: 100}
furniture:
  - {kind: table, at: [2, 2]}
  - {name: fridge-1, at: [0.45, 0.45], yaw: 90, doors: {door: 20}}
things:
  - {thing: mug_red, on: table-1/top, offset: [0.1, -0.2], yaw: 30}
  - {thing: bottle, on: fridge-1/board-2, count: 2}
  - {thing: ball, on: floor, at: [6, 3]}
"""


@pytest.fixture
def plan(tmp_path):
    """Write a plan and load it."""

    def load(text: str, name: str = "plan.yaml") -> Home:
        (tmp_path / name).write_text(text)
        return load_home(tmp_path / name)

    return load


def test_a_plan_by_hand_says_what_it_means(plan):
    home = plan(PLAN, "cottage.yaml")
    assert home.name == "cottage"
    assert home.rooms[1] == Room("hall", (4.0, 0.0), (7.0, 3.5))
    (door,) = home.doorways
    assert (door.name, door.rooms, door.center_m, door.width_m) == ("door-1", ("kitchen", "hall"), (4.0, 1.75), 1.0)
    assert (door.door, door.angle_rad) == (True, math.radians(100))
    table, fridge = home.furniture
    assert (table.name, table.x_m, table.y_m, table.yaw_rad, table.size_m) == ("table-1", 2, 2, 0, (0.85, 1.4, 0.74))
    assert (fridge.yaw_rad, fridge.open_rad) == (math.radians(90), {"door": math.radians(20)})
    mug, *bottles, ball = home.things
    assert (mug.name, mug.model, mug.support) == ("mug-1", "mug_red", "table-1/top")
    assert mug.p_WK == pytest.approx((2.1, 1.8, 0.74))
    assert 2 * math.atan2(mug.q_WK[3], mug.q_WK[0]) == pytest.approx(math.radians(30), abs=1e-5)
    assert [bottle.name for bottle in bottles] == ["bottle-1", "bottle-2"]
    assert bottles[0].model != bottles[1].model
    assert {bottle.support for bottle in bottles} == {"fridge-1/board-2"}
    assert (ball.support, ball.p_WK) == ("floor", (6.0, 3.0, 0.0))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_the_plans_that_come_along_are_read_and_written(path, tmp_path):
    home = load_home(path)
    assert len(home.rooms) >= 4
    assert len(home.things) >= 30
    save_home(home, tmp_path / "again.yaml")
    assert load_home(tmp_path / "again.yaml") == home
    assert load_home(path) == home


@pytest.mark.parametrize("seed", [0, 3, 7])
def test_what_is_saved_loads_equal(seed, tmp_path):
    home = generate_home(seed)
    save_home(home, tmp_path / "home.yaml")
    assert load_home(tmp_path / "home.yaml") == home


def test_awkward_numbers_are_kept_to_the_bit(plan, tmp_path):
    home = plan(PLAN)
    table, fridge = home.furniture
    mug, *rest = home.things
    q = (math.cos(0.123456789), 0.0, 0.0, math.sin(0.123456789))
    home = replace(
        home,
        name="on",  # a word, not a yes
        furniture=(replace(table, yaw_rad=1 / 3, x_m=2 + 1e-12), replace(fridge, open_rad={"door": 1 / 7})),
        things=(replace(mug, q_WK=q, p_WK=(2.1, 1.8, 0.7400001)), *rest),
        wall_height_m=2.4000000001,
    )
    save_home(home, tmp_path / "home.yaml")
    assert load_home(tmp_path / "home.yaml") == home


def test_things_can_come_by_chance(plan):
    shell = PLAN[: PLAN.index("things:")]
    home = plan(shell + "things: 12\nseed: 3\n")
    assert len(home.things) == 12
    assert home == plan(shell + "things: 12\nseed: 3\n")
    assert home.things != plan(shell + "things: 12\nseed: 4\n").things
    more = plan(PLAN + "stock: {things: 6, seed: 3}\n")
    assert len(more.things) == 10
    assert more.things[:4] == plan(PLAN).things


WRONG = {
    "unknown key": ("doorways:", "doorway:", "'doorway' is no key here; .*Did you mean 'doorways'"),
    "unknown key in an entry": (
        "at: [2, 2]}",
        "at: [2, 2], colour: red}",
        "table-1: 'colour' is no key here; there are",
    ),
    "unknown kind": (
        "kind: table",
        "kind: tabel",
        "furniture 1: no furniture is called 'tabel'; .*Did you mean 'table'",
    ),
    "unknown room": (
        "[kitchen, hall], at",
        "[kitchen, hal], at",
        "door-1: there is no room 'hal'; .*Did you mean 'hall'",
    ),
    "same room": ("[kitchen, hall], at", "[hall, hall], at", "door-1: the rooms hall and hall share no wall"),
    "rooms overlap": ("low: [4, 0]", "low: [3.5, 0]", "the rooms kitchen and hall overlap by 0.50 by 3.50 m"),
    "rooms apart": ("low: [4, 0]", "low: [4.1, 0]", "door-1: the rooms kitchen and hall share no wall"),
    "room inside out": ("high: [4, 3.5]", "high: [-4, 3.5]", "kitchen: a room goes from its low corner to its high"),
    "room named twice": ("  hall:", "  kitchen:", "is not YAML: 'kitchen' is given twice in line 4"),
    "doorway past the wall": (
        "at: 1.75",
        "at: 3.3",
        r"door-1: it must be in the wall .* leaves 0.05 to 3.45 m along y",
    ),
    "doorway beside the wall": ("at: 1.75", "center: [4.2, 1.75]", "door-1: it must be in the wall between"),
    "doorway placed twice": ("at: 1.75", "at: 1.75, center: [4, 1.75]", "give its place once"),
    "door opens too far": ("open: 100", "open: 190", "door-1: 'open' must be a number from 0 to 175, it is 190"),
    "piece outside": ("at: [2, 2]", "at: [2, 3]", r"table-1: it covers \(1.57, 2.30\) to \(2.42, 3.70\) m and so"),
    "piece in a piece": ("at: [2, 2]", "at: [0.8, 0.9]", "fridge-1: it stands in table-1"),
    "piece in a door": ("at: [2, 2]", "at: [4.7, 2.4]", "door-1: its door, 100 degrees open, stands in table-1"),
    "piece too large": (
        "at: [2, 2]}",
        "at: [2, 2], size: [0.8, 3, 0.7]}",
        "table-1: table-1 is 3 m along y; a table is",
    ),
    "piece misnamed": ("kind: table", "kind: table, name: desk-1", "desk-1: a table is called table-1, table-2"),
    "piece named twice": ("kind: table", "kind: fridge, name: fridge-1", "two entries are called 'fridge-1'"),
    "no such leaf": ("{door: 20}", "{lid: 20}", "fridge-1, doors: 'lid' is no key here; there are door"),
    "leaf too far": ("{door: 20}", "{door: 120}", "fridge-1, doors: 'door' must be a number from 0 to 108"),
    "not a number": ("at: [2, 2]", "at: [2, two]", "table-1: 'at' must be 2 numbers from -1000 to 1000 in brackets"),
    "not finite": ("at: [2, 2]", "at: [2, .nan]", "table-1: 'at' must be 2 numbers"),
    "no such support": ("table-1/top", "table-2/top", "thing 1: there is nothing called 'table-2/top' .*Did you mean"),
    "no such thing": ("mug_red", "mug_rad", "thing 1: there is no thing 'mug_rad'; .*Did you mean 'mug_red'"),
    "no such model": (
        "thing: mug_red",
        "thing: mug, model: cup_green",
        "'cup_green' is no model of mug; there are mug_blue",
    ),
    "no room there": (
        "[0.1, -0.2]",
        "[0.4, -0.2]",
        "no room for mug_red on table-1/top at that offset. It is 0.08 by 0.12 m",
    ),
    "no room at all": ("count: 2", "count: 90", r"no room for bottle_\w+ number \d+ on fridge-1/board-2"),
    "no word": ("thing: bottle", "thing: [bottle]", "thing 2: 'thing' must be a word"),
    "too high": ("thing: bottle", "thing: bottle_green", "no room for bottle_green on .* 0.29 m high; .* 0.30 m above"),
    "thing misnamed": ("mug_red", "mug_red, name: cup-1", r"thing 1 \(cup-1\): one mug is called mug-1, mug-2"),
    "thing without a name of its own": (
        "thing: ball",
        "thing: mug, name: mug-1",
        r"thing 3 \(mug-1\): another thing has that name",
    ),
    "on the floor, nowhere": (", at: [6, 3]", "", "'at' is missing: where on the floor"),
    "outside": ("at: [6, 3]", "at: [6.9, 3]", r"at \(6.9, 3\) m it is not wholly in a room"),
    "in furniture": ("at: [6, 3]", "at: [0.45, 0.45]", r"at \(0.45, 0.45\) m it is in fridge-1"),
    "off its support": ("offset: [0.1, -0.2]", "at: [1, 1, 1]", r"\(1, 1, 1\) m is not on table-1/top"),
    "a list for a mapping": ("rooms:", "rooms: []\nhalls:", "'rooms' must be a mapping, it is \\[\\]"),
    "broken": ("rooms:", "rooms: {", "is not YAML: .* in line"),
}


@pytest.mark.parametrize("slip", WRONG)
def test_every_slip_is_named(slip, plan):
    old, new, message = WRONG[slip]
    assert old in PLAN
    with pytest.raises(ConfigError, match=message) as error:
        plan(PLAN.replace(old, new, 1))
    assert "plan.yaml" in str(error.value)
    assert "\n" not in str(error.value)


def test_more_things_than_there_is_room_for_are_refused(plan):
    with pytest.raises(ConfigError, match=r"stock: there is room for \d+ things by chance, not for 200"):
        plan(PLAN[: PLAN.index("furniture:")] + "things: 200\n")


def test_a_plan_that_is_not_there_or_no_text_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"there is no plan .*none\.yaml; name a file, or a built-in home: flat"):
        load_home(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00rooms")
    with pytest.raises(ConfigError, match="is not YAML"):
        load_home(tmp_path / "bytes.yaml")
    (tmp_path / "empty.yaml").write_text("")
    with pytest.raises(ConfigError, match="it must be a mapping of keys and values, it is None"):
        load_home(tmp_path / "empty.yaml")
    (tmp_path / "empty.yaml").write_text("name: nothing")
    with pytest.raises(ConfigError, match="a home needs at least one room"):
        load_home(tmp_path / "empty.yaml")


def test_a_plan_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot write the plan"):
        save_home(Home("h", (Room("a", (0.0, 0.0), (3.0, 3.0)),), ()), tmp_path / "none" / "plan.yaml")


def test_every_model_can_be_said(plan):
    """Each stands alone on a table that is large enough."""
    shell = PLAN[: PLAN.index("things:")]
    for key in MODELS:
        assert plan(shell + f"things:\n  - {{thing: {key}, on: table-1/top}}\n").things[0].support == "table-1/top"
