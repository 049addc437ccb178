"""A view is one whole state, whatever is written meanwhile; its slots are used again when nobody looks any more."""

import gc
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import random_octree

from spatialmem import DepthConfig, MapFull, Octree, OctreeConfig, Pinhole, ViewExpired
from spatialmem.geometry import look_at
from spatialmem.kernels.layout import HIT, LOG_ODDS_MAX, LOG_ODDS_MIN, MISS
from spatialmem.octree.storage import Storage

CAMERA = Pinhole(160, 120, 120.0, 120.0, 79.5, 59.5)
X_WC = look_at((0.0, 0.0, 1.0), (1.0, 0.0, 1.0))
DEPTH = DepthConfig(range_max_m=5.0)
SIZE = 0.02
PERIOD = 24


def tagged_depth(frame: int) -> np.ndarray:
    """A wall at 2 m for a while, then one at 3 m: what lies at 2 m is hit, then seen through, all of it alike."""
    return np.full((120, 160), 2010 if frame % PERIOD < 4 else 3010, np.uint16)


def tagged_voxels() -> np.ndarray:
    """Centres of voxels of the near wall that every frame hits or sees through, in many roots, shape (n, 3)."""
    across = np.arange(-0.8, 0.8, SIZE) + SIZE / 2
    y, z = np.meshgrid(across, 1 + across, indexing="ij")
    return np.stack([np.full(y.size, 2.01), y.ravel(), z.ravel()], axis=1)


def expected(frame_count: int) -> int:
    """The log-odds of each of these voxels after so many frames, by the plain rule."""
    value = 0
    for frame in range(frame_count):
        value = int(np.clip(value + (HIT if frame % PERIOD < 4 else MISS), LOG_ODDS_MIN, LOG_ODDS_MAX))
    return value


def write(octree: Octree, frame: int) -> None:
    octree.integrate_image(tagged_depth(frame), 0.001, CAMERA, X_WC, DEPTH, seq=frame + 1)


def small_octree(threads: int = 2) -> Octree:
    """Little more room than the map and one update of it need, so that every slot is used again and again."""
    return Octree(OctreeConfig(voxel_size_m=SIZE, budget_mib=10, threads=threads))


def mixed_frames(frame_count: int, *, held_max: int) -> tuple[int, int, int, int]:
    """Write tagged frames while three threads read views, new ones and the last few that they hold.

    Returns how many answers there were, how many of them were not the view's own frame everywhere, how many views
    expired, how many slots were ever used.
    """
    octree, voxels = small_octree(), tagged_voxels()
    values = [expected(n) for n in range(frame_count + 1)]
    write(octree, 0)
    done = threading.Event()
    answers, mixed, expired = [], [], []

    def read(seed: int) -> None:
        held, rng = [], np.random.default_rng(seed)
        while not done.is_set():
            held.append(octree.view())
            del held[:-held_max]
            view = held[rng.integers(len(held))]
            try:
                found = view.log_odds(voxels)
            except ViewExpired:
                expired.append(1)
                held.remove(view)
                continue
            frames = view._snapshot().seq
            (answers if (found == values[frames]).all() else mixed).append(frames)

    readers = [threading.Thread(target=read, args=(i,)) for i in range(3)]
    for reader in readers:
        reader.start()
    try:
        for frame in range(1, frame_count):
            write(octree, frame)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    return len(answers) + len(mixed), len(mixed), len(expired), octree._storage.slots.frontier


def test_no_view_ever_mixes_two_frames():
    answered, mixed, _, frontier = mixed_frames(150, held_max=3)
    assert answered > 100
    assert mixed == 0
    assert frontier < 20_000  # 150 frames write more than 100,000 leaves: every slot was used again and again


def test_views_that_are_held_expire_and_never_lie():
    answered, mixed, expired, _ = mixed_frames(150, held_max=400)
    assert answered > 0
    assert mixed == 0
    assert expired > 0


def test_the_two_tests_above_would_see_a_slot_that_is_used_again_too_early(monkeypatch):
    def too_early(self):
        while self._retired:
            free = self._retired.popleft()
            self._pinned_rows -= len(free.rows)
            self._pinned_slots -= len(free.slots)
            self.rows.give_back(free.rows)
            self.slots.give_back(free.slots)

    monkeypatch.setattr(Storage, "_reclaim", too_early)
    assert mixed_frames(150, held_max=20)[1] > 0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), frames=st.integers(1, 5))
def test_a_view_stays_as_it_was(seed, frames):
    octree = random_octree(seed)
    view, before = octree.view(), octree.dump()
    rng = np.random.default_rng(seed)
    for _ in range(frames):
        octree.integrate_scan(rng.normal(0, 2.5, (60, 3)), np.eye(4), DepthConfig(range_max_m=6.0))
    assert view.dump() == before
    assert octree.dump() != before


def test_slots_are_used_again_once_no_older_view_lives():
    octree = small_octree()
    for frame in range(3 * PERIOD):  # everything that these frames touch is known by now
        write(octree, frame)
    assert octree.pinned_nbytes == 0
    used = octree.written_nbytes
    for frame in range(3 * PERIOD, 6 * PERIOD):
        write(octree, frame)
    assert octree.written_nbytes == used
    view = octree.view()
    write(octree, 0)
    write(octree, 4)
    assert octree.pinned_nbytes > 0
    assert view.leaf_count > 0
    del view
    gc.collect()
    write(octree, 5)
    assert octree.pinned_nbytes == 0


def test_a_view_that_pins_more_than_a_quarter_of_the_budget_expires():
    octree = small_octree()
    write(octree, 0)
    view = octree.view()
    for frame in range(1, 200):
        write(octree, frame)
        if view._snapshot().expired:
            break
        assert octree.pinned_nbytes <= octree.config.budget_mib * 2**20 / 4
    with pytest.raises(ViewExpired, match="Take a new view"):
        view.log_odds(tagged_voxels())
    assert (octree.log_odds(tagged_voxels()) == expected(octree._snapshot().seq)).all()


def test_an_answer_read_while_the_view_expired_is_not_given():
    octree = small_octree()
    write(octree, 0)
    view = octree.view()

    def asked_too_long(snapshot):
        snapshot.expired = True
        return 42

    with pytest.raises(ViewExpired):
        view._ask(asked_too_long)


def filled(*, holding: bool) -> tuple[int, str]:
    """Move through space until the map is full; return how many frames fitted, and the map's hash."""
    octree, views = Octree(OctreeConfig(voxel_size_m=SIZE, budget_mib=4, threads=1)), []
    for step in range(200):
        if holding:
            views.append(octree.view())
        X = look_at((0.4 * step, 0.0, 1.0), (0.4 * step + 0.1, 1.0, 1.0))
        try:
            octree.integrate_image(tagged_depth(0), 0.001, CAMERA, X, DEPTH)
        except MapFull:
            return step, octree.state_hash()
    raise AssertionError("the map never filled")


def test_whoever_holds_views_never_changes_what_is_remembered():
    assert filled(holding=True) == filled(holding=False)


def test_an_update_that_is_broken_off_leaves_nothing_behind(monkeypatch):
    from spatialmem.kernels import leaves

    octree = small_octree(threads=1)
    write(octree, 0)
    before, available = octree.dump(), octree._storage.slots.available
    with monkeypatch.context() as patch:
        patch.setattr(leaves, "miss_tiles", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            write(octree, 5)
    assert octree.dump() == before
    assert octree._storage.slots.available == available
    write(octree, 1)
    whole = small_octree(threads=1)
    write(whole, 0)
    write(whole, 1)
    assert octree.dump() == whole.dump()
