"""A state as bytes: canonical, whole, and as if it had never stopped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import random_octree, voxels_of

from spatialmem import DepthConfig, InputError, MapFull, Octree, OctreeConfig, Pinhole
from spatialmem.geometry import look_at
from spatialmem.octree import Blocks, blocks_of

CAMERA = Pinhole(64, 48, 50.0, 50.0, 31.5, 23.5)
LAYERS = st.fixed_dictionaries({"color": st.booleans(), "last_seen": st.booleans()})


def tell(octree: Octree, rng: np.random.Generator, updates: int) -> None:
    """Integrate random images and scans."""
    for _ in range(updates):
        X = look_at(rng.uniform(-1, 1, 3), rng.uniform((1, -3, -3), (7, 3, 3)))
        if rng.random() < 0.5:
            depth = rng.integers(0, 3000, (48, 64)).astype(np.uint16)
            octree.integrate_image(depth, 0.001, CAMERA, X, color=rng.integers(0, 256, (48, 64, 3), np.uint8))
        else:
            octree.integrate_scan(rng.normal(0, 2, (40, 3)), X, DepthConfig(range_max_m=4.0))


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), before=st.integers(0, 3), after=st.integers(0, 3), layers=LAYERS)
def test_load_and_go_on_is_never_stopped(seed, before, after, layers):
    config = OctreeConfig(voxel_size_m=0.1, budget_mib=32, threads=1, **layers)
    never_stopped, rng = Octree(config), np.random.default_rng(seed)
    tell(never_stopped, rng, before)
    loaded = Octree.load(never_stopped.dump(), OctreeConfig(voxel_size_m=0.1, budget_mib=24, threads=2, **layers))
    assert loaded.state_hash() == never_stopped.state_hash()
    assert (loaded.leaf_count, loaded.root_count) == (never_stopped.leaf_count, never_stopped.root_count)
    twin = np.random.default_rng()
    twin.bit_generator.state = rng.bit_generator.state
    tell(never_stopped, rng, after)
    tell(loaded, twin, after)
    assert loaded.dump() == never_stopped.dump()


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_same_map_is_the_same_bytes_whatever_slots_it_lies_in(seed):
    octree = random_octree(seed)
    view = octree.view()  # keeps the first state's slots, so that what comes lies elsewhere
    octree.integrate_scan(np.full((1, 3), 1.0), np.eye(4))
    other = random_octree(seed)
    other.integrate_scan(np.full((1, 3), 1.0), np.eye(4))
    assert octree.dump() == other.dump()
    assert octree.dump() != view.dump()
    assert voxels_of(Octree.load(octree.dump())) == voxels_of(octree)


def test_damage_is_refused():
    data = random_octree(3).dump()
    rng = np.random.default_rng(0)
    for at in [0, 9, 25, *rng.integers(0, len(data), 30)]:
        damaged = bytearray(data)
        damaged[at] ^= 1 << rng.integers(8)
        with pytest.raises(InputError, match=r"do not begin as|checksum differs"):
            Octree.load(bytes(damaged))
    for length in [0, 7, 8, 23, 24, 28, len(data) - 1]:
        with pytest.raises(InputError, match=r"do not begin as|checksum differs"):
            Octree.load(data[:length])


def test_the_state_brings_its_voxel_size_and_layers_and_the_budget_is_ours():
    octree = Octree(OctreeConfig(voxel_size_m=0.1, budget_mib=32, color=True))
    loaded = Octree.load(octree.dump(), OctreeConfig(voxel_size_m=0.5, budget_mib=7, last_seen=True))
    assert loaded.config == OctreeConfig(voxel_size_m=0.1, budget_mib=7, color=True)
    with pytest.raises(MapFull):
        Octree.load(random_octree(3, points=2000).dump(), OctreeConfig(budget_mib=1))


@pytest.mark.usefixtures("unchecked_shapes")
def test_blocks_that_are_no_map_are_refused():
    good = blocks_of(random_octree(3)._snapshot())
    assert voxels_of(Octree.from_blocks(good, OctreeConfig(voxel_size_m=0.1))) == voxels_of(random_octree(3))

    def broken(**arrays) -> Blocks:
        return Blocks(**{"roots": good.roots, "children": good.children, "leaves": good.leaves, **arrays})

    out_of_range, swapped, empty, uniform = (a.copy() for a in (*[good.children] * 3, good.leaves))
    out_of_range[0, 0] = -30
    uniform[0] = 5
    first, second = np.argwhere(swapped >= 0)[:2]
    swapped[tuple(first)], swapped[tuple(second)] = swapped[tuple(second)], swapped[tuple(first)]
    empty[0] = -1
    for blocks, promise in (
        (broken(roots=good.roots[::-1].copy()), "order of x, y, z"),
        (broken(children=out_of_range), "a child is a tile"),
        (broken(leaves=uniform), "a uniform leaf is a tile"),
        (broken(leaves=np.where(good.leaves == 27, 127, good.leaves).astype(np.int8)), "log-odds are in range"),
        (broken(children=swapped), "numbered in order"),
        (broken(children=empty), "holds something known"),
        (broken(roots=good.roots[:-1]), "every root has its children"),
        (broken(leaves=good.leaves.astype(np.float64)), "leaves of these blocks are float64"),
        (broken(children=good.children[:, :8]), r"children of these blocks are int32 of shape \(\d+, 8\)"),
        (broken(colors=np.zeros((len(good.leaves), 512, 4), np.uint8)), "colours only where octree.color is on"),
    ):
        with pytest.raises(InputError, match=promise):
            Octree.from_blocks(blocks, OctreeConfig(voxel_size_m=0.1))


def test_layers_come_along_and_the_numbers_go_on():
    config = OctreeConfig(voxel_size_m=0.1, budget_mib=32, threads=1, color=True, last_seen=True)
    octree, rng = Octree(config), np.random.default_rng(4)
    tell(octree, rng, 4)
    again = Octree.from_blocks(octree.blocks(), config, seq=4)
    assert again.dump() == octree.dump()
    with pytest.raises(InputError, match="nothing was seen after the last update, 3"):
        Octree.from_blocks(octree.blocks(), config, seq=3)
    plain = random_octree(2)
    bare = Octree.from_blocks(plain.blocks(), config)
    assert voxels_of(bare) == voxels_of(plain)
    assert not bare.colors(np.zeros((1, 3))).any()
