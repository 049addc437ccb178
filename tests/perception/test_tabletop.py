"""Things on tables are found by their depth alone: in cast scenes, where all is known, and in the labelled ones."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
from recordings import needs
from tabletop_scenes import FOLDER, matched, scenes
from tabletops import FLOOR, TABLE, box, cast, noisy

from perception import TabletopSegmenter, TabletopSettings
from perception.open3d_library import open3d
from spatialmem import ConfigError, InputError
from spatialmem.testing import check_detector

CAN, CARTON, CUBE = box(-0.3, 0.0, 0.07, 0.07, 0.12), box(0.05, 0.1, 0.16, 0.08, 0.2), box(0.3, -0.1, 0.05, 0.05, 0.05)


@pytest.fixture(scope="module")
def segmenter(library):
    return TabletopSegmenter()


def ious(items, index, number):
    """The best overlap of any mask with what shows box `number`."""
    true = index == number
    return max(((item.mask & true).sum() / (item.mask | true).sum() for item in items), default=0.0)


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_each_thing_on_the_table_is_one_mask(seed, segmenter):
    frame, index = cast(FLOOR, TABLE, CAN, CARTON, CUBE)
    items = check_detector(segmenter, frame if seed is None else noisy(frame, seed))
    assert [item.label for item in items] == ["thing"] * 3
    assert all(ious(items, index, number) > 0.8 for number in (2, 3, 4))
    masks = [item.mask for item in items if item.mask is not None]
    counts = [int(mask.sum()) for mask in masks]
    assert counts == sorted(counts, reverse=True)
    for item, mask in zip(items, masks, strict=True):
        v, u = np.nonzero(mask)
        assert item.box_px == (u.min(), v.min(), u.max(), v.max())


def test_a_thing_half_behind_another_is_found_and_scores_less(segmenter):
    tall, behind = box(0.0, -0.1, 0.06, 0.06, 0.25), box(0.02, 0.15, 0.3, 0.06, 0.15)
    frame, index = cast(FLOOR, TABLE, tall, behind)
    items = segmenter.detect(frame)
    assert len(items) == 2
    assert ious(items, index, 2) > 0.8
    assert ious(items, index, 3) > 0.8
    alone, _ = cast(FLOOR, TABLE, behind)
    whole = max(item.score for item in segmenter.detect(alone))
    assert min(item.score for item in items) < whole - 0.1


@pytest.mark.parametrize(
    ("what", "count"),
    [
        (box(0.0, 0.0, 0.2, 0.2, 0.006), 0),  # a sheet of paper
        (box(0.0, 0.0, 0.2, 0.2, 0.03), 1),  # a book
        (box(0.0, 0.05, 0.9, 0.1, 0.1), 0),  # larger than anything to be taken
        (box(0.0, 0.0, 0.015, 0.015, 0.015), 0),  # a crumb
        (box(0.0, 1.5, 0.2, 0.2, 0.2, z=-0.1), 0),  # in the air behind the table
    ],
)
def test_what_is_a_thing(what, count, segmenter):
    frame, _ = cast(FLOOR, TABLE, what, target=(0.2, 0.2, 0.0))
    assert len(segmenter.detect(frame)) == count


def test_the_floor_carries_things_too(segmenter):
    frame, index = cast(FLOOR, box(0.0, 0.3, 0.2, 0.2, 0.2, z=-0.75), target=(0.0, 0.3, -0.6))
    items = segmenter.detect(frame)
    assert len(items) == 1
    assert ious(items, index, 1) > 0.8


def test_what_hangs_on_a_wall_does_not_stand(library):
    wall = ((-2.0, 1.0, -0.75), (2.0, 1.05, 1.5))
    switch = ((-0.05, 0.95, 0.4), (0.05, 1.0, 0.5))
    frame, index = cast(FLOOR, wall, switch, eye=(0.0, -0.6, 0.5), target=(0.0, 1.0, 0.4))
    assert TabletopSegmenter().detect(frame) == ()
    items = TabletopSegmenter(TabletopSettings(level_max_rad=None)).detect(frame)
    assert ious(items, index, 2) > 0.8


def test_up_is_that_of_the_world(segmenter):
    frame, _ = cast(FLOOR, TABLE, CAN)
    fallen = frame.X_WC.copy()
    fallen[:3, :3] = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]) @ fallen[:3, :3]
    assert len(segmenter.detect(frame)) == 1
    assert segmenter.detect(dataclasses.replace(frame, X_WC=fallen)) == ()


def test_depth_in_metres_and_in_other_units_is_the_same(segmenter):
    frame, _ = cast(FLOOR, TABLE, CAN, CUBE)
    metres = dataclasses.replace(frame, depth=frame.depth * 0.001)
    metres.depth[0, 0] = np.nan
    fine = dataclasses.replace(frame, depth=(frame.depth * 5).astype(np.uint16), depth_unit_m=0.0002)
    boxes = [item.box_px for item in segmenter.detect(frame)]
    assert len(boxes) == 2
    assert boxes == [item.box_px for item in segmenter.detect(metres)]
    assert boxes == [item.box_px for item in segmenter.detect(fine)]


@pytest.mark.parametrize("depth", [0, 30, 60000])
def test_a_frame_without_a_table_has_no_things(depth, segmenter):
    frame, _ = cast(TABLE)
    assert segmenter.detect(dataclasses.replace(frame, depth=np.full_like(frame.depth, depth))) == ()
    speck = np.zeros_like(frame.depth)
    speck[100, 100] = 900
    assert segmenter.detect(dataclasses.replace(frame, depth=speck)) == ()


SAME = """
import sys
sys.path[:0] = sys.argv[1:]
import hashlib
from perception import TabletopSegmenter
from tabletops import FLOOR, TABLE, box, cast, noisy
frame, _ = cast(FLOOR, TABLE, box(-0.3, 0.0, 0.07, 0.07, 0.12), box(0.05, 0.1, 0.16, 0.08, 0.2))
items = TabletopSegmenter().detect(noisy(frame))
print(len(items), hashlib.sha256(b"".join(item.mask.tobytes() for item in items)).hexdigest())
"""


@pytest.mark.slow
def test_any_number_of_threads_finds_the_same(library):
    told = set()
    for threads in ("1", "2", "7"):
        run = subprocess.run(
            [sys.executable, "-c", SAME, *sys.path],
            env={**os.environ, "OMP_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert run.returncode == 0, run.stderr
        told.add(run.stdout)
    assert len(told) == 1
    assert told.pop().startswith("2 ")


@needs(FOLDER)
def test_most_things_of_each_labelled_scene_are_matched(library):
    """One set of settings for both; only where up is they do not say."""
    segmenter = TabletopSegmenter(TabletopSettings(level_max_rad=None))
    found = {}
    for name, (frame, truth) in scenes().items():
        masks = [item.mask for item in check_detector(segmenter, frame) if item.mask is not None]
        found[name] = matched(masks, truth)
        assert len(masks) <= found[name][1] + 1  # and little else
    assert {name: total for name, (_, total) in found.items()} == {"learn0": 2, "learn13": 3}
    assert all(hits >= 0.6 * total for hits, total in found.values()), found


@pytest.mark.parametrize("name", [*TabletopSettings.__dataclass_fields__])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), True, "1"])
@pytest.mark.usefixtures("unchecked_shapes")
def test_settings_are_above_0(name, value):
    with pytest.raises(ConfigError, match=f"{name} is {value!r}"):
        TabletopSettings(**{name: value})


def test_without_open3d_it_says_what_to_install(monkeypatch):
    open3d.cache_clear()
    monkeypatch.setitem(sys.modules, "open3d", None)
    with pytest.raises(InputError, match=r"^[^.]*needs Open3D.* pip install 'spatialmem\[perception\]', with Python 3"):
        TabletopSegmenter()


def test_an_open3d_that_does_not_load_says_why(monkeypatch, tmp_path):
    open3d.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "open3d"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "open3d.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=r"does not load: libGL.so.1: cannot open .* apt install libgl1 libx11-6"):
        TabletopSegmenter()
    open3d.cache_clear()
