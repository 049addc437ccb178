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
from spatialmem.octree import storage
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
    monkeypatch.setattr(Storage, "_free_or_pin", lambda self, retired, held: retired.pool.give_back(retired.rows))
    assert mixed_frames(150, held_max=20)[1] > 0


def test_a_view_that_is_let_go_at_the_worst_moment_leaves_the_others_whole():
    """Whether a state is held is looked at once: between two looks it may be let go."""
    octree = small_octree()
    write(octree, 0)
    first = [octree.view()]
    write(octree, 1)
    second, before = octree.view(), octree.dump()
    generation, reference = octree._storage._older[0]

    def looked_at():
        state = reference()
        first.clear()
        return state

    octree._storage._older[0] = generation, looked_at  # pyright: ignore[reportArgumentType]
    for frame in range(2, 12):
        write(octree, frame)
    assert second.dump() == before


@settings(max_examples=15)
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


def test_views_that_pin_more_than_a_quarter_of_the_budget_expire_oldest_first():
    octree = Octree(OctreeConfig(voxel_size_m=SIZE, budget_mib=3, threads=1))
    views = []
    for frame in range(2 * PERIOD):
        views.append(octree.view())
        write(octree, frame)
        assert octree.pinned_nbytes <= 3 * 2**20 / 4
    expired = [view._snapshot().expired for view in views]
    assert expired == sorted(expired, reverse=True)
    assert 0 < sum(expired) < len(views) - 1
    with pytest.raises(ViewExpired, match="Take a new view"):
        views[0].log_odds(tagged_voxels())
    assert (views[-1].log_odds(tagged_voxels()) == expected(2 * PERIOD - 1)).all()


def test_a_view_keeps_only_what_it_uses_itself():
    """What was born and retired after a view is used again at once, however long the view is held."""
    octree = small_octree()
    for frame in range(PERIOD):
        write(octree, frame)
    view, size = octree.view(), octree.nbytes
    for frame in range(PERIOD, 4 * PERIOD):
        write(octree, frame)
        assert octree.pinned_nbytes <= size
    assert not view._snapshot().expired
    assert (view.log_odds(tagged_voxels()) == expected(PERIOD)).all()


def test_what_was_the_newest_state_until_now_never_expires(monkeypatch):
    """One frame may retire more than views may pin; whoever asks the state before it gets an answer all the same."""
    monkeypatch.setattr(storage, "_PINNED_SHARE", 0.01)
    octree, pinned = small_octree(), []
    for frame in range(2 * PERIOD):
        view = octree.view()
        write(octree, frame)
        pinned.append(octree.pinned_nbytes)
        assert not view._snapshot().expired
    assert max(pinned) > 0.01 * 10 * 2**20


def test_an_answer_read_while_the_view_expired_is_not_given_and_the_octree_asks_again():
    octree = small_octree()
    write(octree, 0)
    view, asked = octree.view(), []

    def asked_too_long(snapshot):
        asked.append(snapshot.seq)
        if snapshot.seq < 3:
            write(octree, snapshot.seq)
            snapshot.expired = True
        if snapshot.seq == 2:
            raise IndexError("what one may run into there")
        return 42

    assert octree._ask(asked_too_long) == 42
    assert asked == [1, 2, 3]
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
