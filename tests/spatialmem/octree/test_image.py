"""A depth image in the octree against the plain voxel-by-voxel rule, and against exact ray casting."""

import numpy as np
import pytest
from examples import examples
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from oracles import RayCastingMap
from recordings import needs_office_walk, office_walk_frames

from spatialmem import DepthConfig, InputError, MapFull, Octree, OctreeConfig, Pinhole
from spatialmem.geometry import back_project, look_at, transform
from spatialmem.kernels import depth as depth_kernels
from spatialmem.kernels import leaves as leaf_kernels
from spatialmem.kernels.layout import UNKNOWN
from spatialmem.kernels.reach import closed_reach_reference, reach_rows_reference
from spatialmem.octree import Blocks, image


class PlainMap:
    """The rule of `integrate_image`, voxel by voxel over a dense grid, in NumPy."""

    def __init__(self, voxel_size_m: float):
        self.voxel_size_m = voxel_size_m
        self.values: dict[tuple[int, int, int], int] = {}

    def integrate(self, depth, camera, X_WC, config):
        levels = len(image.Pyramid.of(camera.width, camera.height).starts)
        limits = image.depth_limits(config, 0.001, camera, levels, self.voxel_size_m)
        reach = closed_reach_reference(reach_rows_reference(depth, limits), limits)
        far_m = float(reach.max())
        if far_m <= 0:
            return
        corner, box = image.frame_box(camera, X_WC, far_m, self.voxel_size_m)
        vector = image.camera_vector(camera, X_WC, corner, far_m, self.voxel_size_m)
        scaled = vector[:12] * np.float32(1 / self.voxel_size_m)
        offsets = image.leaf_offsets(camera, X_WC, self.voxel_size_m)
        hit = {tuple(v) for v in depth_kernels.mark_hits_reference(depth, limits, vector, scaled).tolist()}
        voxels = np.stack(np.meshgrid(*(np.arange(n * 64) for n in box), indexing="ij"), axis=-1).reshape(-1, 3)
        is_hit = np.zeros(box * 64, bool)
        for x, y, z in hit:
            is_hit[x, y, z] = True
        old = np.full(box * 64, UNKNOWN, np.int8)
        first = corner * 64
        for key, value in self.values.items():
            at = np.array(key) - first
            if (at >= 0).all() and (at < box * 64).all():
                old[tuple(at)] = value
        new = leaf_kernels.update_by_image_reference(
            old.reshape(-1),
            voxels,
            is_hit.reshape(-1),
            vector,
            reach,
            self.voxel_size_m,
            offsets,
        )
        known = new != UNKNOWN
        keys = (voxels[known] + first).tolist()
        self.values.update({tuple(k): int(v) for k, v in zip(keys, new[known], strict=True)})


def random_depth(rng, camera: Pinhole) -> np.ndarray:
    """A slanted surface with a step, noise, holes, and a few pixels beyond the range."""
    v, u = np.mgrid[: camera.height, : camera.width]
    depth = rng.uniform(400, 1200) + rng.normal(0, 12) * u + rng.normal(0, 12) * v + rng.normal(0, 4, u.shape)
    depth[:, : rng.integers(1, camera.width)] += rng.uniform(-300, 600)
    depth[rng.random(u.shape) < rng.choice([0.0, 0.02, 0.3])] = 0
    depth[rng.random(u.shape) < 0.01] = 9000
    return depth.clip(0, 65000).astype(np.uint16)


@examples(25, quick=8, suppress_health_check=[HealthCheck.data_too_large])
@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.integers(5, 33),
    height=st.integers(5, 33),
    voxel_size_m=st.sampled_from([0.02, 0.03, 0.05]),
    no_return=st.sampled_from([None, 0.6]),
    threads=st.sampled_from([1, 2]),
)
def test_equals_the_plain_rule(seed, width, height, voxel_size_m, no_return, threads):
    rng = np.random.default_rng(seed)
    camera = Pinhole(width, height, 30.0, 31.0, width / 2 + 0.3, height / 2 - 0.4)
    config = DepthConfig(range_max_m=1.5, range_min_m=0.3, no_return_is_free_to_m=no_return)
    octree = Octree(OctreeConfig(voxel_size_m=voxel_size_m, budget_mib=16, threads=threads))
    plain = PlainMap(voxel_size_m)
    where = rng.uniform(-20, 20, 3)
    for _ in range(2):
        X_WC = look_at(where + rng.normal(0, 0.1, 3), where + rng.normal(0, 1, 3))
        depth = random_depth(rng, camera)
        octree.integrate_image(depth, 0.001, camera, X_WC, config)
        plain.integrate(depth, camera, X_WC, config)
    points = (np.array(list(plain.values)).reshape(-1, 3) + 0.5) * voxel_size_m
    assert (octree.log_odds(points) == list(plain.values.values())).all()
    volumes = octree.volumes_m3()
    assert round(sum(volumes.values()) / voxel_size_m**3) == len(plain.values)


