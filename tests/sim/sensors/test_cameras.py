"""Both cameras see what geometry says, and the same as each other."""

import itertools
import math
import sys

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("embreex")

from sim.poses import pose, rpy_pose, yaw_pose
from sim.sensors import CameraSettings, camera_of
from sim.sensors.cameras import AMBIENT, BACKGROUND, DIFFUSE, NEAR_M, SUN_W, rays_C
from sim.sensors.noise import jumps
from sim.sensors.triangles import _embree, windows
from spatialmem import ConfigError, InputError, inverse, look_at, transform

MODES = ("physical", "fast")
SETTINGS = CameraSettings()
CAMERA = SETTINGS.pinhole
RAYS_C = rays_C(CAMERA)
RAY_LENGTH = np.sqrt((RAYS_C**2).sum(axis=0))
ALONG_X = look_at((5.0, 5.0, 1.25), (9.0, 5.0, 1.25))
"""In the middle of the studio, level, along x."""


def seen(world, mode, X_WC):
    camera = camera_of(world, SETTINGS, mode)
    try:
        return camera.look(X_WC)
    finally:
        camera.close()


def on_plane(X_WC, point_W, normal_W):
    """Depth and cosine of every pixel's ray on a plane."""
    rays_W = np.einsum("ij,jvu->ivu", X_WC[:3, :3], RAYS_C.astype(float))
    slope = np.einsum("i,ivu->vu", normal_W, rays_W)
    return float((np.asarray(point_W) - X_WC[:3, 3]) @ normal_W) / slope, np.abs(slope) / RAY_LENGTH


@pytest.mark.parametrize("mode", MODES)
def test_a_wall_two_metres_ahead(studio, mode):
    shot = seen(studio, mode, look_at((7.95, 5.0, 1.25), (9.0, 5.0, 1.25)))
    assert {studio.bodies[shot.names[i]].label for i in np.unique(shot.body)} == {"wall"}
    np.testing.assert_allclose(shot.depth_m, 2.0, atol=1e-4)
    np.testing.assert_allclose(shot.cosine, 1 / RAY_LENGTH, atol=2e-3)
    assert (shot.link == -1).all()


@pytest.mark.parametrize("mode", MODES)
def test_a_tilted_plane_is_where_it_is(studio, probe, mode):
    X_WK = rpy_pose((7.0, 5.0, 1.25), (0.2, 0.7, -0.5))
    probe("board-1", (0.01, 1.2, 0.8), X_WK)
    shot = seen(studio, mode, ALONG_X)
    normal_W = -X_WK[:3, 0]
    depth_m, cosine = on_plane(ALONG_X, X_WK[:3, 3] + 0.01 * normal_W, normal_W)
    board = shot.mask("board-1") & ~jumps(shot.depth_m)
    assert 20_000 < board.sum() < 60_000
    np.testing.assert_allclose(shot.depth_m[board], depth_m[board], atol=2e-4)
    # where it is estimated from neighbours, a few at the rim are not
    assert np.quantile(np.abs(shot.cosine - cosine)[board], 0.999) < 0.01


@pytest.mark.parametrize("mode", MODES)
def test_a_face_is_as_bright_as_the_sun_falls_on_it(studio, probe, mode):
    X_WK = rpy_pose((7.0, 5.0, 1.25), (0.4, 0.3, 2.6))
    probe("crate-1", (0.3, 0.4, 0.5), X_WK, color=(1.0, 0.6, 0.2, 1.0))
    shot = seen(studio, mode, look_at((8.6, 5.5, 3.0), (7.0, 5.0, 1.25)))  # from the sunny side
    crate = shot.mask("crate-1")
    shown = {tuple(color) for color in shot.color[crate].tolist()}
    normals_W = np.concatenate([X_WK[:3, :3].T, -X_WK[:3, :3].T])
    bright = [AMBIENT + DIFFUSE * max(0.0, float(n @ SUN_W)) for n in normals_W]
    expected = [np.array([255, 153, 51]) * b for b in bright]
    assert len(shown) >= 3
    for color in shown:
        assert min(np.abs(color - face).max() for face in expected) < 3


