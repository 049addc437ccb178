"""What was seen through in boxes is a miss at once: against a plain rule, under views, with any threads and layers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import voxels_of

from spatialmem import DepthConfig, InputError, MapFull, Octree, OctreeConfig, Pinhole
from spatialmem.geometry import look_at
from spatialmem.kernels.layout import HIT, LOG_ODDS_MAX, MISS, UNKNOWN
from spatialmem.kernels.seen_through import ghosts_reference

CAMERA = Pinhole(64, 48, 50.0, 50.0, 31.5, 23.5)


def drawn(seed: int):
    """Two pictures from about one place, and boxes around what they show."""
    rng = np.random.default_rng(seed)
    where = rng.uniform(-20, 20, 3)
    X_WC = look_at(where, where + rng.normal(0, 1, 3))
    depth = rng.uniform(700, 1300) + rng.normal(0, 8) * np.arange(64) + rng.normal(0, 4, (48, 64))
    depth[:, : int(rng.integers(1, 64))] += rng.uniform(-300, 600)
    depth[rng.random(depth.shape) < rng.choice([0.0, 0.02, 0.3])] = 0
    later = depth + rng.choice([0.0, 400.0])
    later[depth == 0] = 0
    count = int(rng.integers(0, 4))
    along = rng.uniform(0.2, 1.8, (count, 1)) * X_WC[:3, 2]
    center_W = X_WC[:3, 3] + along + rng.normal(0, 0.2, (count, 3))
    boxes = center_W, rng.uniform(0.01, 0.6, (count, 3)), rng.uniform(-0.8, 0.8, count)
    return [np.rint(d).clip(0, 60000).astype(np.uint16) for d in (depth, later)], X_WC, boxes


def centres_of(*octrees: Octree) -> np.ndarray:
    """The centres of all voxels of the maps' bounds together, shape (n, 3)."""
    size = octrees[0].voxel_size_m
    bounds = np.array([b for b in (octree.bounds_m() for octree in octrees) if b is not None]).reshape(-1, 2, 3)
    low, high = (np.round(ends / size) for ends in (bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)))
    axes = (np.arange(first, last) for first, last in zip(low, high, strict=True))
    return (np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3) + 0.5) * size


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.sampled_from([0.02, 0.03, 0.05]),
    no_return=st.sampled_from([None, 1.0]),
    threads=st.sampled_from([1, 2]),
    first=st.booleans(),
)
def test_equals_the_plain_rule(seed, size, no_return, threads, first):
    """What an image misses is what it makes -13 in an empty map. first: the map has not seen that image yet."""
    (depth, later), X_WC, boxes = drawn(seed)
    config = DepthConfig(range_max_m=1.9, range_min_m=0.3, no_return_is_free_to_m=no_return)
    octree = Octree(OctreeConfig(voxel_size_m=size, budget_mib=16, threads=threads))
    for _ in range(3):
        octree.integrate_image(depth, 0.001, CAMERA, X_WC, config)
    if not first:
        octree.integrate_image(later, 0.001, CAMERA, X_WC, config)
    alone = Octree(OctreeConfig(voxel_size_m=size, budget_mib=16))
    alone.integrate_image(later, 0.001, CAMERA, X_WC, config)
    view, kept = octree.view(), octree.dump()
    count = octree.miss_seen_through(later, 0.001, CAMERA, X_WC, *boxes, config)
    points_W = centres_of(octree, alone)
    old, missed = view.log_odds(points_W), alone.log_odds(points_W) == MISS
    new = ghosts_reference(old, points_W, missed, *boxes, size)
    assert (octree.log_odds(points_W) == new).all()
    assert count == np.count_nonzero(new != old)
    assert round(sum(octree.volumes_m3().values()) / size**3) == np.count_nonzero(new != UNKNOWN)
    assert sum(view.volumes_m3().values()) <= sum(octree.volumes_m3().values()) + 1e-9
    assert view.dump() == kept


