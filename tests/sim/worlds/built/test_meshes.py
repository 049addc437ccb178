"""Triangles of bodies: closed, outwards, of the right size, and where PyBullet has the body."""

import math

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("trimesh")

from homes import two_rooms

from sim import bullet
from sim.poses import compose, pose, rpy_pose
from sim.worlds.built.bodies import Body
from sim.worlds.built.meshes import link_poses, triangles
from sim.worlds.built.solids import bounds, center_of_mass, triangles_of
from sim.worlds.built.world import World
from sim.worlds.kinds.catalogue import MODELS
from sim.worlds.shapes import Shape
from spatialmem import ConfigError, transform


@pytest.fixture(scope="module")
def world():
    with World(two_rooms()) as world:
        with bullet.quiet():
            unique_id = bullet.api().loadURDF(
                "r2d2.urdf", [2.0, 1.0, 0.5], [0.0, 0.0, 0.6, 0.8], physicsClientId=world.client
            )
        world.adopt(Body("robot-1", "robot", unique_id, "robot"))
        yield world


@pytest.mark.parametrize(
    ("shape", "volume"),
    [
        (Shape("box", (0.2, 0.3, 0.4)), 0.024),
        (Shape("cylinder", (0.1, 0.5)), math.pi * 0.005),
        (Shape("sphere", (0.1,)), 4 / 3 * math.pi * 1e-3),
    ],
)
def test_primitives_are_closed_and_face_outwards(shape, volume):
    import trimesh

    mesh = trimesh.Trimesh(*triangles_of(shape), process=False)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert 0.94 * volume < mesh.volume <= volume + 1e-12  # corners are on the true surface, so sides are inside it
    np.testing.assert_allclose(mesh.bounds, bounds((shape,), np.eye(4)), atol=1e-9)


def test_bounds_are_those_of_the_true_solid():
    rng = np.random.default_rng((5, 2))
    for shape in (
        Shape("box", (0.2, 0.3, 0.4), (0.1, 0.2, 0.3), (0.3, 0.2, 0.1)),
        Shape("cylinder", (0.1, 0.5), (0.0, 0.2, 0.3), (1.3, 0.2, 0.1)),
        Shape("sphere", (0.1,), (1.0, 0.2, 0.3)),
        MODELS["mug_red"].shapes[0],
    ):
        for _ in range(5):
            X_WK = pose(rng.normal(size=3), rng.normal(size=4))
            low, high = bounds((shape,), X_WK)
            points = transform(X_WK, triangles_of(shape)[0])
            assert (points >= low - 1e-9).all()
            assert (points <= high + 1e-9).all()
            np.testing.assert_allclose(points.min(axis=0), low, atol=0.005)
            np.testing.assert_allclose(points.max(axis=0), high, atol=0.005)


def test_the_centre_of_mass_is_that_of_the_volumes():
    base, tower = Shape("box", (0.4, 0.4, 0.1), (0.0, 0.0, 0.05)), Shape("box", (0.1, 0.1, 0.4), (0.1, 0.0, 0.3))
    assert center_of_mass((base, tower)) == pytest.approx((0.02, 0.0, (0.016 * 0.05 + 0.004 * 0.3) / 0.02))
    duck = MODELS["duck"].shapes
    low, high = bounds(duck, np.eye(4))
    assert (low < center_of_mass(duck)).all()
    assert (center_of_mass(duck) < high).all()


def test_every_body_has_triangles_for_every_link_that_is_seen(world):
    for body in world.bodies.values():
        poses = link_poses(world, body)
        found = triangles(world, body)
        assert found
        assert set(found) <= set(poses)
        for vertices, faces, colors in found.values():
            assert (vertices.dtype, faces.dtype, colors.dtype) == (np.float32, np.int32, np.uint8)
            assert len(faces) == len(colors)
            assert 0 <= faces.min() <= faces.max() < len(vertices)


def first_hit(start: np.ndarray, ray: np.ndarray, corners: np.ndarray) -> float:
    """How far a ray goes until the nearest of the triangles, shape (n, 3, 3), inf if it meets none (Moeller 1997)."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normal = np.cross(ray, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1.0 / (a * normal).sum(axis=1)
        to_start = start - corners[:, 0]
        u = scale * (to_start * normal).sum(axis=1)
        across = np.cross(to_start, a)
        v = scale * (across @ ray)
        far = scale * (across * b).sum(axis=1)
    return float(np.min(far, where=(u >= 0) & (v >= 0) & (u + v <= 1) & (far > 0), initial=np.inf))


def test_rays_meet_the_triangles_where_they_meet_the_body(world):
    """What a ray-caster will see is what PyBullet's own rays meet; not of meshes, whose contact is their hull."""
    plain = [body for body in world.bodies.values() if body.name not in ("mug-1", "robot-1")]
    scene = np.concatenate(
        [
            transform(link_poses(world, body)[link], vertices.astype(float))[faces]
            for body in plain
            for link, (vertices, faces, _) in triangles(world, body).items()
        ]
    )
    rng = np.random.default_rng((5, 3))
    starts = np.column_stack([rng.uniform(4.5, 8.5, 80), rng.uniform(0.5, 3.5, 80), rng.uniform(1.0, 2.4, 80)])
    aims = np.column_stack([rng.uniform(0.1, 8.9, 80), rng.uniform(0.1, 3.9, 80), rng.uniform(-0.02, 1.2, 80)])
    rays = (aims - starts) / np.linalg.norm(aims - starts, axis=1)[:, None]
    hits = bullet.api().rayTestBatch(starts.tolist(), (starts + 20 * rays).tolist(), physicsClientId=world.client)
    ids = {body.unique_id for body in plain}
    errors = [
        abs(first_hit(start, ray, scene) - 20 * hit[2])
        for start, ray, hit in zip(starts, rays, hits, strict=True)
        if hit[0] in ids
    ]
    assert len(errors) > 70
    assert np.quantile(errors, 0.95) < 1e-3  # round things have 24 sides here
    assert max(errors) < 0.03 or np.sum(np.array(errors) > 0.03) <= 1


def test_a_robots_links_are_where_pybullet_has_them(world):
    api, body = bullet.api(), world.bodies["robot-1"]
    for link, (vertices, _, _) in triangles(world, body).items():
        points = transform(link_poses(world, body)[link], vertices.astype(float))
        low, high = api.getAABB(body.unique_id, link, physicsClientId=world.client)
        shown, contact = (points.min(axis=0) + points.max(axis=0)) / 2, (np.array(low) + high) / 2
        assert np.abs(shown - contact).max() < 0.05, link


def test_a_mesh_that_cannot_be_read_is_refused_by_name(tmp_path):
    with pytest.raises(ConfigError, match="no_such"):
        triangles_of(Shape("mesh", (1.0, 1.0, 1.0), mesh="no_such.obj"))


def test_rotations_of_shapes_are_those_of_pybullet():
    """A shape's roll, pitch and yaw turn it as PyBullet turns the body made of it."""
    api, client = bullet.api(), bullet.connect()
    rpy = (0.4, -0.7, 1.9)
    X = rpy_pose((0.0, 0.0, 0.0), rpy)
    theirs = api.getMatrixFromQuaternion(api.getQuaternionFromEuler(rpy))
    np.testing.assert_allclose(compose(X, np.eye(4))[:3, :3].ravel(), theirs, atol=1e-12)
    api.disconnect(physicsClientId=client)
