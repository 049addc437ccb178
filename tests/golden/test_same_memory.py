"""One recording, one memory: however it is played, by however many threads, through whichever file."""

import itertools

import msgspec
import pytest
from recorded_inputs import Listed
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


@pytest.fixture(scope="module")
def tour():
    """The start of a simulated tour: the robot's states, frames, and what a bad detector finds in them."""
    pytest.importorskip("pybullet")
    from sim import DetectorSettings, Simulation, TourRun, generate_home

    detector = DetectorSettings(miss_rate=0.2, false_rate=0.05, swap_rate=0.05)
    simulate = lambda: Simulation(generate_home(1), mode="fast", seed=1, detector=detector)  # noqa: E731
    run = TourRun(simulate, name="home-1", duration_max_s=7.0)
    inputs = list(run)
    run.close()
    return inputs


def told(memory: SpatialMemory, inputs) -> SpatialMemory:
    for x in inputs:
        assert memory.observe(x)
    return memory


def test_every_way_leads_to_the_same_objects(tour, tmp_path):
    settings = Config(world="home-1", octree=OctreeConfig(budget_mib=64))
    whole = told(SpatialMemory(settings), tour)
    wanted, objects = whole.state_hash(), whole.objects()
    assert len(objects) >= 6
    assert whole.object_counts["tentative"] > 0

    half = told(SpatialMemory(settings), tour[:81])
    assert told(SpatialMemory.load(half.dump()), tour[81:]).state_hash() == wanted

    path = tmp_path / "tour.smem"
    with SpatialMemory.open(path, settings) as memory:
        told(memory, tour[:50])
    one = msgspec.structs.replace(settings, octree=OctreeConfig(budget_mib=64, threads=1))
    with SpatialMemory.open(path, one) as memory:
        assert told(memory, tour[50:]).state_hash() == wanted
    file = MemoryFile.open(path, read_only=True)
    *_, moment = file.replay()
    file.store.close()
    assert moment.view(file.config.world).state_hash() == wanted
    with SpatialMemory.open(path, read_only=True) as memory:
        assert memory.state_hash() == wanted
        assert [str(one) for one in memory.objects()] == [str(one) for one in objects]

    record_mcap(Listed(tour, world="home-1"), tmp_path / "tour.mcap")
    assert told(SpatialMemory(settings), open_episode(tmp_path / "tour.mcap")).state_hash() == wanted


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