def test_the_drawn_pictures_have_ghosts():
    counts = []
    for seed in range(30):
        (depth, later), X_WC, boxes = drawn(seed)
        octree = Octree(OctreeConfig(voxel_size_m=0.03, budget_mib=16))
        for picture in (depth, depth, depth, later):
            octree.integrate_image(picture, 0.001, CAMERA, X_WC)
        counts.append(octree.miss_seen_through(later, 0.001, CAMERA, X_WC, *boxes))
    assert sum(count > 20 for count in counts) >= 3


def wall(distance_mm: int) -> np.ndarray:
    return np.full((48, 64), distance_mm, np.uint16)


def box(center_W=(0.0, 0.0, 1.0), size_m=(0.4, 0.4, 0.4), yaw_rad=0.0):
    return np.array([center_W]), np.array([size_m]), np.array([yaw_rad])


def stood(octree: Octree, frames: int = 6) -> Octree:
    """A board at 1 m for a while; then it is gone, and a wall is at 2 m."""
    for frame in range(frames):
        octree.integrate_image(wall(1010), 0.001, CAMERA, np.eye(4), seq=frame + 1)
    octree.integrate_image(wall(2010), 0.001, CAMERA, np.eye(4), seq=frames + 1)
    return octree


@pytest.mark.parametrize("size", [0.02, 0.05])
def test_a_thing_that_stood_long_is_gone_with_one_frame(size):
    octree = stood(Octree(OctreeConfig(voxel_size_m=size, budget_mib=32)))
    inside, beside = np.array([[0.03, 0.03, 1.01]]), np.array([[0.33, 0.03, 1.01]])
    assert octree.log_odds(inside)[0] == octree.log_odds(beside)[0] == LOG_ODDS_MAX + MISS
    assert octree.miss_seen_through(wall(2010), 0.001, CAMERA, np.eye(4), *box(), seq=7) > 0
    assert octree.log_odds(inside)[0] == MISS
    assert octree.log_odds(beside)[0] == LOG_ODDS_MAX + MISS
    assert octree.miss_seen_through(wall(2010), 0.001, CAMERA, np.eye(4), *box(), seq=7) == 0


def test_what_the_frame_hit_and_what_it_did_not_see_stays():
    octree = stood(Octree(OctreeConfig(voxel_size_m=0.05, budget_mib=32)))
    deep = box((0.0, 0.0, 2.0), (0.4, 0.4, 0.6))
    octree.miss_seen_through(wall(2010), 0.001, CAMERA, np.eye(4), *deep, seq=7)
    points = np.array([[0.03, 0.03, 2.01], [0.03, 0.03, 2.2], [0.03, 0.03, 1.8]])
    assert octree.log_odds(points).tolist() == [HIT, UNKNOWN, MISS]


def test_unknown_space_that_was_seen_through_is_missed():
    octree = Octree(OctreeConfig(voxel_size_m=0.05, budget_mib=32))
    boxes = box(
        size_m=(0.42, 0.42, 0.42)
    )  # eight voxels along each side, and one more whose centre is half a voxel off
    assert octree.miss_seen_through(wall(2010), 0.001, CAMERA, np.eye(4), *boxes) == 10**3
    assert set(voxels_of(octree).values()) == {MISS}


def test_no_return_counts_as_the_sensor_says():
    for no_return, expected in ((None, False), (0.8, False), (1.5, True)):
        octree = stood(Octree(OctreeConfig(voxel_size_m=0.05, budget_mib=32)))
        config = DepthConfig(no_return_is_free_to_m=no_return)
        count = octree.miss_seen_through(
            wall(0), 0.001, CAMERA, np.eye(4), *box((0.0, 0.0, 1.0), (0.4, 0.4, 0.05)), config
        )
        assert (count > 0) == expected
        assert (octree.log_odds(np.array([[0.03, 0.03, 1.01]]))[0] == MISS) == expected


