"""A home in PyBullet: everything is where the home says, moves when told, and is the same in another process."""

import dataclasses
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pybullet")

from homes import FRIDGE, TABLE, two_rooms

from sim import bullet
from sim.poses import pose, yaw_pose
from sim.worlds.built.bodies import Body
from sim.worlds.built.resting import supports_of
from sim.worlds.built.world import World
from sim.worlds.home import Doorway, Furniture, Home, Room
from spatialmem import ConfigError, InputError

SUPPORT = Path(__file__).resolve().parents[3] / "support"


@pytest.fixture
def world():
    with World(two_rooms()) as world:
        yield world


@pytest.fixture(scope="module")
def still():
    """A world that no test changes."""
    with World(two_rooms()) as world:
        yield world


def ray(world: World, start, end) -> tuple[str, float]:
    """The body that a ray meets first, "" for none, and how far along it, 0 to 1."""
    unique_id, _, share, *_ = bullet.api().rayTest(start, end, physicsClientId=world.client)[0]
    body = world.body_of(unique_id)
    return body.name if body else "", share


def test_every_body_has_a_name_a_label_and_an_id(still):
    kinds = {name: body.kind for name, body in still.bodies.items()}
    assert kinds["floor"] == kinds["wall-1"] == "room"
    assert kinds["door-1"] == "door"
    assert "door-2" not in kinds
    assert kinds["fridge-1"] == "furniture"
    assert [name for name, kind in kinds.items() if kind == "thing"] == [t.name for t in still.home.things]
    assert {body.label for body in still.bodies.values() if body.kind == "room"} == {"floor", "wall"}
    assert all(still.body_of(body.unique_id) is body for body in still.bodies.values())
    assert still.body_of(10_000) is None


def test_walls_stand_on_the_sides_of_the_rooms_and_close_the_corners(still):
    for x, y in [(0, 0), (9, 0), (9, 6), (4, 6), (0, 4), (4, 4), (2, 0), (9, 3), (6, 6), (4, 5)]:
        name, share = ray(still, (x, y, 4.0), (x, y, 0.01))
        assert (name.split("-")[0], round(4.0 - 3.99 * share, 3)) == ("wall", 2.5)
    for corner in [(-0.049, -0.049), (9.049, -0.049), (9.049, 6.049), (3.951, 6.049), (-0.049, 4.049)]:
        assert ray(still, (*corner, 4.0), (*corner, 0.01))[0].startswith("wall")
    for x, y in [(0.051, 1), (3.949, 3.5), (4.051, 3.5), (8.949, 1)]:
        assert ray(still, (x, y, 4.0), (x, y, -0.05))[0] == "floor"


def test_a_wall_that_two_rooms_share_stands_once(still):
    runs = [b for b in still.bodies.values() if b.label == "wall"]
    boxes = [shape for run in runs for shape in still.geometry(run.name)[-1]]
    assert len(runs) == 6  # y = 0, 4, 6 along x and x = 0, 4, 9 along y
    full = [b for b in boxes if b.size_m[2] == 2.5]
    lintels = [b for b in boxes if b.size_m[2] < 2.5]
    assert (len(full), len(lintels)) == (8, 2)
    assert {round(b.center_m[2] - b.size_m[2] / 2, 6) for b in lintels} == {2.05}


@pytest.mark.parametrize(("x", "y", "axis"), [(4.0, 2.0, 0), (7.0, 4.0, 1)])
def test_doorways_are_open_up_to_their_lintel(still, x, y, axis):
    def across(along: float, z: float) -> str:
        start, end = [x, y, z], [x, y, z]
        start[axis], end[axis] = start[axis] - 0.3, end[axis] + 0.3
        start[1 - axis] += along
        end[1 - axis] += along
        return ray(still, start, end)[0]

    for along in (-0.4, 0.0, 0.49):
        assert across(along, 0.05) == across(along, 2.04) == ""
        assert across(along, 2.06).startswith("wall")
    assert across(-0.51, 1.0).startswith("wall")
    assert across(0.51, 1.0).startswith("wall")


def test_the_floor_is_level_everywhere_under_walls_and_doorways_too(still):
    for x, y in [(1, 2.9), (4.0, 2.3), (7.0, 4.0), (8, 5)]:
        name, share = ray(still, (x, y, 1.0), (x, y, -1.0))
        assert name == "floor"
        assert share == pytest.approx(0.5, abs=1e-6)


def test_everything_is_built_where_the_home_says(still):
    for piece in still.home.furniture:
        np.testing.assert_array_equal(still.X_WK(piece.name), yaw_pose(piece.x_m, piece.y_m, piece.yaw_rad))
    for thing in still.home.things:
        np.testing.assert_allclose(still.X_WK(thing.name), pose(thing.p_WK, thing.q_WK), atol=2e-3)
    assert still.trouble == []


