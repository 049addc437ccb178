"""Single roots as bytes: those that changed, and the map made of them."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import random_octree

from spatialmem import DepthConfig, InputError, Octree, OctreeConfig, Pinhole
from spatialmem.geometry import look_at
from spatialmem.octree import Blocks
from spatialmem.octree.root_blocks import blocks_from_roots, changed_roots, root_blocks

CAMERA = Pinhole(64, 48, 50.0, 50.0, 31.5, 23.5)


def same(a: Blocks, b: Blocks) -> bool:
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(Blocks))


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), color=st.booleans(), last_seen=st.booleans(), steps=st.integers(0, 6))
def test_the_changes_since_the_last_time_add_up_to_the_map(seed, color, last_seen, steps):
    config = OctreeConfig(voxel_size_m=0.1, budget_mib=32, threads=1, color=color, last_seen=last_seen)
    octree, rng = Octree(config), np.random.default_rng(seed)
    kept, generation = {}, 0
    for _ in range(steps):
        X_WC = look_at(rng.uniform(-9, 9, 3), rng.uniform(-9, 9, 3))
        image = rng.integers(0, 256, (48, 64, 3), np.uint8)
        octree.integrate_image(rng.integers(0, 3000, (48, 64)).astype(np.uint16), 0.001, CAMERA, X_WC, color=image)
        if rng.random() < 0.5:
            snapshot = octree._snapshot()
            kept |= dict(root_blocks(snapshot, changed_roots(snapshot, generation)))
            generation = snapshot.generation
    snapshot = octree._snapshot()
    kept |= dict(root_blocks(snapshot, changed_roots(snapshot, generation)))
    assert same(blocks_from_roots(kept.items(), config), octree.blocks())
    assert same(blocks_from_roots(reversed(kept.items()), config), octree.blocks())


def test_only_what_was_written_counts_as_changed():
    octree = random_octree(1, scans=6)
    snapshot = octree._snapshot()
    assert len(changed_roots(snapshot, 0)) == octree.root_count
    assert len(changed_roots(snapshot, snapshot.generation)) == 0
    octree.integrate_scan(np.array([[0.3, 0.0, 0.0]]), np.eye(4), DepthConfig(range_max_m=1.0))
    assert 0 < len(changed_roots(octree._snapshot(), snapshot.generation)) < octree.root_count


def test_a_damaged_block_is_refused():
    octree = random_octree(1)
    snapshot = octree._snapshot()
    (key, block), *_ = root_blocks(snapshot, changed_roots(snapshot, 0))
    for damaged in (b"", block[:-1], b"\0" + block[1:], block[: len(block) // 2]):
        with pytest.raises(InputError, match=f"block of root {key} is damaged"):
            blocks_from_roots([(key, damaged)], octree.config)
    with pytest.raises(InputError, match="damaged"):
        blocks_from_roots([(key, block)], OctreeConfig(voxel_size_m=0.1, color=True))