@pytest.mark.parametrize("mode", MODES)
def test_the_cosine_is_right_up_to_the_edges(studio, probe, mode):
    """A board in front of a wall, both square to the view: a jump is not a grazing surface."""
    probe("board-1", (0.01, 0.4, 0.3), pose((7.0, 5.0, 1.25)))
    shot = seen(studio, mode, ALONG_X)
    flat = [i for i, name in enumerate(shot.names) if name == "board-1" or name.startswith("wall")]
    square = np.isin(shot.body, flat) & (np.abs(shot.depth_m - 4.95) < 1e-3)
    square |= shot.mask("board-1")
    assert jumps(shot.depth_m)[shot.mask("board-1")].sum() > 150
    np.testing.assert_allclose(shot.cosine[shot.mask("board-1")], (1 / RAY_LENGTH)[shot.mask("board-1")], atol=0.01)
    assert np.quantile(np.abs(shot.cosine - 1 / RAY_LENGTH)[square], 0.99) < 0.01


@pytest.mark.parametrize(("mode", "share"), [("physical", 0.08), ("fast", 0.03)])
def test_a_sphere_is_round_up_to_its_facets(studio, probe, mode, share):
    """Facets lie inside of the sphere; TinyRenderer's are the coarser ones."""
    radius, center_W = 0.4, np.array([7.0, 5.1, 1.3])
    probe("ball-1", radius, pose(center_W))
    shot = seen(studio, mode, ALONG_X)
    rays_W = np.einsum("ij,jvu->ivu", ALONG_X[:3, :3], RAYS_C.astype(float))
    offset = ALONG_X[:3, 3] - center_W
    a, b, c = (rays_W**2).sum(axis=0), np.einsum("i,ivu->vu", offset, rays_W), offset @ offset - radius**2
    root = b * b - a * c
    ball = shot.mask("ball-1")
    assert root[ball].min() > -1e-4  # nothing sticks out
    assert 0.9 * (root > 0).sum() < ball.sum() <= (root > 0).sum()
    error = shot.depth_m[ball] - (-b - np.sqrt(np.maximum(root, 0)))[ball] / a[ball]
    assert error.min() > -1e-4
    assert np.median(error) < share * radius


@pytest.mark.parametrize("mode", MODES)
def test_whole_numbers_are_pixel_centres(studio, probe, mode):
    """A square 1 m ahead covers just the pixels whose centres lie in it, wherever between pixels its edges are."""
    for number, shift in enumerate((0.2, 0.4, 0.6, 0.8)):
        left, top, right, bottom = 100 + shift, 61 + shift, 180 + shift, 150 + shift
        y = [5 - (u - CAMERA.cx) / CAMERA.fx for u in (left, right)]
        z = [1.25 - (v - CAMERA.cy) / CAMERA.fy for v in (top, bottom)]
        name = f"square-{number}"
        half = 0.005, (y[0] - y[1]) / 2, (z[0] - z[1]) / 2
        unique_id = probe(name, half, pose((6.005, (y[0] + y[1]) / 2, (z[0] + z[1]) / 2)))
        shot = seen(studio, mode, ALONG_X)
        v, u = np.nonzero(shot.mask(name) & (shot.depth_m < 1.001))  # its front
        assert (u.min(), v.min(), u.max(), v.max()) == (101, 62, math.floor(right), math.floor(bottom))
        _away(studio, unique_id)


def _away(world, unique_id):
    from sim import bullet

    bullet.api().resetBasePositionAndOrientation(unique_id, (0, 0, -20), (0, 0, 0, 1), physicsClientId=world.client)


@pytest.mark.parametrize("mode", MODES)
def test_what_moves_unannounced_is_seen_where_it_is(studio, probe, mode):
    """Robots and persons move their bodies themselves."""
    unique_id = probe("person-1", (0.1, 0.1, 0.5), pose((7.0, 5.0, 1.25)))
    camera = camera_of(studio, SETTINGS, mode)
    before = camera.look(ALONG_X)
    _away(studio, unique_id)
    after = camera.look(ALONG_X)
    assert before.mask("person-1").sum() > 500
    assert not after.mask("person-1").any()
    assert np.median(after.depth_m[before.mask("person-1")]) == pytest.approx(4.95, abs=1e-3)  # the wall behind