def test_a_thing_is_where_it_was_put(world):
    rng = np.random.default_rng((5, 1))
    for name in ("mug-1", "bowl-1", "apple-1", "box-1"):  # a mesh, many boxes, a ball, three boxes
        for _ in range(20):
            X_WK = pose(rng.uniform(1, 3, 3), rng.normal(size=4))
            world.place(name, X_WK)
            np.testing.assert_allclose(world.X_WK(name), X_WK, atol=1e-14)


def test_a_thing_falls_and_what_lay_on_it_wakes(world):
    X_WK = world.X_WK("box-1")
    X_WK[2, 3] = 0.14
    world.place("bowl-1", X_WK)
    world.step(720)  # long enough to fall asleep
    assert supports_of(world)["bowl-1"] == "floor"
    assert world.X_WK("bowl-1")[2, 3] == pytest.approx(0.14, abs=2e-3)
    world.remove("box-1")
    world.step(240)
    assert world.X_WK("bowl-1")[2, 3] == pytest.approx(0.0, abs=2e-3)


def test_a_thing_out_of_the_world_is_nowhere_until_it_is_restored(world):
    x, y, _ = world.X_WK("box-1")[:3, 3]
    assert ray(world, (x, y, 1.0), (x, y, -0.05))[0] == "box-1"
    world.remove("box-1")
    world.step(480)
    assert world.absent == {"box-1"}
    assert ray(world, (x, y, 1.0), (x, y, -0.05))[0] == "floor"
    assert "box-1" not in supports_of(world)
    height = bullet.api().getBasePositionAndOrientation(world.bodies["box-1"].unique_id, world.client)[0][2]
    assert height < -40
    for refused in (world.X_WK, world.remove, lambda name: world.place(name, np.eye(4))):
        with pytest.raises(InputError, match="out of the world"):
            refused("box-1")
    world.restore("box-1", yaw_pose(2.0, 2.0, 0.4, 0.3))
    assert world.absent == set()
    world.step(360)
    assert supports_of(world)["box-1"] == "floor"
    np.testing.assert_allclose(world.X_WK("box-1"), yaw_pose(2.0, 2.0, 0.4), atol=2e-3)
    with pytest.raises(InputError, match="place"):
        world.restore("box-1", np.eye(4))


def test_only_things_can_be_moved(still):
    for name in ("table-1", "wall-1", "door-1"):
        with pytest.raises(InputError, match=f"'{name}' is a"):
            still.place(name, np.eye(4))
    with pytest.raises(InputError, match="there is no 'mug-9'"):
        still.X_WK("mug-9")


def test_doors_turn_within_their_limits_and_stay(world):
    assert set(world.hinges) == {"door-1/leaf", "fridge-1/door"}
    assert world.hinge_rad("door-1/leaf") == pytest.approx(1.7, abs=1e-6)
    assert world.hinge_rad("fridge-1/door") == pytest.approx(0.0, abs=1e-6)
    for name, (low, high) in world.hinges.items():
        for share in np.linspace(0.0, 1.0, 9):
            angle = low + share * (high - low)
            world.set_hinge(name, angle)
            world.step(48)
            assert world.hinge_rad(name) == pytest.approx(angle, abs=1e-3)
        with pytest.raises(InputError, match="cannot be open"):
            world.set_hinge(name, high + 0.1)
        with pytest.raises(InputError, match="cannot be open"):
            world.set_hinge(name, -0.1)
    with pytest.raises(InputError, match="no hinge 'door-2/leaf'"):
        world.hinge_rad("door-2/leaf")


def test_a_door_touches_nothing_on_its_way(world):
    world.remove("box-1")
    for angle in np.linspace(0.0, world.hinges["door-1/leaf"][1], 25):
        world.set_hinge("door-1/leaf", float(angle))
        for name in world.bodies:
            if name != "door-1":
                found = bullet.api().getClosestPoints(
                    world.bodies["door-1"].unique_id, world.bodies[name].unique_id, 0.001, physicsClientId=world.client
                )
                assert [point[8] for point in found if point[8] < -1e-6] == [], f"{name} at {angle:.2f} rad"


def test_doors_open_into_the_second_room():
    for rooms, into in ((("a", "b"), 1.0), (("b", "a"), -1.0)):
        for hinge in (1, -1):
            doorway = Doorway("door-1", rooms, (3.0, 2.0), door=True, hinge=hinge, angle_rad=math.pi / 2)
            home = Home("h", (Room("a", (0.0, 0.0), (3.0, 4.0)), Room("b", (3.0, 0.0), (6.0, 4.0))), (doorway,))
            with World(home) as world:
                along = 2.0 + hinge * 0.47
                assert (
                    ray(world, (3.0 + into * 0.5, along - 0.2, 1.5), (3.0 + into * 0.5, along + 0.2, 1.5))[0]
                    == "door-1"
                )
                assert ray(world, (3.0 - into * 0.5, 1.0, 1.5), (3.0 - into * 0.5, 3.0, 1.5))[0] == ""
                world.set_hinge("door-1/leaf", 0.0)
                for y in (1.53, 2.0, 2.47):
                    assert ray(world, (2.5, y, 1.5), (3.5, y, 1.5))[0] == "door-1"