def test_every_hit_of_a_frame_is_occupied_and_nothing_else_is(office_like):
    depth, camera, X_WC = office_like
    oracle = RayCastingMap(0.02)
    oracle.integrate(depth, 0.001, camera, X_WC, range_max_m=5.0)
    octree = Octree(OctreeConfig(voxel_size_m=0.02, budget_mib=64))
    octree.integrate_image(depth, 0.001, camera, X_WC, DepthConfig(range_max_m=5.0))
    hit = oracle.occupied()
    called = octree.log_odds((hit + 0.5) * 0.02)
    assert (called > 0).mean() > 0.999  # float32 against float64 at voxel faces
    assert round(octree.volumes_m3()["occupied"] / 0.02**3) == pytest.approx(len(hit), rel=1e-3)


@pytest.fixture
def office_like():
    """A frame with a wall, a box before it and holes."""
    camera = Pinhole(160, 120, 140.0, 140.0, 79.5, 59.5)
    rng = np.random.default_rng(7)
    depth = np.full((120, 160), 3000.0) + rng.normal(0, 5, (120, 160))
    depth[40:90, 30:80] = 1500 + rng.normal(0, 3, (50, 50))
    depth[rng.random(depth.shape) < 0.1] = 0
    return depth.astype(np.uint16), camera, look_at((0.4, -0.2, 1.2), (3.0, 1.0, 1.0))


@needs_office_walk
def test_few_hit_cells_of_the_office_walk_are_called_free():
    for voxel_size_m, share_max in ((0.05, 0.001), (0.02, 0.005)):
        free = hits = 0
        for depth, camera, X_WC in office_walk_frames(slice(20, None, 60)):
            oracle = RayCastingMap(voxel_size_m)
            oracle.integrate(depth, 0.001, camera, X_WC, range_max_m=5.0)
            octree = Octree(OctreeConfig(voxel_size_m=voxel_size_m, budget_mib=128))
            octree.integrate_image(depth, 0.001, camera, X_WC, DepthConfig(range_max_m=5.0))
            called = octree.log_odds((oracle.occupied() + 0.5) * voxel_size_m)
            free += int(((called <= 0) & (called != UNKNOWN)).sum())
            hits += len(called)
        assert free <= share_max * hits


def test_rays_from_the_camera_reach_what_it_saw(office_like):
    depth, camera, X_WC = office_like
    depth = np.where(depth > 0, depth, 3000).astype(np.uint16)
    for voxel_size_m in (0.02, 0.05, 0.1):
        octree = Octree(OctreeConfig(voxel_size_m=voxel_size_m, budget_mib=64))
        octree.integrate_image(depth, 0.001, camera, X_WC)
        points_W = transform(X_WC, back_project(depth, 0.001, camera)[::17].astype(np.float64))
        origins = np.repeat(X_WC[None, :3, 3], len(points_W), axis=0)
        hits = octree.raycast(origins, points_W - origins, 5.0)
        short_m = np.linalg.norm(points_W - origins, axis=1) - hits.distance_m
        assert (np.abs(short_m) < 2 * voxel_size_m).mean() > 0.8  # clipped voxels may stay unknown


def test_a_leaf_is_allocated_only_for_what_differs(office_like):
    depth, camera, X_WC = office_like
    octree = Octree(OctreeConfig(voxel_size_m=0.02, budget_mib=64))
    for _ in range(6):
        octree.integrate_image(depth, 0.001, camera, X_WC)
    storage = octree._snapshot()
    _, rows = storage.roots()
    slots = storage.children[rows]
    slots = slots[slots >= 0]
    assert len(slots) == octree.leaf_count == len(np.unique(slots))
    held = storage.leaves[slots]
    assert (held.min(axis=1) < held.max(axis=1)).all()
    assert octree.root_count == len(rows)
    assert all((storage.children[row] != -1).any() for row in rows)


def test_a_frame_without_returns_changes_nothing():
    camera = Pinhole(32, 24, 30.0, 30.0, 15.5, 11.5)
    octree = Octree(OctreeConfig(budget_mib=4))
    octree.integrate_image(np.zeros((24, 32), np.uint16), 0.001, camera, np.eye(4))
    assert octree.leaf_count == octree.root_count == 0
    assert octree.bounds_m() is None


