"""The command's options make the suite and the order that they say; and nothing else of sim knows the suites."""

import ast
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import sim
from sim.suites import cli, runner
from spatialmem import ConfigError, InputError


@pytest.fixture
def ordered(monkeypatch):
    orders = []
    monkeypatch.setattr(runner, "run_suite", lambda suite, order: orders.append((suite, order)) or 0)
    return orders


def run(*words: str):
    return CliRunner().invoke(cli.suite, list(words), catch_exceptions=False)


def test_options_of_search(ordered):
    words = "search --seeds 3 --first 7 --arms both,none --visits 2 --things 4 --robot differential --workers 2 --fresh"
    assert run(*words.split()).exit_code == 0
    ((suite, order),) = ordered
    assert (suite.name, suite.visits, suite.things, suite.setup.robot) == ("search", 2, 4, "differential")
    assert (order.seeds, order.first, order.arms, order.workers) == (3, 7, ("none", "both"), 2)
    assert (order.out, order.fresh, order.as_json) == (Path("suite-search"), True, False)


def test_options_of_navigation(ordered):
    assert run("navigation", "--goals", "5", "--out", "there", "--json").exit_code == 0
    ((suite, order),) = ordered
    assert (suite.name, suite.goals, suite.setup.robot) == ("navigation", 5, "husky-panda")
    assert (order.seeds, order.arms, order.out, order.as_json) == (30, suite.arms, Path("there"), True)


def test_bad_options_are_refused(ordered):
    with pytest.raises(InputError, match="'much' is no arm of the suite search"):
        run("search", "--arms", "much")
    with pytest.raises(ConfigError, match="there is no robot 'cat'"):
        run("navigation", "--robot", "cat")
    assert run("search", "--seeds", "0").exit_code == 2
    assert ordered == []


def test_suites_are_a_group_of_commands():
    assert isinstance(cli.suite, typer.Typer)
    told = run("--help").output
    assert "navigation" in told
    assert "search" in told


def test_nothing_else_of_sim_imports_the_suites():
    root = Path(sim.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if "suites" in path.relative_to(root).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in named if name.startswith("sim.suites")], path


def test_options_of_the_suites_of_tasks(ordered, tmp_path):
    assert run("household", "--visits", "1", "--record", str(tmp_path), "--arms", "both").exit_code == 0
    assert run("longhorizon", "--tasks", "3", "--seeds", "2").exit_code == 0
    assert run("handling", "--rounds", "4").exit_code == 0
    (household, first), (longhorizon, second), (handling, third) = ordered
    assert (household.name, household.visits, household.record) == ("household", 1, tmp_path)
    assert (longhorizon.name, longhorizon.tasks, longhorizon.visits) == ("longhorizon", 3, 2)
    assert (handling.name, handling.rounds, handling.arms) == ("handling", 4, ("none", "short", "long", "both"))
    assert (first.arms, second.seeds, third.out) == (("both",), 2, Path("suite-handling"))
    with pytest.raises(InputError, match="'oracle' is no arm of the suite handling"):
        run("handling", "--arms", "oracle")


def test_a_record_that_is_not_there_cannot_be_replayed(tmp_path):
    with pytest.raises(InputError, match="is missing"):
        run("replay", str(tmp_path / "000-both-00.mcap"))
