"""Rows come in order, here and from processes, and an episode that breaks is a row like any other."""

from counted_suite import CountedSuite

from sim.suites.reporting import rows_hash
from sim.suites.workers import rows_here, rows_in_processes

UNITS = [(seed, arm) for seed in (4, 5) for arm in ("none", "both")]


def rows_of(told):
    return [one for one in told if isinstance(one, dict)]


def test_rows_come_in_order_and_then_their_trial():
    told = list(rows_here(CountedSuite(episodes=2), UNITS[:2]))
    assert [one if isinstance(one, tuple) else (one["arm"], one["episode"], one["sum"]) for one in told] == [
        ("none", 0, 4),
        ("none", 1, 9),
        (4, "none"),
        ("both", 0, 4),
        ("both", 1, 9),
        (4, "both"),
    ]
    assert all(one["goal"] == f"g{one['episode']}" and one["error"] == "" for one in rows_of(told))
    assert all(one["wall"]["step_ms"] == 0.1 and one["wall"]["episode_s"] >= 0 for one in rows_of(told))


def test_an_episode_that_raises_says_so_and_the_next_one_runs():
    rows = rows_of(rows_here(CountedSuite(raises=(4, "both", 1)), UNITS))
    assert len(rows) == 12
    (broken,) = [row for row in rows if row["error"]]
    assert (broken["seed"], broken["arm"], broken["episode"], broken["goal"]) == (4, "both", 1, "g1")
    assert broken["error"].startswith("RuntimeError: a wheel came off (counted_suite.py:")
    assert rows[5]["sum"] == 4 + 6  # the one after it


def test_a_trial_that_cannot_begin_is_a_row_for_each_of_its_episodes():
    rows = rows_of(rows_here(CountedSuite(raises=(4, "none", -1)), UNITS))
    assert [row["episode"] for row in rows if row["error"]] == [0, 1, 2]
    assert len(rows) == 12


def test_processes_give_the_same_rows():
    suite = CountedSuite(raises=(5, "none", 2))
    apart = list(rows_in_processes(suite, UNITS, 2))
    rows = sorted(rows_of(apart), key=lambda row: UNITS.index((row["seed"], row["arm"])))
    assert rows_hash(rows) == rows_hash(rows_of(rows_here(suite, UNITS)))
    assert {one for one in apart if isinstance(one, tuple)} == set(UNITS)


def test_a_process_that_dies_takes_only_its_trial_with_it():
    told = list(rows_in_processes(CountedSuite(dies=(4, "none", 1)), UNITS, 1))
    rows = rows_of(told)
    lost = [(row["seed"], row["arm"], row["episode"]) for row in rows if row["error"]]
    assert lost == [(4, "none", 1), (4, "none", 2)]
    assert all("exit code 7" in row["error"] for row in rows if row["error"])
    assert len(rows) == 12
    assert [one for one in told if isinstance(one, tuple)] == UNITS