def test_what_physics_turns_is_where_link_poses_say(world):
    api, body = bullet.api(), world.bodies["fridge-1"]
    link = body.links["door"]
    api.setJointMotorControl2(
        body.unique_id, link, api.VELOCITY_CONTROL, targetVelocity=2.0, force=50.0, physicsClientId=world.client
    )
    world.step(120)
    assert world.hinge_rad("fridge-1/door") == pytest.approx(1.0, abs=0.1)
    state = api.getLinkState(body.unique_id, link, computeForwardKinematics=1, physicsClientId=world.client)
    X_WL = world.link_poses("fridge-1")[link]
    np.testing.assert_allclose(X_WL[:3, 3], state[4], atol=1e-6)
    np.testing.assert_allclose(X_WL[:3, :3].ravel(), api.getMatrixFromQuaternion(state[5]), atol=1e-5)
    world.step(240)
    assert world.hinge_rad("fridge-1/door") == pytest.approx(world.hinges["fridge-1/door"][1], abs=1e-3)  # its stop


def test_supports_are_where_their_furniture_stands(still):
    top = still.supports["table-1/top"]
    assert top.center_W == pytest.approx((TABLE.x_m, TABLE.y_m, TABLE.size_m[2]))
    assert (top.yaw_rad, top.behind) == (TABLE.yaw_rad, "")
    assert still.supports["fridge-1/board-2"].behind == "fridge-1/door"
    for support in still.supports.values():
        if support.name.split("/")[0] in ("table-1", "counter-1"):
            x, y, z = support.center_W
            name, share = ray(still, (x, y, z + 0.004), (x, y, z - 0.1))
            assert name == support.name.split("/")[0]
            assert 0.104 * share == pytest.approx(0.004, abs=1e-4)


def test_every_change_is_counted(world):
    seen = [world.revision]
    for change in (
        lambda: world.place("mug-1", yaw_pose(2, 2, 0)),
        lambda: world.remove("mug-1"),
        lambda: world.restore("mug-1", yaw_pose(2, 2, 0)),
        lambda: world.set_hinge("fridge-1/door", 0.5),
        lambda: world.step(3),
        lambda: world.adopt(robot(world)),
    ):
        change()
        seen.append(world.revision)
    assert seen == sorted(set(seen))


def robot(world: World, name: str = "robot-1") -> Body:
    with bullet.quiet():
        unique_id = bullet.api().loadURDF("r2d2.urdf", [2.0, 1.0, 0.5], physicsClientId=world.client)
    return Body(name, "robot", unique_id, "robot")


def test_a_robot_is_taken_in(world):
    body = robot(world)
    world.adopt(body)
    assert world.body_of(body.unique_id) is body
    np.testing.assert_allclose(world.X_WK("robot-1"), yaw_pose(2.0, 1.0, 0.0, 0.5), atol=1e-6)
    with pytest.raises(ConfigError, match="'robot-1'"):
        world.adopt(body)


def test_a_home_that_cannot_be_built_is_refused_with_its_reason():
    home = two_rooms()
    mug = home.things[0]
    for change, reason in (
        ({"things": (dataclasses.replace(mug, model="mug_of_gold"),)}, "mug_of_gold"),
        ({"things": (mug, mug)}, "'mug-1'"),
        ({"furniture": (dataclasses.replace(FRIDGE, open_rad={"door": 3.0}), TABLE)}, "fridge-1/door"),
        ({"furniture": (Furniture("piano-1", 1.0, 1.0, 0.0, (1.0, 1.0, 1.0)),)}, "piano"),
    ):
        with pytest.raises(ConfigError, match=reason):
            World(dataclasses.replace(home, **change))


def test_the_same_home_moves_to_the_same_bits_in_another_process(still):
    code = f"""if True:
        import sys, hashlib
        sys.path.insert(0, {str(SUPPORT)!r})
        from homes import two_rooms
        from sim.worlds.built.world import World
        from sim.poses import yaw_pose
        world = World(two_rooms())
        poses = lambda: b"".join(world.X_WK(thing.name).tobytes() for thing in world.home.things)
        told = hashlib.sha256(poses())
        world.place("box-1", yaw_pose(6.4, 1.8, 0.3, 1.2))
        world.place("apple-1", yaw_pose(1.4, 1.8, 0.3, 0.8))
        world.step(480)
        told.update(poses())
        print(told.hexdigest())"""
    outputs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120) for _ in range(2)
    ]
    assert outputs[0].returncode == 0, outputs[0].stderr
    assert len(outputs[0].stdout.strip()) == 64
    assert outputs[0].stdout == outputs[1].stdout
