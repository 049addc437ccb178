"""What is shown is asked for; without a memory nobody knows."""

from unittest.mock import create_autospec

import pytest

from sim.suites.handling.asking import asked
from sim.suites.handling.figures import report_of
from sim.suites.handling.scenes import KINDS, scene_of
from sim.suites.handling.suite import HandlingSuite
from sim.suites.recording import replayed
from sim.suites.setup import Setup
from sim.suites.workers import rows_here
from sim.worlds import World
from sim.worlds.built.resting import thing_bounds
from spatialmem import Unknown, View

SETUP = Setup(robot="differential", width=200, height=150, min_pixels=12)
SEED = 0


@pytest.mark.parametrize("kind", KINDS)
def test_scenes_stand_and_have_what_they_are_about(kind):
    scene = scene_of(SEED, 3, kind, SETUP.kind)
    assert scene is not None
    names = {thing.name for thing in scene.home.things}
    for name in (scene.thing, scene.holder, *scene.taken, *(one for pair in scene.swaps for one in pair)):
        assert name == "" or name in names
    assert all(first != second for first, second in scene.swaps)
    with World(scene.home) as world:
        assert not world.trouble
    assert scene == scene_of(SEED, 3, kind, SETUP.kind)


def rows(arm, record=None):
    suite = HandlingSuite(rounds=1, setup=SETUP, record=record)
    trial = suite.trial(SEED, arm)
    return {trial.about()[number]["kind"]: trial.run(number) for number in (1, 3)}


def test_who_remembers_knows_and_its_record_replays(tmp_path):
    for row in rows("both", tmp_path).values():
        assert row["success"], row
    for path in sorted(tmp_path.glob("*.mcap")):
        again, then = replayed(path)
        assert again == then


def test_who_does_not_remember_knows_nothing():
    assert not any(row["success"] for row in rows("none").values())


@pytest.mark.slow
def test_what_somebody_carries_about_in_view_is_known_to_be_in_the_same_one():
    row = HandlingSuite(rounds=1).trial(SEED, "both").run(0)
    assert row["success"], row
    assert row["answer"].startswith("in basket"), row


def test_who_does_not_know_has_not_answered():
    scene = scene_of(SEED, 2, "which container", SETUP.kind)
    assert scene is not None
    with World(scene.home) as world:
        low_W, high_W = thing_bounds(world, scene.holder)
        x, y, z = ((low_W + high_W) / 2).tolist()
        view = create_autospec(View, instance=True)
        view.where.return_value = Unknown("nobody knows", (x, y, z))  # but would look in the right one
        assert asked(view, scene, world, None) == (False, "nobody knows")


@pytest.mark.slow
def test_a_whole_trial_has_every_kind():
    told = [one for one in rows_here(HandlingSuite(rounds=1, setup=SETUP), [(1, "both")]) if isinstance(one, dict)]
    assert [one["kind"] for one in told] == list(KINDS)
    assert not any(one["error"] for one in told), told


def test_figures_by_kind():
    made = [
        {"seed": 0, "arm": "both", "episode": i, "error": "", "kind": kind, "later": i % 2 == 1,
         "success": kind != "count", "wall": {}} for i, kind in enumerate(KINDS)
    ]  # fmt: skip
    figures = report_of(made).figures["both"]
    assert figures["right"]["value"] == 0.8
    assert figures["by_kind"]["count"]["value"] == 0.0
    assert report_of(made).tables[0].columns[2:7] == KINDS