def test_a_full_map_refuses_and_stays_as_it_was(office_like):
    depth, camera, X_WC = office_like
    octree = Octree(OctreeConfig(voxel_size_m=0.01, budget_mib=1))
    octree.integrate_image(depth, 0.001, camera, X_WC, DepthConfig(range_max_m=0.5))
    before = octree.leaf_count, octree.root_count, octree.volumes_m3()
    with pytest.raises(MapFull, match=r"budget of 1 MiB is full.*octree\.budget_mib"):
        octree.integrate_image(depth, 0.001, camera, X_WC, DepthConfig(range_max_m=5.0))
    assert (octree.leaf_count, octree.root_count, octree.volumes_m3()) == before
    near = np.where(depth > 0, 450, 0).astype(np.uint16)
    octree.integrate_image(near, 0.001, camera, X_WC, DepthConfig(range_max_m=0.5))
    reference = Octree(OctreeConfig(voxel_size_m=0.01, budget_mib=64))
    reference.integrate_image(depth, 0.001, camera, X_WC, DepthConfig(range_max_m=0.5))
    reference.integrate_image(near, 0.001, camera, X_WC, DepthConfig(range_max_m=0.5))
    assert octree.volumes_m3() == reference.volumes_m3()


def test_a_view_of_too_many_voxels_is_refused_before_it_costs_memory(office_like):
    depth, camera, X_WC = office_like
    for range_max_m in (5.0, 60.0):
        octree = Octree(OctreeConfig(voxel_size_m=0.001, budget_mib=1))
        far = np.full_like(depth, 1000 * range_max_m)
        with pytest.raises(MapFull, match="shorter range"):
            octree.integrate_image(far, 0.001, camera, X_WC, DepthConfig(range_max_m=range_max_m))
        assert octree.root_count == 0


def test_a_free_leaf_that_becomes_uniform_is_missed_once():
    """Half of it 0, half unknown: one miss makes all of it -13, a tile, which the same frame must not miss again."""
    children, leaves = np.full((1, 512), -1, np.int32), np.zeros((1, 512), np.int8)
    children[0, 0], leaves[0, 256:] = 0, -128
    blocks = Blocks(np.zeros((1, 3), np.int32), children, leaves)
    octree = Octree.from_blocks(blocks, OctreeConfig(voxel_size_m=0.05, budget_mib=16))
    X_WC = np.eye(4)
    X_WC[:3, 3] = 0.2, 0.2, -1.0
    octree.integrate_image(np.full((120, 160), 3000, np.uint16), 0.001, Pinhole(160, 120, 80.0, 80.0, 79.5, 59.5), X_WC)
    inside = (np.stack(np.meshgrid(*[np.arange(8)] * 3), axis=-1).reshape(-1, 3) + 0.5) * 0.05
    assert (octree.log_odds(inside) == -13).all()


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("shape", [(24, 32), (24, 32, 4), (24, 32, 1), (32, 24, 3)])
def test_colour_that_is_not_rgb_is_refused(shape):
    octree = Octree(OctreeConfig(budget_mib=4, color=True))
    depth, camera = np.full((24, 32), 900, np.uint16), Pinhole(32, 24, 30.0, 30.0, 15.5, 11.5)
    with pytest.raises(InputError, match=r"the colour image is uint8 of shape .*must be uint8 of shape \(24, 32, 3\)"):
        octree.integrate_image(depth, 0.001, camera, np.eye(4), color=np.zeros(shape, np.uint8))
    with pytest.raises(InputError, match=r"float64 .*must be uint8"):
        octree.integrate_image(depth, 0.001, camera, np.eye(4), color=np.zeros((24, 32, 3)))


@pytest.mark.usefixtures("unchecked_shapes")
def test_wrong_sizes_and_far_places_are_named():
    camera = Pinhole(32, 24, 30.0, 30.0, 15.5, 11.5)
    octree = Octree(OctreeConfig(budget_mib=4))
    with pytest.raises(InputError, match=r"shape \(32, 24\).*must be uint16 of shape \(24, 32\)"):
        octree.integrate_image(np.zeros((32, 24), np.uint16), 0.001, camera, np.eye(4))
    X_WC = np.eye(4)
    X_WC[0, 3] = 1e9
    with pytest.raises(InputError, match="within"):
        octree.integrate_image(np.full((24, 32), 900, np.uint16), 0.001, camera, X_WC)
