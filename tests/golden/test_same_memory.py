"""One recording, one memory: however it is played, by however many threads, through whichever file."""

import itertools

import pytest
from recordings import OFFICE_WALK, needs_office_walk

from spatialmem import Config, OctreeConfig, SpatialMemory, open_episode, record_mcap
from spatialmem.memory_file import MemoryFile

FRAMES = 40


def config(threads: int = 2, **layers: bool) -> Config:
    return Config(octree=OctreeConfig(voxel_size_m=0.05, budget_mib=256, threads=threads, **layers))


def played(memory: SpatialMemory, episode: str) -> SpatialMemory:
    for x in itertools.islice(open_episode(episode), FRAMES):
        assert memory.observe(x)
    return memory


@pytest.mark.parametrize("layers", [{}, {"color": True, "last_seen": True}], ids=["plain", "layers"])
@pytest.mark.parametrize("episode", ["synthetic", pytest.param(str(OFFICE_WALK), marks=needs_office_walk)])
def test_every_way_leads_to_the_same_state(episode, layers, tmp_path):
    wanted = played(SpatialMemory(config(**layers)), episode).state_hash()
    assert played(SpatialMemory(config(threads=1, **layers)), episode).state_hash() == wanted

    path = tmp_path / "walk.smem"
    with SpatialMemory.open(path, config(**layers)) as memory:
        assert played(memory, episode).state_hash() == wanted
    with SpatialMemory.open(path, read_only=True) as memory:
        assert memory.state_hash() == wanted

    file = MemoryFile.open(path, read_only=True)
    *_, moment = file.replay()
    assert moment.view(file.config.world).state_hash() == wanted

    record_mcap(open_episode(episode), tmp_path / "walk.mcap", inputs=itertools.islice(open_episode(episode), FRAMES))
    recorded = SpatialMemory(config(**layers))
    answers = [recorded.observe(x) for x in open_episode(str(tmp_path / "walk.mcap"))]
    assert len(answers) == FRAMES
    assert all(answers)
    assert recorded.state_hash() == wanted
