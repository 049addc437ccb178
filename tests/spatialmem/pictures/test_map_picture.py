import numpy as np
import pytest
from drawn_objects import object_of
from recordings import OFFICE_WALK, needs_office_walk

from spatialmem import Config, Octree, OctreeConfig, RgbdFrame, SpatialMemory, open_episode
from spatialmem.episodes.synthetic import SyntheticRoom
from spatialmem.pictures import Band, ColorSampler, draw_map, height_band, style
from spatialmem.pictures.objects import label_color, reach_of


def mapped(source, *, every=1, voxel_size_m=0.05):
    memory = SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=voxel_size_m)))
    sampler, path = ColorSampler(), []
    for index, frame in enumerate(source):
        if index % every == 0 and isinstance(frame, RgbdFrame) and memory.observe(frame):
            sampler.offer(frame)
            path.append(frame.X_WC[:3, 3])
    return memory.view(), np.array(path).reshape(-1, 3), sampler.samples


@pytest.fixture(scope="module")
def room():
    return mapped(SyntheticRoom(frame_count=24))


def test_the_band_stands_on_the_floor(room):
    octree, path_W, _ = room
    band = height_band(octree, path_W)
    assert band.floor_m == pytest.approx(0.0, abs=0.05)
    assert (band.min_m - band.floor_m, band.max_m - band.floor_m) == pytest.approx((0.2, 1.9))


def test_what_is_asked_for_is_taken(room):
    octree, path_W, _ = room
    band = height_band(octree, path_W, floor_m=1.0, min_m=0.5, max_m=0.7)
    assert (band.floor_m, band.min_m, band.max_m) == pytest.approx((1.0, 1.5, 1.7))


@pytest.mark.parametrize("limits", [{"max_m": 0.1}, {"max_m": -0.5}, {"min_m": 3.0}])
def test_one_limit_alone_never_empties_the_band(room, limits):
    octree, path_W, _ = room
    band = height_band(octree, path_W, **limits)
    assert band.min_m < band.max_m
    for name, value in limits.items():
        assert getattr(band, name) - band.floor_m == pytest.approx(value)


@pytest.mark.parametrize(("kind", "panel_count"), [("map", 2), ("color", 1), ("both", 3)])
def test_a_sheet_has_the_panels_asked_for(room, kind, panel_count):
    octree, path_W, samples = room
    band = height_band(octree, path_W)
    sheet = draw_map(octree, path_W, band, title="room", notes=["a note"], samples=samples, kind=kind)
    assert sheet.shape[1] <= 2400
    # Every panel carries the mark of the path's start; the key of the plan has one more.
    starts = (sheet == style.START).all(axis=2).any(axis=0)
    runs = int((np.diff(np.r_[0, starts.astype(int)]) == 1).sum())
    assert runs == panel_count + (kind != "color")


def test_the_plan_shows_the_table_and_the_way_around_it(room):
    """The room's table stands in the middle; the camera walks around it."""
    octree, path_W, _ = room
    columns = octree.columns(0.2, 1.9)
    middle = path_W[:, :2].mean(axis=0)
    col, row = np.floor((middle - columns.origin_m) / columns.voxel_size_m).astype(int)
    assert columns.state[row, col] == 2
    sheet = draw_map(octree, path_W, height_band(octree, path_W), title="room", kind="map")
    for color in (style.OCCUPIED, style.FREE, style.PATH):
        assert (sheet == color).all(axis=2).sum() > 1000


def test_an_empty_map_can_be_drawn():
    octree, nowhere = Octree(OctreeConfig(budget_mib=8)), np.zeros((0, 3))
    band = height_band(octree, nowhere)
    assert band == Band(0.0, 0.2, 1.9)
    assert draw_map(octree, nowhere, band, title="nothing").shape[2] == 3


@pytest.mark.parametrize("end", [(60.0, 1.0), (1.0, 60.0), (8.0, 7.0)])
def test_a_map_of_any_shape_has_a_handy_picture(end):
    """Wide maps are stacked, tall ones padded to the width of their headings."""
    octree, path_W = Octree(OctreeConfig(budget_mib=8)), np.array([[0.0, 0.0, 0.0], [*end, 0.0]])
    height, width, _ = draw_map(octree, path_W, Band(-1.0, -0.8, 0.9), title="corridor", kind="map").shape
    assert 1200 <= width <= 2400
    assert 600 <= height <= 2200


OBJECTS = (
    object_of(1, "table", (1.0, 1.0, 0.4), (1.2, 0.7, 0.8), yaw_rad=0.3),
    object_of(2, "mug", (1.1, 1.0, 0.85), (0.08, 0.08, 0.1)),
    object_of(3, "person", (2.0, 2.2, 0.9), (0.5, 0.4, 1.8), confirmed=False, velocity_W_m_s=(0.8, 0.2, 0.0)),
)


@pytest.mark.parametrize("kind", ["map", "color", "both"])
def test_objects_are_on_the_sheet_and_in_its_key(room, kind):
    octree, path_W, samples = room
    without, with_objects = (
        draw_map(octree, path_W, title="room", samples=samples, kind=kind, objects=objects) for objects in ((), OBJECTS)
    )
    assert with_objects.shape[0] > without.shape[0]  # the key has more to say
    assert with_objects.shape[1] == without.shape[1]
    for one in OBJECTS:
        color = label_color(one.label)
        assert (with_objects == color).all(axis=2).sum() > 10
        assert not (without == color).all(axis=2).any()


def test_the_same_objects_make_the_same_bytes_in_any_order(room):
    octree, path_W, _ = room
    sheets = [draw_map(octree, path_W, title="room", kind="map", objects=o) for o in (OBJECTS, OBJECTS[::-1])]
    assert sheets[0].tobytes() == sheets[1].tobytes()


def test_no_objects_change_nothing(room):
    octree, path_W, samples = room
    assert (draw_map(octree, path_W, title="room", samples=samples, objects=[]) ==
            draw_map(octree, path_W, title="room", samples=samples)).all()  # fmt: skip


def test_the_picture_is_large_enough_for_all_objects(room):
    """A thing beyond the map, and where another is going."""
    octree, path_W, _ = room
    far = object_of(7, "dog", (20.0, 1.0, 0.3), (0.6, 0.3, 0.5))
    fast = object_of(8, "ball", (1.0, 1.0, 0.1), (0.2, 0.2, 0.2), velocity_W_m_s=(0.0, -9.0, 0.0))
    for one in (far, fast):
        sheet = draw_map(octree, path_W, title="room", kind="map", objects=[one])
        assert (sheet == label_color(one.label)).all(axis=2).sum() > 100
        tip = one.center_W + one.velocity_W_m_s
        assert (reach_of([one]).max(axis=0) >= np.maximum(one.center_W, tip) - 1e-9).all()
        assert (reach_of([one]).min(axis=0) <= np.minimum(one.center_W, tip) + 1e-9).all()


@needs_office_walk
def test_the_floor_of_the_office_is_found():
    octree, path_W, _ = mapped(open_episode(OFFICE_WALK), every=12)
    assert height_band(octree, path_W).floor_m == pytest.approx(-1.55, abs=0.06)
