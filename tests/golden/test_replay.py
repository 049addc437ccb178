"""Golden replays: any change of what the map holds shows in the diff of a small text file.

`PYTHONPATH=tests/support python tests/golden/test_replay.py` writes the files anew; look at the diff before you
commit it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from recordings import OFFICE_WALK, needs_office_walk

from spatialmem import Config, OctreeConfig, SpatialMemory, open_episode

HERE = Path(__file__).parent
EPISODES = {"synthetic": "synthetic", "office_walk": OFFICE_WALK}
ROWS = 12


def figures(name: str) -> str:
    """Play an episode at 5 cm; CSV of what the map holds, a dozen times on the way."""
    episode = open_episode(EPISODES[name])
    memory = SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.05, budget_mib=64)))
    lines = ["frames,leaves,roots,occupied_m3,free_m3"]
    for i, frame in enumerate(episode, start=1):
        assert memory.observe(frame)
        if i * ROWS // len(episode) > (i - 1) * ROWS // len(episode):
            octree, volumes = memory.view(), memory.volumes_m3()
            held = f"{octree.leaf_count},{octree.root_count},{volumes['occupied']:.4f},{volumes['free']:.3f}"
            lines.append(f"{i},{held}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", ["synthetic", pytest.param("office_walk", marks=needs_office_walk)])
def test_the_map_holds_what_it_held(name):
    assert figures(name) == (HERE / f"{name}.csv").read_text()


if __name__ == "__main__":
    for name in EPISODES:
        (HERE / f"{name}.csv").write_text(figures(name))