def test_a_leaf_that_becomes_uniform_is_a_tile():
    octree = Octree(OctreeConfig(voxel_size_m=0.05, budget_mib=32))
    low, high = np.array([0.0, 0.0, 0.8]), np.array([0.4, 0.4, 1.2])  # one leaf
    octree.integrate_scan(np.random.default_rng(1).uniform(low, high, (300, 3)), np.eye(4))
    before = octree.leaf_count
    whole = box((low + high) / 2, (0.36, 0.36, 0.36))
    assert octree.miss_seen_through(wall(3000), 0.001, CAMERA, np.eye(4), *whole) > 200
    assert octree.leaf_count == before - 1
    held = octree._snapshot()
    assert -1 - (MISS + 128) in held.children[held.roots()[1]]


def test_layers_are_carried_and_what_changed_was_seen_now():
    config = OctreeConfig(voxel_size_m=0.05, budget_mib=64, color=True, last_seen=True)
    octree = stood(Octree(config))
    octree.miss_seen_through(wall(2010), 0.001, CAMERA, np.eye(4), *box(), seq=9)
    assert octree.last_seen(np.array([[0.03, 0.03, 1.01], [0.33, 0.03, 1.01]])).tolist() == [9, 7]
    plain = stood(Octree(OctreeConfig(voxel_size_m=0.05, budget_mib=64)))
    plain.miss_seen_through(wall(2010), 0.001, CAMERA, np.eye(4), *box(), seq=9)
    assert voxels_of(plain) == voxels_of(octree)


def test_any_number_of_threads_gives_the_same_bytes():
    camera, hashes = Pinhole(320, 240, 250.0, 250.0, 159.5, 119.5), set()
    for threads in (1, 2, 4):
        octree = Octree(OctreeConfig(voxel_size_m=0.01, budget_mib=128, threads=threads, last_seen=True))
        for _ in range(3):
            octree.integrate_image(np.full((240, 320), 1000, np.uint16), 0.001, camera, np.eye(4))
        boxes = (
            np.array([[0, 0, 1.0], [0.3, 0.1, 1.1]]),
            np.array([[0.5, 0.6, 0.4], [0.9, 0.3, 0.6]]),
            np.array([0.4, -0.3]),
        )
        count = octree.miss_seen_through(np.full((240, 320), 2500, np.uint16), 0.001, camera, np.eye(4), *boxes)
        assert count > 100_000
        hashes.add(octree.state_hash())
    assert len(hashes) == 1


def test_nothing_to_do_changes_nothing():
    octree = stood(Octree(OctreeConfig(voxel_size_m=0.05, budget_mib=32)))
    before = octree.dump()
    none = np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0)
    for depth, boxes in (
        (wall(2010), none),
        (wall(0), box()),
        (wall(2010), box((0.0, 0.0, -1.0))),
        (wall(2010), box((1e7, 0.0, 0.0))),
        (wall(900), box()),
    ):
        assert octree.miss_seen_through(depth, 0.001, CAMERA, np.eye(4), *boxes) == 0
        assert octree.dump() == before


def test_a_full_map_refuses_and_stays_as_it_was():
    octree = Octree(OctreeConfig(voxel_size_m=0.01, budget_mib=1))
    octree.integrate_image(wall(300), 0.001, CAMERA, np.eye(4))
    before = octree.dump()
    with pytest.raises(MapFull, match="budget of 1 MiB"):
        octree.miss_seen_through(wall(2500), 0.001, CAMERA, np.eye(4), *box(size_m=(1.9, 1.9, 1.9), yaw_rad=0.3))
    assert octree.dump() == before
    assert octree.miss_seen_through(wall(2500), 0.001, CAMERA, np.eye(4), *box((0.0, 0.0, 0.3), (0.1, 0.1, 0.1))) > 0


@pytest.mark.usefixtures("unchecked_shapes")
def test_boxes_and_pictures_that_cannot_be_are_named():
    octree = Octree(OctreeConfig(budget_mib=4))
    with pytest.raises(InputError, match="must be finite"):
        octree.miss_seen_through(wall(900), 0.001, CAMERA, np.eye(4), *box((np.nan, 0.0, 1.0)))
    with pytest.raises(InputError, match="the depth image is"):
        octree.miss_seen_through(wall(900)[:, :9], 0.001, CAMERA, np.eye(4), *box())
