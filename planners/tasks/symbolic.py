"""Plans for goals by the planner Tamer through unified-planning; both come with the extra `tasks`.

Tamer's own search is weighted A* with the additive heuristic (Bonet and Geffner 2001). It takes no time limit, so the
problems are bounded instead: more atoms or operators than allowed are refused.
"""

from __future__ import annotations

import importlib
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from planners.tasks.domain import SOUGHT, Atom, Operator, Problem, Step, Want, problem_of
from planners.tasks.facts import Facts
from spatialmem import InputError, Unknown

__all__ = ["SymbolicPlanner"]

ATOMS_MAX, OPERATORS_MAX = 80, 160
KEPT_MAX = 256
"""So many plans are kept."""
WEIGHT = 0.5
"""Of the heuristic: 0.5 is plain A*."""


class SymbolicPlanner:
    """Makes plans, and keeps them: the same problem again, and what a plan leaves to be done, cost nothing."""

    def __init__(self) -> None:
        """Load the planner, which takes a second. Raises InputError where it is not installed."""
        self.searches = 0
        """How often it had to search."""
        try:
            self._up: Any = importlib.import_module("unified_planning.shortcuts")
            environment = importlib.import_module("unified_planning.environment")
            importlib.import_module("up_tamer")
        except ImportError as error:
            raise InputError(
                f"a task needs a symbolic planner, and {error.name or error} is not installed: "
                f"pip install 'spatialmem[tasks]'."
            ) from error
        self._environment = environment.Environment()
        self._environment.credits_stream = None  # it would print who made the planner
        self._plans: OrderedDict[Problem, tuple[Step, ...] | Unknown] = OrderedDict()
        self._search(problem_of(Facts(things=()), Want(is_so=frozenset({("seen", SOUGHT)}))))  # loads the engine
        self.searches = 0

    def plan(self, problem: Problem) -> tuple[Step, ...] | Unknown:
        """Return steps that lead to what is wanted, () where it is so already; Unknown where there are none."""
        if problem.want.is_met(problem.state):
            return ()
        found = self._plans.get(problem)
        if found is None:
            found = self._search(problem)
            self._keep(problem, found)
        return found

    def _search(self, problem: Problem) -> tuple[Step, ...] | Unknown:
        operators = problem.operators
        atoms = sorted(
            {atom for one in operators for atom in _of(one)} | problem.want.is_so | problem.want.is_not, key=str
        )
        if len(atoms) > ATOMS_MAX or len(operators) > OPERATORS_MAX:
            return Unknown(f"the goal concerns too much at once: {len(atoms)} facts, {ATOMS_MAX} are allowed")
        self.searches += 1
        asked, steps = self._translated(problem, operators, atoms)
        try:
            options = {"heuristic": "hadd", "weight": WEIGHT}
            with self._environment.factory.OneshotPlanner(name="tamer", params=options) as engine:
                result = engine.solve(asked)
        except Exception as error:  # whatever a compiled planner raises must not stop a robot
            return Unknown(f"the symbolic planner failed: {type(error).__name__}: {error}")
        if result.plan is None:
            return Unknown("no order of what the robot can do leads there from what is known")
        return tuple(steps[one.action.name] for one in result.plan.actions)

    def _translated(self, problem: Problem, operators: Iterable[Operator], atoms: list[Atom]) -> tuple[Any, dict]:
        """Return the problem in terms of unified-planning, and the steps by the names of its actions."""
        up, environment = self._up, self._environment
        told = up.Problem("goal", environment=environment)
        fluents = {}
        for atom in atoms:
            name = "_".join(str(one) for one in atom).replace("-", "m")
            fluents[atom] = up.Fluent(name, environment=environment)
            told.add_fluent(fluents[atom], default_initial_value=atom in problem.state)
        steps = {}
        for one in operators:
            name = f"do_{one.step}".replace("-", "m")
            action = up.InstantaneousAction(name, _env=environment)
            for atom in sorted(one.needs, key=str):
                action.add_precondition(fluents[atom])
            for atom in sorted(one.needs_not, key=str):
                action.add_precondition(environment.expression_manager.Not(fluents[atom]))
            for atom in sorted(one.makes | one.makes_not, key=str):
                action.add_effect(fluents[atom], atom in one.makes)
            told.add_action(action)
            steps[name] = one.step
        for atom in sorted(problem.want.is_so, key=str):
            told.add_goal(fluents[atom])
        for atom in sorted(problem.want.is_not, key=str):
            told.add_goal(environment.expression_manager.Not(fluents[atom]))
        return told, steps

    def _keep(self, problem: Problem, found: tuple[Step, ...] | Unknown) -> None:
        """Keep a plan, and what is left of it after each step for the state that is expected then."""
        self._plans[problem] = found
        if not isinstance(found, Unknown):
            by_step = {one.step: one for one in problem.operators}
            state = problem.state
            for i, step in enumerate(found):
                state = by_step[step].after(state)
                rest = Problem(state=state, want=problem.want, operators=problem.operators)
                self._plans.setdefault(rest, found[i + 1 :])
        while len(self._plans) > KEPT_MAX:
            self._plans.popitem(last=False)


def _of(one: Operator) -> frozenset[Atom]:
    return one.needs | one.needs_not | one.makes | one.makes_not
