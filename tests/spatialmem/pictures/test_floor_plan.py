"""A floor plan beside a map: walls dark, floors light, furniture and objects where they are."""

import numpy as np

from spatialmem import Config, FloorPlan, OctreeConfig, RgbdFrame, SpatialMemory, draw_map, open_episode, write_png
from spatialmem.pictures import style
from spatialmem.pictures.floor_plan import draw_carrying, draw_floor_plan, write_names
from spatialmem.pictures.keys import plan_marks
from spatialmem.pictures.projection import plan as seen_from_above


def square(x, y, half):
    return np.array([[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]], float)


PLAN = FloorPlan(
    rooms={"kitchen": square(0, 0, 1.95), "hall": square(4, 0, 1.95)},
    doorways=(np.array([[1.9, -0.5], [2.1, -0.5], [2.1, 0.5], [1.9, 0.5]]),),
    furniture=(square(-1, -1, 0.4),),
    objects={"mug-1": (1.0, 1.0)},
)


def color_at(image, projection, x_m, y_m):
    u, v = projection.pixels(np.array([[x_m, y_m, 0.0]]))[0]
    return tuple(int(c) for c in image[int(v), int(u)])


def test_everything_is_where_it_is():
    projection = seen_from_above(np.array([-3.0, -3.0]), np.array([7.0, 3.0]), width_px=1000, height_px=600)
    image = draw_floor_plan(PLAN, projection)
    assert color_at(image, projection, -0.5, 1.5) == style.FREE
    assert color_at(image, projection, 2.0, 0.0) == style.FREE  # the doorway
    assert color_at(image, projection, 2.0, 1.2) == style.OCCUPIED  # the wall beside it
    assert color_at(image, projection, -1.0, -1.0) == style.FURNITURE
    assert color_at(image, projection, 1.0, 1.0) == style.OBJECT
    outside = np.array(color_at(image, projection, -2.9, 2.9))
    assert (outside <= style.UNKNOWN).all()  # hatched: between the two colours
    assert (outside >= style.UNKNOWN_STROKE).all()


def test_names_stand_in_rooms_that_are_wide_enough():
    wide = seen_from_above(np.array([-3.0, -3.0]), np.array([7.0, 3.0]), width_px=1000, height_px=600)
    narrow = seen_from_above(np.array([-3.0, -3.0]), np.array([7.0, 3.0]), width_px=100, height_px=60)
    nameless = FloorPlan(rooms={"": PLAN.rooms["kitchen"]})
    named = FloorPlan(rooms={"kitchen": PLAN.rooms["kitchen"]})
    for projection, fits in ((wide, True), (narrow, False)):
        drawn, plain = draw_floor_plan(named, projection), draw_floor_plan(nameless, projection)
        write_names(drawn, named, projection)
        write_names(plain, nameless, projection)
        assert (drawn != plain).any() == fits


def test_a_name_stands_beside_what_is_drawn():
    projection = seen_from_above(np.array([-3.0, -3.0]), np.array([3.0, 3.0]), width_px=600, height_px=600)
    named = FloorPlan(rooms={"kitchen": PLAN.rooms["kitchen"]})
    image = draw_floor_plan(named, projection)
    image[260:340] = style.PATH  # a path through the middle of the room
    before = image.copy()
    write_names(image, named, projection)
    assert (image[260:340] == before[260:340]).all()
    assert (image != before).any()


def test_a_map_is_drawn_beside_it(tmp_path):
    memory = SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.1)))
    frames = [x for n, x in enumerate(open_episode("synthetic")) if n % 20 == 0 and isinstance(x, RgbdFrame)]
    for frame in frames:
        memory.observe(frame)
    path_W = np.array([frame.X_WC[:3, 3] for frame in frames])
    with_plan = draw_map(memory.view(), path_W, title="beside", beside=PLAN)
    without = draw_map(memory.view(), path_W, title="beside")
    assert with_plan.shape[1] >= without.shape[1] * 0.5
    assert (with_plan == np.array(style.FURNITURE)).all(axis=2).any()
    assert not (without == np.array(style.FURNITURE)).all(axis=2).any()
    write_png(tmp_path / "beside.png", with_plan)
    assert (tmp_path / "beside.png").stat().st_size > 10_000


def test_what_was_carried_has_arrows_with_names_at_their_ends():
    projection = seen_from_above(np.array([-3.0, -3.0]), np.array([7.0, 3.0]), width_px=1000, height_px=600)
    carried = {"mug-1": np.array([[-1.5, 1.0], [1.0, 1.0]])}
    moved, brought = FloorPlan(rooms=PLAN.rooms, moved=carried), FloorPlan(rooms=PLAN.rooms, brought=carried)
    for plan, mark, color in ((moved, "moved", style.MOVED), (brought, "brought", style.BROUGHT)):
        image = draw_floor_plan(plan, projection)
        before = image.copy()
        draw_carrying(image, plan, projection)
        assert color_at(image, projection, 0.0, 1.0) == color
        assert color_at(image, projection, -1.7, 1.0) == style.FREE
        changed = (image != before).any(axis=2)
        u, v = projection.pixels(np.array([[1.0, 1.0, 0.0]]))[0].astype(int)
        assert changed[v - 60 : v + 60, u + 15 : u + 150].sum() > 500  # the name's plate
        assert [one for one, _ in plan_marks(plan)] == [mark]
    nothing = FloorPlan(rooms=PLAN.rooms)
    image = draw_floor_plan(nothing, projection)
    before = image.copy()
    draw_carrying(image, nothing, projection)
    assert (image == before).all()
    assert plan_marks(nothing) == ()
