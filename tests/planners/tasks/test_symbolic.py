"""Plans: what they do in a small world leads to what is wanted, and they are as short as plans get."""

import builtins
from collections import deque

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import spatialmem as sm
from planners.tasks.domain import SOUGHT, SOUGHT_TARGET, Problem, Want, problem_of
from planners.tasks.facts import Fact, Facts
from planners.tasks.symbolic import SymbolicPlanner

TABLE, DESK = Fact(id=4, label="table", located=True), Fact(id=5, label="desk", located=True)
FRIDGE = Fact(id=3, label="fridge", located=True, hinged=True, shut=True, known_state=True)
CABINET = Fact(id=6, label="cabinet", located=True, hinged=True, shut=True)
MUG_ON = Fact(id=1, label="mug", located=True, rests="on", carrier_id=4)
MUG_IN = Fact(id=1, label="mug", located=True, rests="in", carrier_id=3)
CUP_HELD = Fact(id=2, label="cup", located=True, held=True)


@pytest.fixture(scope="module")
def planner():
    return SymbolicPlanner()


def facts(*things: Fact, aside: tuple[int, ...] = ()) -> Facts:
    by_id = {one.id: one for one in things}
    return Facts(things=tuple(by_id[i] for i in sorted(by_id)), aside=tuple(by_id[i] for i in aside))


def want(*is_so, no=()) -> Want:
    return Want(is_so=frozenset(is_so), is_not=frozenset(no))


@pytest.mark.parametrize(
    ("known", "wanted", "steps"),
    [
        (facts(MUG_ON, TABLE), want(("given", 1)), "pick_1_on_4 go_to_1 hand_over_1"),
        (facts(), want(("given", SOUGHT)), "find_0 pick_0 go_to_0 hand_over_0"),
        (facts(MUG_ON, TABLE, FRIDGE), want(("in", 1, 3)), "open_3 pick_1_on_4 place_1_in_3"),
        (facts(MUG_IN, TABLE, FRIDGE), want(("on", 1, 4)), "open_3 pick_1_in_3 place_1_on_4"),
        (facts(MUG_IN, FRIDGE), want(("seen", 1)), "open_3 find_1"),
        (facts(MUG_ON, TABLE), want(("on", 1, 4)), ""),
        (facts(FRIDGE), want(no=[("shut", 3)]), "open_3"),
        (facts(FRIDGE), want(("shut", 3)), ""),
        (facts(CABINET), want(("shut", 6)), "close_6"),
        (facts(CABINET), want(no=[("shut", 6)]), "open_6"),
        (facts(), want(("shut", SOUGHT)), "find_0 close_0"),
        (facts(), want(no=[("shut", SOUGHT)]), "find_0 open_0"),
        (facts(DESK), want(("shut", 5)), "close_5"),
        (facts(MUG_ON, TABLE), want(("on", 1, SOUGHT_TARGET)), "find_-1 pick_1_on_4 place_1_on_-1"),
        (
            facts(MUG_IN, CUP_HELD, FRIDGE, TABLE, aside=(4,)),
            want(("given", 1)),
            "place_2_on_4 open_3 pick_1_in_3 go_to_1 hand_over_1",
        ),
        (
            facts(CUP_HELD, CABINET, TABLE, aside=(4,)),
            want(("in", 2, 6)),
            "place_2_on_4 open_6 pick_2_on_4 place_2_in_6",
        ),
        (facts(MUG_IN, FRIDGE, TABLE), want(("on", 1, 4), ("shut", 3)), "open_3 pick_1_in_3 place_1_on_4 close_3"),
    ],
    ids=range(17),
)
def test_a_plan_does_what_is_needed_in_order(planner, known, wanted, steps):
    plan = planner.plan(problem_of(known, wanted))
    assert isinstance(plan, tuple), plan
    told = " ".join(map(str, plan))
    assert sorted(told.split()) == sorted(steps.split())
    assert len(plan) < 3 or told == steps or _reaches(problem_of(known, wanted), plan)


def test_a_thing_on_a_plate_in_a_closed_cupboard_takes_a_door_only(planner):
    plate = Fact(id=7, label="plate", located=True, rests="in", carrier_id=3)
    mug = Fact(id=1, label="mug", located=True, rests="on", carrier_id=7)
    plan = planner.plan(problem_of(facts(mug, plate, FRIDGE), want(("held", 1))))
    assert [str(one) for one in plan] == ["open_3", "pick_1_on_7"]


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (facts(CUP_HELD, FRIDGE), want(no=[("shut", 3)])),  # nothing to put the cup aside on
        (facts(CUP_HELD, MUG_ON, TABLE), want(("held", 1))),
    ],
    ids=range(2),
)
def test_where_no_plan_is_it_is_said(planner, known, wanted):
    plan = planner.plan(problem_of(known, wanted))
    assert isinstance(plan, sm.Unknown)
    assert "no order" in plan.reason