@pytest.mark.parametrize("mode", MODES)
def test_who_is_inside_of_a_body_looks_out(studio, probe, mode):
    probe("robot-1", (0.5, 0.5, 0.5), pose((5.0, 5.0, 1.25)), kind="robot")
    inside = seen(studio, mode, ALONG_X)
    near = seen(studio, mode, look_at((4.5 - NEAR_M / 2, 5.0, 1.25), (9.0, 5.0, 1.25)))
    front = seen(studio, mode, look_at((4.5 - NEAR_M * 2, 5.0, 1.25), (9.0, 5.0, 1.25)))
    assert not inside.mask("robot-1").any()
    np.testing.assert_allclose(inside.depth_m[120, 160], 4.95, atol=1e-4)
    assert not near.mask("robot-1").any()  # its front is nearer than anything is seen
    assert front.mask("robot-1").all()
    np.testing.assert_allclose(front.depth_m, 2 * NEAR_M, atol=1e-4)


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_nothing(studio, mode):
    shot = seen(studio, mode, look_at((5.0, 5.0, 1.0), (5.0, 5.0, 9.0)))
    assert not shot.depth_m.any()
    assert not shot.cosine.any()
    assert (shot.body == -1).all()
    assert (shot.link == -1).all()
    assert (shot.color == BACKGROUND).all()


VIEWS = {
    "table": look_at((5.2, 0.7, 1.4), (6.6, 1.6, 0.7)),
    "counter": look_at((2.2, 2.3, 1.3), (0.5, 1.5, 0.8)),
    "doorway": look_at((1.5, 2.2, 1.2), (6.0, 2.0, 0.8)),
    "hall": look_at((5.0, 3.0, 1.3), (7.5, 4.5, 0.5)),
}


@pytest.mark.parametrize("view", VIEWS)
def test_rendered_and_cast_pictures_show_the_same(home_world, view):
    rendered, cast = (seen(home_world, mode, VIEWS[view]) for mode in MODES)
    assert rendered.names == cast.names
    assert (rendered.body == cast.body).mean() > 0.998  # silhouettes of round things have other facets
    flat = np.array([home_world.bodies[name].kind != "thing" for name in cast.names])
    same = (rendered.body == cast.body) & flat[cast.body] & ~jumps(rendered.depth_m) & ~jumps(cast.depth_m)
    assert same.mean() > 0.8
    assert np.abs(rendered.depth_m - cast.depth_m)[same].max() < 2e-3
    assert (rendered.link == cast.link)[same].all()
    assert np.quantile(np.abs(rendered.cosine - cast.cosine)[same], 0.9) < 0.02  # one is estimated, not at creases
    assert np.abs(rendered.color.astype(int) - cast.color).mean() < 2


@pytest.mark.parametrize("mode", MODES)
def test_things_are_seen_where_they_are_put_and_vanish_when_taken(home_world, mode):
    world, X_WC = home_world, VIEWS["table"]
    camera = camera_of(world, SETTINGS, mode)
    X_WK = world.X_WK("mug-1")
    before = camera.look(X_WC)
    try:
        world.place("mug-1", pose((6.3, 1.9, 1.2)))
        moved = camera.look(X_WC).mask("mug-1")
        x, y, z = transform(inverse(X_WC), np.array([6.3, 1.9, 1.25]))
        u, v = CAMERA.fx * x / z + CAMERA.cx, CAMERA.fy * y / z + CAMERA.cy
        rows, columns = np.nonzero(moved)
        assert math.dist((columns.mean(), rows.mean()), (u, v)) < 0.03 / z * CAMERA.fx  # within 3 cm of its middle
        world.remove("mug-1")
        gone = camera.look(X_WC)
        assert not gone.mask("mug-1").any()
        assert (gone.body >= 0)[before.mask("mug-1")].all()  # something is behind it
    finally:
        if "mug-1" in world.absent:
            world.restore("mug-1", X_WK)
        world.place("mug-1", X_WK)
    again = camera.look(X_WC)
    assert before.mask("mug-1").sum() > 60
    # a pose that went through a quaternion is off by a rounding
    assert (again.body == before.body).mean() > 0.9999
    assert np.abs(again.depth_m - before.depth_m)[again.body == before.body].max() < 1e-4


