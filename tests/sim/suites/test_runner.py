"""A run answers with a table, a picture and every episode, goes on where it ended, and says how it went."""

import json

import cv2
import pytest
from counted_suite import CountedSuite

from sim.suites.keeping import FILE
from sim.suites.runner import Order, arms_of, run_suite
from spatialmem import InputError, cli


def answer(folder):
    return json.loads((folder / "results.json").read_text())


def test_a_run_answers_with_a_table_a_picture_and_every_episode(tmp_path, capsys):
    assert run_suite(CountedSuite(), Order(seeds=2, first=4, out=tmp_path)) == cli.GOOD
    told, aside = capsys.readouterr()
    assert "SR %" in told
    assert "100 [100, 100]" in told
    assert "results.json" in aside
    document = answer(tmp_path)
    assert [(e["seed"], e["arm"], e["episode"]) for e in document["episodes"]] == [
        (seed, arm, k) for seed in (4, 5) for arm in ("none", "both") for k in range(3)
    ]
    assert document["figures"] == {"none": {"value": 0, "low": 0, "high": 0}, "both": {"value": 1, "low": 1, "high": 1}}
    assert (document["seeds"], document["arms"], document["interrupted"]) == ([4, 5], ["none", "both"], False)
    assert document["settings"] == {"episodes": 3}
    plot = cv2.imread(str(tmp_path / "plot.png"))
    assert plot is not None
    assert plot.std() > 5


def test_json_is_the_same_document(tmp_path, capsys):
    run_suite(CountedSuite(), Order(seeds=1, out=tmp_path, as_json=True))
    assert json.loads(capsys.readouterr().out) == answer(tmp_path)


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_suite(CountedSuite(), Order(seeds=1)) == cli.GOOD
    assert list(tmp_path.iterdir()) == []


def test_a_run_goes_on_where_it_ended(tmp_path):
    run_suite(CountedSuite(), Order(seeds=1, arms=("both",), out=tmp_path))
    before = (tmp_path / FILE).read_text().splitlines()[1:4]
    more = Order(seeds=2, out=tmp_path)
    assert run_suite(CountedSuite(raises=(0, "both", 0)), more) == cli.GOOD  # what is there is not run again
    assert (tmp_path / FILE).read_text().splitlines()[1:4] == before
    one_go = tmp_path / "one_go"
    run_suite(CountedSuite(), Order(seeds=2, out=one_go))
    assert answer(one_go)["rows_hash"] == answer(tmp_path)["rows_hash"]


def test_the_same_seeds_give_the_same_rows_in_processes(tmp_path):
    for workers in (1, 2):
        run_suite(CountedSuite(), Order(seeds=3, workers=workers, out=tmp_path / str(workers)))
    assert answer(tmp_path / "1")["rows_hash"] == answer(tmp_path / "2")["rows_hash"]


def test_what_broke_off_is_said_and_is_no_good_end(tmp_path, capsys):
    assert run_suite(CountedSuite(raises=(0, "both", 1)), Order(seeds=1, out=tmp_path)) == cli.BAD
    assert "seed 0, both, episode 1 broke off: RuntimeError: a wheel came off" in capsys.readouterr().err
    assert answer(tmp_path)["figures"]["both"]["value"] == pytest.approx(2 / 3, abs=1e-4)


def test_ctrl_c_ends_with_what_was_done_and_the_rest_follows(tmp_path, capsys):
    order = Order(seeds=2, out=tmp_path)
    assert run_suite(CountedSuite(interrupts=(0, "both", 1)), order) == cli.INTERRUPTED
    told, aside = capsys.readouterr()
    assert "SR %" in told
    assert "Interrupted" in aside
    assert [e["episode"] for e in answer(tmp_path)["episodes"]] == [0, 1, 2, 0, 1]
    assert answer(tmp_path)["interrupted"]
    assert run_suite(CountedSuite(), order) == cli.GOOD
    assert len(answer(tmp_path)["episodes"]) == 12


def test_arms_are_taken_in_the_suites_order():
    assert arms_of(CountedSuite(), None) == ("none", "both")
    assert arms_of(CountedSuite(), "both, none") == ("none", "both")
    with pytest.raises(InputError, match="'much' is no arm of the suite counted; there are none, both"):
        arms_of(CountedSuite(), "none,much")
    with pytest.raises(InputError, match="no arm is named"):
        arms_of(CountedSuite(), " ")