def test_the_same_problem_and_what_a_plan_leaves_cost_nothing():
    planner = SymbolicPlanner()
    problem = problem_of(facts(MUG_IN, FRIDGE, TABLE), want(("on", 1, 4)))
    first = planner.plan(problem)
    assert isinstance(first, tuple), first
    assert planner.searches == 1
    assert planner.plan(problem) == first
    operators = {one.step: one for one in problem.operators}
    state = problem.state
    for i, step in enumerate(first):
        state = operators[step].after(state)
        assert planner.plan(Problem(state=state, want=problem.want, operators=problem.operators)) == first[i + 1 :]
    assert planner.searches == 1


def test_nobody_is_told_who_made_the_planner(capfd):
    SymbolicPlanner().plan(problem_of(facts(MUG_IN, FRIDGE, TABLE), want(("on", 1, 4))))
    assert capfd.readouterr() == ("", "")


def test_too_much_at_once_is_refused(planner):
    things = [Fact(id=i, label="mug", located=True, rests="on", carrier_id=99) for i in range(1, 40)]
    plan = planner.plan(problem_of(facts(*things), want(*(("on", one.id, 99) for one in things), ("given", 1))))
    assert isinstance(plan, sm.Unknown)
    assert "too much at once" in plan.reason


def test_who_has_not_installed_it_is_told_what_to_install(monkeypatch):
    def refuse(name, *arguments, **options):
        if name.startswith(("unified_planning", "up_tamer")):
            raise ImportError(f"No module named {name!r}", name=name)
        return _import(name, *arguments, **options)

    _import = builtins.__import__
    monkeypatch.setattr("importlib.import_module", lambda name: refuse(name))
    with pytest.raises(sm.InputError, match=r"unified_planning.shortcuts is not installed: pip install"):
        SymbolicPlanner()


# Any small world.


@st.composite
def worlds(draw):
    """Things on and in furniture, some of it closed, something in the hand or nothing, and something that is wanted."""
    furniture = []
    for i, hinged in enumerate(draw(st.lists(st.booleans(), min_size=1, max_size=3))):
        one = {"id": 10 + i, "label": "piece", "hinged": hinged, "known_state": True}
        furniture.append({**one, "located": draw(st.booleans()), "shut": hinged and draw(st.booleans())})
    things, held = [], draw(st.sampled_from([None, 1, 2]))
    for i in range(1, draw(st.integers(1, 3)) + 1):
        spots = [("", 0)] + [("on", one["id"]) for one in furniture]
        spots += [("in", one["id"]) for one in furniture if one["hinged"]]
        rests, carrier = ("", 0) if i == held else draw(st.sampled_from(spots))
        located = i == held or draw(st.booleans())
        one = {"id": i, "label": "mug", "held": i == held, "located": located}
        things.append({**one, "rests": rests, "carrier_id": carrier})
    aside = draw(st.lists(st.sampled_from([one["id"] for one in furniture]), max_size=2, unique=True))
    x, c = draw(st.sampled_from(things))["id"], draw(st.sampled_from(furniture))
    goals = [("given", x), ("seen", x), ("held", x), ("on", x, c["id"])]
    goals += [("in", x, c["id"]), ("shut", c["id"])] if c["hinged"] else []
    is_so = draw(st.lists(st.sampled_from(goals), min_size=1, max_size=2, unique=True))
    return [*things, *furniture], aside, is_so


def _reaches(problem: Problem, plan) -> bool:
    """Whether the steps are possible one after the other, and lead to what is wanted."""
    operators, state = {one.step: one for one in problem.operators}, problem.state
    for step in plan:
        if not operators[step].is_possible(state):
            return False
        state = operators[step].after(state)
    return problem.want.is_met(state)


def _fewest(problem: Problem) -> int | None:
    """How many steps are needed at least, by trying all; None where nothing leads there."""
    reached, todo = {problem.state: 0}, deque([problem.state])
    while todo:
        state = todo.popleft()
        if problem.want.is_met(state):
            return reached[state]
        for one in problem.operators:
            if one.is_possible(state) and (after := one.after(state)) not in reached:
                reached[after] = reached[state] + 1
                todo.append(after)
    return None


@hypothesis_settings(max_examples=40)
@given(world=worlds())
def test_a_plan_is_found_where_there_is_one_and_leads_there(planner, world):
    things, aside, is_so = world
    problem = problem_of(facts(*(Fact(**one) for one in things), aside=tuple(aside)), want(*is_so))
    plan, fewest = planner.plan(problem), _fewest(problem)
    if fewest is None:
        assert isinstance(plan, sm.Unknown)
    else:
        assert isinstance(plan, tuple), plan
        assert _reaches(problem, plan)
        assert len(plan) <= fewest + 1


def test_a_plan_is_the_same_in_another_planner():
    problem = problem_of(facts(MUG_IN, CUP_HELD, FRIDGE, TABLE, DESK, CABINET, aside=(4, 5)), want(("in", 1, 6)))
    assert SymbolicPlanner().plan(problem) == SymbolicPlanner().plan(problem)
