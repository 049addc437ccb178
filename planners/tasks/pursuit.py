"""`Pursuit`: one goal on its way, from what its words mean to the next call, as often as the facts change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from planners.tasks.config import TaskConfig
from planners.tasks.containers import closed_containers
from planners.tasks.domain import SOUGHT, SOUGHT_TARGET, THERE, Atom, Problem, Step, Want, problem_of
from planners.tasks.facts import Fact, Facts, facts_of, held_id
from planners.tasks.goals import Before, Close, Fetch, Find, Goal, Open, Put
from planners.tasks.grounding import Choice, Home, home_of, spot_meant, thing_meant
from planners.tasks.guard import Failure, LoopGuard
from planners.tasks.meant import Meaning, Meant
from planners.tasks.skills import Call, Outcome
from planners.tasks.symbolic import SymbolicPlanner
from spatialmem import Unknown, View

__all__ = ["Ended", "Pursuit"]

BACK_M = 0.3
"""What is so near to where it was is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A goal is reached, or given up."""

    status: Literal["done", "failed"]
    reason: str


class Pursuit:
    """One goal. `next` tells the next call, or that it has ended; `record` takes what came of the last one."""

    def __init__(self, goal: Goal, meant: Meant, symbolic: SymbolicPlanner, config: TaskConfig):
        self.goal, self.config = goal, config
        self.calls: list[Outcome] = []
        self.thing_id: int | None = None
        """What is meant, once that is settled."""
        self.facts = Facts(things=())
        """As of the newest call."""
        self.steps: tuple[Step, ...] = ()
        """What is still to be done, by the newest plan."""
        self.used: tuple[int, ...] = ()
        """The memories that the newest plan goes by."""
        self._meant, self._symbolic = meant, symbolic
        self._thing: Choice | None = None
        self._target: Choice | None = None
        self._target_id: int | None = None
        self._target_now_id: int | None = None
        self._home: Home | None = None
        self._to: tuple[float, float] | str | int | None = None
        self._is_there = False
        self._given: set[int] = set()
        self._seen: set[int] = set()
        self._doubted: set[int] = set()  # what could not be taken from where it should be: it is looked for again
        self._given_up: set[int] = set()
        self._opened: list[int] = []
        self._looks_into: int | None = None  # the closed thing that is opened to look into it
        self._guard = LoopGuard()

    # what is meant

    def begin(self, view: View, here: tuple[float, float]) -> str:
        """Settle what the goal's words mean; return why that is not settled, "" where it is. here: where the robot was
        when it was asked."""
        thing = thing_meant(view, self.goal.what, self._meant)
        if isinstance(thing, Unknown):
            return thing.reason
        self._thing = thing
        if thing.label is None:
            self.thing_id = thing.ids[0]
        if isinstance(self.goal, Fetch):
            to = here if self.goal.to is None else spot_meant(view, self.goal.to, self._meant)
            if isinstance(to, Unknown):
                return to.reason
            self._to = to
        return self._begin_put(view) if isinstance(self.goal, Put) else ""

    def _begin_put(self, view: View) -> str:
        assert isinstance(self.goal, Put)
        if not isinstance(self.goal.target, Before):
            target = thing_meant(view, self.goal.target, self._meant)
            if isinstance(target, Unknown):
                return target.reason
            self._target, self._target_id = target, target.ids[0] if target.label is None else None
            return "" if self.goal.at is None else self._begin_at(view, self.goal)
        thing_id = self._best(view, self._thing, self.thing_id)
        if thing_id == SOUGHT:
            return "nothing is known of it, so neither is where it was"
        home = home_of(view, thing_id, self._meant.since_ns(thing_id))
        if isinstance(home, Unknown):
            return home.reason
        self.thing_id, self._home, self._target_id = thing_id, home, home.carrier_id
        return ""

    def _begin_at(self, view: View, goal: Put) -> str:
        """Settle where it is to be put: on or in what is meant that is known now."""
        target_id = self._best(view, self._target, self._target_id)
        if target_id == SOUGHT:
            return f"no {self._target.label if self._target else 'target'} is known to put it {goal.relation}"
        assert goal.at is not None
        self._home = Home(relation=goal.relation, carrier_id=target_id, p_W=goal.at)
        self._target, self._target_id = None, target_id  # no other of its label has that point
        return ""

    def _best(self, view: View, choice: Choice | None, bound_id: int | None) -> int:
        """Return which thing to go for now: the one that is meant; of a label the one that is bound as long as it is
        there, then the best that is believed anywhere; `SOUGHT` where one has to be looked for."""
        if choice is None or choice.label is None:
            assert bound_id is not None
            one = view.object(bound_id)
            return bound_id if isinstance(one, Unknown) else one.id
        now = thing_meant(view, choice.label, self._meant)
        ids = [one for one in (() if isinstance(now, Unknown) else now.ids) if one not in self._given_up]
        first = [one for one in (held_id(view), bound_id) if one in ids]
        tried = [one for one in dict.fromkeys([*first, *ids[:1]]) if one is not None]
        facts = facts_of(view, tried, self.config)
        good = (facts.get(one) for one in tried)
        believed = (one for one in good if one and not one.missing and self._is_believed(one))
        return next((one.id for one in believed if one.id not in self._doubted), SOUGHT)

    def _target_now(self, view: View) -> int | None:
        """Return what the thing is to be put on or in; None where that is nothing."""
        if not isinstance(self.goal, Put):
            return None
        carrier = None if self._home is not None else self._target
        found = self._best(view, carrier, self._target_id)
        return SOUGHT_TARGET if found == SOUGHT else found

    def _is_believed(self, one: Fact) -> bool:
        return one.located or one.id in self._seen

    # what to do

    def next(self, view: View) -> Call | Ended:
        """Return the next call, or that the goal has ended."""
        if len(self.calls) >= self.config.calls_max:
            return self._failed(f"{len(self.calls)} calls were made, and it is not reached")
        thing = self._best(view, self._thing, self.thing_id)
        self._target_now_id = target = self._target_now(view)
        if target == thing:
            return self._failed("it cannot be put on or in itself")
        concerned = [one for one in (thing, target, self._looks_into, *self._opened) if one and one > SOUGHT]
        self.facts = facts_of(view, concerned, self.config)
        self._forget_unseen()
        own = self.facts.get(thing)
        if isinstance(self.goal, Find) and own is not None and own.held:
            return self._reached(view, thing, f"{own.name} is in the gripper")
        problem = self._problem(thing, target)
        plan = self._symbolic.plan(problem)
        if isinstance(plan, Unknown):
            return self._failed(self._why_none(plan))
        self.steps = plan
        self.used = tuple(dict.fromkeys(concerned))
        if not plan:
            return self._reached(view, thing)
        call = self._call(plan[0], thing, target)
        return self._otherwise(view, call, thing) if self._is_vain(call) else call

    def _problem(self, thing: int, target: int | None) -> Problem:
        """Return the planning problem: to reach the goal, or first to look into something closed."""
        if self._looks_into is not None:
            want = Want(is_so=frozenset(), is_not=frozenset({("shut", self._looks_into)}))
        else:
            want = self._want(thing, target)
        facts = self.facts.changed(doubted=self._doubted, astray=self._astray(thing), refused=self._given_up)
        so: set[Atom] = {("seen", one) for one in self._seen} | {("given", one) for one in self._given}
        return problem_of(facts, want, so=so | ({THERE} if self._is_there else set()))

    def _astray(self, thing: int) -> set[int]:
        """Return a thing that is to go back, and lies on what it lay on before, but somewhere else."""
        one = self.facts.get(thing)
        if self._home is None or one is None or self._has_placed:
            return set()
        return {thing} if math.dist(one.p_W[:2], self._home.p_W[:2]) > BACK_M else set()

    def _want(self, thing: int, target: int | None) -> Want:
        """Return what the goal comes to."""
        if isinstance(self.goal, Open):
            return Want(is_so=frozenset(), is_not=frozenset({("shut", thing)}))
        if isinstance(self.goal, Close):
            return Want(is_so=frozenset({("shut", thing)}))
        again = {("shut", one) for one in self._opened} if self.config.leaves_closed else set()
        if isinstance(self.goal, Find):
            return Want(is_so=frozenset({("seen", thing), *again}))
        if isinstance(self.goal, Fetch):
            return Want(is_so=frozenset({("given", thing), *again}))
        assert target is not None
        relation = self.goal.relation if self._home is None else self._home.relation
        return Want(is_so=frozenset({(relation, thing, target), *again, *self._doubts(relation, thing, target)}))

    def _doubts(self, relation: str, thing: int, target: int) -> set[Atom]:
        """Return that a thing is to be seen, if it can be, where it is believed to be already."""
        one, carrier = self.facts.get(thing), self.facts.get(target)
        is_so = one is not None and (one.rests, one.carrier_id) == (relation, target) and not self._astray(thing)
        is_visible = relation == "on" or (carrier is not None and not carrier.shut)
        return {("seen", thing)} if is_so and is_visible and not self._has_placed else set()

    @property
    def _has_placed(self) -> bool:
        return any(one.call.skill == "place" and one.status == "done" for one in self.calls)

    def _call(self, step: Step, thing: int, target: int | None) -> Call:
        """Return a step as a call. What any of a label will do for is looked for by the label."""
        what: int | str = step.thing
        if step.skill == "find":
            choice = self._thing if step.thing == thing else self._target if step.thing == target else None
            what = choice.label if choice is not None and choice.label is not None else step.thing
            return Call(skill="find", thing=what)
        if step.skill == "place":
            relation = step.relation or None
            p_W = self._home.p_W if self._home and (relation, step.carrier) == self._home_spot else None
            return Call(skill="place", thing=what, to=step.carrier, relation=relation, p_W=p_W)
        if step.skill in ("go_to", "hand_over"):
            return Call(skill=step.skill, thing=what if step.skill == "hand_over" else None, to=self._to)
        return Call(skill=step.skill, thing=what)

    @property
    def _home_spot(self) -> tuple[str, int | None] | None:
        return None if self._home is None else (self._home.relation, self._target_id)

    # what came of it

    def record(self, outcome: Outcome) -> None:
        """Take in what came of the last call."""
        self.calls.append(outcome)
        call = outcome.call
        self._is_there = call.skill == "go_to" and outcome.status == "done"
        if outcome.status == "failed":
            self._guard.note(call, self.facts, outcome.reason)
            again = not outcome.refused and not self._is_vain(call)
            if again and call.skill == "pick" and isinstance(call.thing, int):
                self._doubted.add(call.thing)
                self._seen.discard(call.thing)
        elif outcome.status == "done":
            self._took_place(call, outcome)

    def _took_place(self, call: Call, outcome: Outcome) -> None:
        if call.skill == "find" and outcome.found_id is not None:
            self._found(call, outcome.found_id)
        elif call.skill == "pick" and isinstance(call.thing, int):
            self.thing_id = call.thing
        elif call.skill == "hand_over" and isinstance(call.thing, int):
            self._given.add(call.thing)
        elif call.skill == "open" and isinstance(call.thing, int):
            self._opened.append(call.thing)
            self._looks_into = None if call.thing == self._looks_into else self._looks_into

    def _found(self, call: Call, found_id: int) -> None:
        if found_id in self._given_up:
            self._guard.note(call, self.facts, f"only object {found_id} was found, which was given up before")
            return
        self._seen.add(found_id)
        self._doubted.discard(found_id)
        for choice, is_thing in ((self._thing, True), (self._target, False)):
            if choice is None or choice.label is None or call.thing != choice.label:
                continue
            if is_thing:
                self.thing_id = found_id
            else:
                self._target_id = found_id

    def _forget_unseen(self) -> None:
        """What was seen since the goal was asked for, and went missing, is to be looked for again."""
        self._seen -= {one.id for one in self.facts.things if one.missing}

    def _is_vain(self, call: Call) -> bool:
        return self._guard.is_vain(call, self.facts)

    def _otherwise(self, view: View, call: Call, thing: int) -> Call | Ended:
        """Return what else to try where a step has failed often enough: another thing of the label, a look into
        something closed; or that it is given up, and why."""
        last = self._guard.last(call)
        if self._looks_into is not None:
            self._looks_into = None
            return self._open_next(view) or self._given_up_by(last)
        if call.skill == "find":
            is_of_thing = call.thing in (thing, self._thing.label if self._thing else None)
            return (self._open_next(view) if is_of_thing else None) or self._given_up_by(last)
        return self.next(view) if self._gives_up(view, call, thing) else self._given_up_by(last)

    def _gives_up(self, view: View, call: Call, thing: int) -> bool:
        """Give up what a call was for, where another is as good and is known; return whether there is one."""
        if call.skill == "place":
            self._given_up.add(int(call.to))  # pyright: ignore[reportArgumentType]
            if call.to != self._target_now_id:
                return any(one.id not in self._given_up for one in self.facts.aside)
            return self._another(view, self._target)
        if call.skill in ("open", "close") and call.thing == self._target_now_id:
            self._given_up.add(int(call.thing))  # pyright: ignore[reportArgumentType]
            return self._another(view, self._target)
        if call.skill in ("go_to", "hand_over") or thing in (SOUGHT, *self.facts.held):
            return False
        self._given_up.add(thing)
        return self._another(view, self._thing)

    def _another(self, view: View, choice: Choice | None) -> bool:
        """Let go of the one of a label that was chosen; return whether another is known."""
        if choice is None or choice.label is None:
            return False
        if choice is self._thing:
            self.thing_id = None
        else:
            self._target_id = None
        return self._best(view, choice, None) != SOUGHT

    def _open_next(self, view: View) -> Call | None:
        """Look into the next closed thing, where the goal's thing is found nowhere; None where none is left."""
        if isinstance(self.goal, (Open, Close)) or len(self._opened) >= self.config.containers_max:
            return None
        tried = {*self._opened, *self._guard.opened_in_vain()}
        left = [one for one in closed_containers(view, self.config) if one not in tried]
        if not left:
            return None
        self._looks_into = left[0]
        self.facts = facts_of(view, [left[0], *self._opened], self.config)
        plan = self._symbolic.plan(self._problem(SOUGHT, None))
        if isinstance(plan, Unknown) or not plan:
            self._looks_into = None
            return None
        self.steps = plan
        call = self._call(plan[0], SOUGHT, None)
        return None if self._is_vain(call) else call

    # how it ends

    def _reached(self, view: View, thing: int, why: str = "it is so already") -> Call | Ended:
        if self._looks_into is not None:
            self._looks_into = None
            return self.next(view)
        self.thing_id = thing if thing != SOUGHT else self.thing_id
        if not self.calls:
            return Ended(status="done", reason=why)
        return Ended(status="done", reason=self.calls[-1].reason)

    def _failed(self, reason: str) -> Ended:
        return Ended(status="failed", reason=reason)

    def _given_up_by(self, failure: Failure) -> Ended:
        return self._failed(self._guard.why(failure, self.facts))

    def _why_none(self, unknown: Unknown) -> str:
        held = [self.facts.get(one) for one in self.facts.held]
        others = [one.name for one in held if one is not None and one.id != self.thing_id]
        if others and not self.facts.aside:
            return f"the gripper holds {others[0]}, and nothing is known to put it aside on"
        return unknown.reason

    def meanings(self, view: View, stamp_ns: int) -> list[Meaning]:
        """Return what the goal meant: the target first, if that was settled, and the thing last; of a thing that nobody
        found, its label."""
        found = []
        to = self._to if isinstance(self._to, int) else None
        for object_id, as_target in ((self._target_id or to, True), (self.thing_id, False)):
            one = None if object_id is None else view.object(object_id)
            if one is not None and not isinstance(one, Unknown):
                found.append(Meaning(object_id=one.id, label=one.label, stamp_ns=stamp_ns, as_target=as_target))
        if self.thing_id is None and self._thing is not None and self._thing.label is not None:
            found.append(Meaning(object_id=None, label=self._thing.label, stamp_ns=stamp_ns))
        return found
