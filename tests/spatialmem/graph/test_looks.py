"""Which floor a frame shows: by what its depth saw, ray by ray."""

import numpy as np
from box_worlds import Solid, cast
from seen_floors import CAMERA, SENSOR, SeenFloor

from spatialmem import RgbdFrame
from spatialmem.geometry import look_at
from spatialmem.graph.looks import shown_by
from spatialmem.graph.tiles import Window

EYE = np.array([0.0, 0.0, 1.2])


def frame_of(*solids: Solid, at=(2.0, 0.0, 0.0), depth=None) -> RgbdFrame:
    X_WC = look_at(EYE, np.array(at))
    if depth is None:
        depth, _ = cast(list(solids), X_WC, CAMERA)
        depth = np.rint(np.where(np.isfinite(depth), depth, 0) * 1000).astype(np.uint16)
    return RgbdFrame(source="camera", stamp_ns=7, received_ns=7, depth=depth, camera=CAMERA, X_WC=X_WC)


def shown(frame: RgbdFrame, *points) -> list[bool]:
    return shown_by(frame, np.array(points, np.float64).reshape(-1, 3), SENSOR).tolist()


class TestPoints:
    """A few points about a camera that looks down ahead."""

    def test_floor_ahead_is_seen_and_behind_or_aside_it_is_not(self):
        frame = frame_of()
        assert shown(frame, (1.5, 0, 0), (2.0, 0.5, 0), (-1.5, 0, 0), (0.5, 3.0, 0)) == [True, True, False, False]

    def test_farther_than_the_sensor_reaches_it_is_not(self):
        assert shown(frame_of(), (SENSOR.range_max_m + 1.0, 0, 0)) == [False]

    def test_behind_a_cupboard_it_is_not_and_a_table_before_it_is_looked_under(self):
        cupboard = frame_of(Solid("", "", (1.5, 0.0, 0.0), (0.2, 3.0, 2.5)))
        assert shown(cupboard, (1.2, 0, 0), (2.0, 0, 0), (2.5, 0.3, 0)) == [True, False, False]

    def test_what_stands_there_counts_for_its_floor(self):
        """The floor under a box is not seen, but the box is."""
        box = frame_of(Solid("", "", (2.0, 0.0, 0.0), (0.5, 0.5, 0.5)))
        assert shown(box, (2.0, 0, 0)) == [True]

    def test_without_any_return_nothing_is_seen(self):
        depth = np.zeros((CAMERA.height, CAMERA.width), np.uint16)
        assert shown(frame_of(depth=depth), (1.5, 0, 0)) == [False]

    def test_no_points(self):
        assert shown(frame_of()) == []


def test_the_graph_notes_when_each_square_was_seen_last():
    world = SeenFloor(0.1)
    world.stand(0.0, 0.0)
    world.look(-2.0, 0.0, 0.0, times=4)
    first = world.graph.view()
    floor = first.floor(0)
    (x0, y0), (height, width) = floor.first_cell, floor.state.shape
    squares = Window(y0 // 8, x0 // 8, height // 8, width // 8)
    seen = first.seen_ns(0, squares)
    assert set(np.unique(seen).tolist()) >= {0, world._stamp_ns}
    x, y = (np.floor(c / (8 * first.cell_m)).astype(int) for c in (-0.5, 0.0))
    assert seen[y - squares.y, x - squares.x] == world._stamp_ns
    world.look(2.0, 0.0, 0.0, times=2)  # away from there
    again = world.graph.view().seen_ns(0, squares)
    assert again[y - squares.y, x - squares.x] == seen[y - squares.y, x - squares.x] < world._stamp_ns
    assert (again >= seen).all()
    assert (first.seen_ns(0, squares) == seen).all()
