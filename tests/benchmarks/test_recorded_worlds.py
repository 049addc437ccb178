"""The rearranged rooms and ALFRED's tasks are what their records say, and their scores can tell right from wrong."""

import dataclasses

import numpy as np
import pytest
from alfred_replay import Replay, seen_room
from alfred_tasks import needs_alfred, tasks
from baselines import LastSeen, NoMemory
from box_worlds import CAMERA, Solid, cast, detections, shelf_under, visible_share
from rearranged_rooms import episodes, needs_rearrangement, rounds
from rearrangement_answers import Found, Move, asked, count_moves, differences

import spatialmem as sm


def test_a_box_is_where_it_is_cast():
    mug = Solid("mug", "Mug", (0.0, 0.0, 0.5), (0.2, 0.1, 0.1), yaw_rad=0.3)
    depth, shows = cast([mug], sm.look_at((1.0, 0.0, 1.2), (0.0, 0.0, 0.55)))
    v, u = np.nonzero(shows == 0)
    points_C = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(len(u))], 1)
    points_C *= depth[v, u, None]
    points_W = sm.transform(sm.look_at((1.0, 0.0, 1.2), (0.0, 0.0, 0.55)), points_C)
    turn = np.array([[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]])
    local = np.column_stack([points_W[:, :2] @ turn.T, points_W[:, 2] - 0.55])
    on_a_face = np.abs(np.abs(local) - np.array([0.1, 0.05, 0.05])).min(axis=1)
    assert len(u) > 100
    assert on_a_face.max() < 1e-3
    floor = depth[shows == -1]
    assert np.isfinite(floor).all()
    assert floor.max() > 1.2


def test_what_is_behind_something_is_not_seen_nor_reported():
    mug = Solid("mug", "Mug", (0.0, 0.0, 0.5), (0.1, 0.1, 0.1))
    wall = Solid("", "", (0.4, 0.0, 0.3), (0.02, 1.0, 0.6))
    eyes_W = np.array([[1.0, 0.0, 0.6], [-1.0, 0.0, 0.6]])
    assert visible_share([mug, wall], eyes_W, mug).tolist()[0] == 0.0
    assert visible_share([mug, wall], eyes_W, mug).tolist()[1] >= 0.5
    for eye_W, names in zip(eyes_W, ([], ["Mug"]), strict=True):
        depth, shows = cast([mug, wall], sm.look_at(tuple(eye_W), (0.0, 0.0, 0.55)))
        assert [found.label for found in detections([mug, wall], depth, shows)] == names


def test_boards_leave_room_for_what_is_there():
    cup = Solid("cup", "Cup", (0.0, 0.0, 0.5), (0.1, 0.1, 0.1))
    below = Solid("book", "Book", (0.0, 0.0, 0.45), (0.2, 0.2, 0.04))
    alone = shelf_under(cup, [cup])
    assert alone is not None
    assert alone.size_m[0] == pytest.approx(0.3)
    beside = dataclasses.replace(below, bottom_W=(0.2, 0.0, 0.45))
    board = shelf_under(cup, [cup, beside])
    assert board is not None
    assert 0.1 <= board.size_m[0] < 0.3
    assert not board.overlaps(beside)
    assert shelf_under(cup, [dataclasses.replace(below, bottom_W=(0.0, 0.0, 0.46), size_m=(0.2, 0.2, 0.04))]) is None


@needs_rearrangement
def test_two_rounds_show_what_the_record_says():
    episode = next(episodes(1))
    before, after = rounds(episode)
    again, _ = rounds(episode)
    assert [f.depth.tobytes() for f, _ in before.inputs] == [f.depth.tobytes() for f, _ in again.inputs]
    assert after.first_ns - before.last_ns > 3600 * 10**9
    moved = [thing for thing in episode.things if thing.moved]
    assert moved
    for one in (before, after):
        shown = {item.label for _, found in one.inputs for item in found.items}
        assert {thing.label for thing in moved} <= shown
    off = [
        np.linalg.norm(a.X_WC[:3, 3] - b.X_WC[:3, 3])
        for (a, _), (b, _) in zip(*(r.inputs for r in (before, after)), strict=True)
    ]
    assert 0.02 < np.mean(off) < 0.08  # two draws of 2 cm along each axis


@needs_rearrangement
def test_moves_are_right_by_label_and_place():
    episode = next(e for e in episodes() if sum(t.moved for t in e.things) >= 2)
    moved = [thing for thing in episode.things if thing.moved]
    right = [Move(thing.label, thing.after.center_W + 0.1) for thing in moved]
    for moves, counts in (
        (right, (len(moved), 0, 0)),
        (right[1:], (len(moved) - 1, 0, 1)),
        ([*right, right[0]], (len(moved), 1, 0)),
        ([dataclasses.replace(move, to_W=move.to_W + 1.0) for move in right], (0, len(moved), len(moved))),
        ([dataclasses.replace(move, label="Nothing") for move in right], (0, len(moved), len(moved))),
    ):
        found = Found()
        count_moves(found, episode, moves)
        assert (found.moved.right, found.moved.wrong, found.moved.missing) == counts


@needs_rearrangement
def test_a_dictionary_finds_moves_and_no_memory_does_not():
    episode = next(e for e in episodes() if len(e.things) < 10 and any(t.moved and t.unique for t in e.things))
    before, after = rounds(episode, noise_m=0.0)
    known, nothing = (asked(episode, before, after, arm, (0.06,))[0] for arm in (LastSeen(), NoMemory()))
    assert known.moved.right >= 1
    assert nothing.moved.right == 0
    assert differences([], [], 0.06) == []


@needs_alfred
def test_a_task_ends_where_its_steps_lead():
    task = next(t for t in tasks() if t.kind == "pick_and_place_with_movable_recep" and len(t.things) < 40)
    memory = sm.SpatialMemory()
    walk, _ = seen_room(task, memory)
    state = memory.dump()
    replay = Replay(task, memory, walk)
    outcome = replay.run()
    puts = [step for step in task.steps if step.verb == "put"]
    inner, outer = puts[-2].name, puts[-1].name
    assert replay.stage.within[inner] == outer
    there, carrier = replay.stage.things[inner], replay.stage.things[outer]
    assert np.abs(there.center_W - carrier.center_W).max() < 0.3  # it went along
    assert outcome.acted >= 2
    assert outcome.receptacle >= 1
    assert outcome.others > 10
    never = Replay(task, sm.SpatialMemory.load(state), walk, withheld_share=1.0)
    found = never.run()
    assert found.withheld == found.acted
    assert not any(isinstance(x, sm.Action) and x.verb.startswith("placed") for x in never.told)


@needs_alfred
def test_who_is_told_nothing_is_wrong(monkeypatch):
    task = next(t for t in tasks() if t.kind == "pick_and_place_simple" and len(t.things) < 30)
    memory = sm.SpatialMemory()
    walk, _ = seen_room(task, memory)
    replay = Replay(task, memory, walk)
    replay.memory = sm.SpatialMemory.load(memory.dump())
    monkeypatch.setattr(replay, "_act", lambda *_: None)
    outcome = replay.run()
    assert outcome.acted >= 1
    assert outcome.both == 0