@pytest.mark.parametrize("mode", MODES)
def test_a_leaf_is_seen_as_it_hangs_and_shows_what_it_hid(home_world, mode):
    world, camera = home_world, camera_of(home_world, SETTINGS, mode)
    X_WC = look_at((2.4, 3.2, 1.2), world.X_WK("apple-1")[:3, 3])
    link = world.bodies["fridge-1"].links["door"]
    closed = camera.look(X_WC)
    leaf = closed.mask("fridge-1") & (closed.link == link)
    assert leaf.sum() > 2000
    assert not closed.mask("apple-1").any()
    try:
        world.set_hinge("fridge-1/door", 1.8)
        opened = camera.look(X_WC)
    finally:
        world.set_hinge("fridge-1/door", 0.0)
    assert opened.mask("apple-1").sum() > 30
    assert np.median(opened.depth_m[leaf] - closed.depth_m[leaf]) > 0.1


def test_a_body_that_comes_later_is_seen(studio, probe):
    camera = camera_of(studio, SETTINGS, "fast")
    assert "late-1" not in camera.look(ALONG_X).names
    probe("late-1", (0.1, 0.1, 0.1), pose((6.0, 5.0, 1.25)))
    assert camera.look(ALONG_X).mask("late-1").sum() > 1000


def test_a_window_holds_every_pixel_of_its_box():
    """Boxes of any size and place, some round the camera and some behind it."""
    rng = np.random.default_rng(0)
    unit = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 9)] * 3), axis=-1).reshape(-1, 3)
    boxes = [(rng.uniform(-3, 3, 3), rng.uniform(0.05, 2.0, 3), rng.uniform(-3, 3, 3)) for _ in range(300)]
    poses = [rpy_pose(place, angles) for place, _, angles in boxes]
    corners_C = np.stack([transform(X, unit * half) for X, (_, half, _) in zip(poses, boxes, strict=True)])
    window = windows(corners_C, CAMERA)
    assert 50 < window.seen.sum() < 250
    for i, (X, (_, half, _)) in enumerate(zip(poses, boxes, strict=True)):
        x, y, z = transform(X, grid * half).T
        front = z > NEAR_M
        u, v = CAMERA.fx * x[front] / z[front] + CAMERA.cx, CAMERA.fy * y[front] / z[front] + CAMERA.cy
        shown = (u >= 0) & (u <= CAMERA.width - 1) & (v >= 0) & (v <= CAMERA.height - 1)
        if shown.any():
            assert window.seen[i]
            low, high = window.low[i], window.high[i]
            assert (low <= (u[shown].min(), v[shown].min())).all()
            assert (high > (u[shown].max(), v[shown].max())).all()
            assert window.nearest_m[i] <= z[front][shown].min() + 1e-9


def test_without_embree_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "embreex.mesh_construction", None)
    with pytest.raises(InputError, match=r"pip install 'spatialmem\[sim\]'"):
        _embree.__wrapped__()


@pytest.mark.usefixtures("unchecked_shapes")
def test_an_unknown_mode_is_refused(studio):
    with pytest.raises(ConfigError, match="mode is 'quick'; it is physical or fast"):
        camera_of(studio, SETTINGS, "quick")  # type: ignore[arg-type]


def test_yaw_turns_left(studio, probe):
    """A probe to the left of a camera that was turned left is straight ahead."""
    probe("post-1", (0.1, 0.1, 1.0), pose((5.0, 7.0, 1.0)))
    X_BC = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 1.2], [0, 0, 0, 1]])
    shot = seen(studio, "fast", yaw_pose(5.0, 5.0, math.pi / 2) @ X_BC)
    columns = np.nonzero(shot.mask("post-1"))[1]
    assert columns.mean() == pytest.approx(CAMERA.cx, abs=0.51)
