"""A little world of containers and things, the memory's belief of it, and skills that act in it at once.

The view is a real `View` whose things are made by hand: every question is the memory's own, no frame is needed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from worded_memory import asked_of, thing

import spatialmem as sm
from planners.tasks import Call
from spatialmem.queries.asked import Asked

__all__ = ["FakeSkills", "ToldView", "Truth", "World", "drive", "robot_at"]

S, TICK_NS = 10**9, 50_000_000
FURNITURE_M = (0.8, 0.8, 0.8)


class ToldView(sm.View):
    """A view that answers from what a test says."""

    def __init__(self, asked: Asked):
        self.__dict__["_asked_now"] = asked
        self.world, self.seq, self.stamp_ns = "world", asked.seq, asked.stamp_ns
        self.expired = False

    def _objects(self):
        if self.expired:
            raise sm.ViewExpired
        return self._asked_now.objects

    def _belief(self):
        return self._asked_now.belief

    def _graph(self):
        return self._asked_now.graph

    def _space(self):
        return self._asked_now.space


@dataclass
class Truth:
    """How one thing is, or is believed to be."""

    label: str
    rests: str = ""
    """"on", "in", or "" for on the floor."""
    carrier: int = 0
    state: str = ""
    at: tuple[float, float] = (0.0, 0.0)
    """Of what rests on nothing."""
    attributes: dict[str, str] = field(default_factory=dict)


class World:
    """What is so, what is believed, and what the robot has done. Things are numbered by hand."""

    def __init__(
        self,
        things: Mapping[int, Truth],
        believed: Mapping[int, Truth | None] | None = None,
        *,
        rooms: Sequence[sm.Room] = (),
    ):
        """believed: of what the memory has wrong; None for what it does not know."""
        self.things = dict(things)
        self.held: int | None = None
        self.pose = (0.0, 0.0)
        self.rooms, self.stamp_ns, self.seq = tuple(rooms), 100 * S, 1
        self.told: list[sm.Input] = []
        """What the planner told the memory."""
        self._believed = {i: dataclasses.replace(one) for i, one in things.items()}
        for i, one in (believed or {}).items():
            self._believed.pop(i, None)
            if one is not None:
                self._believed[i] = one
        self._missing: set[int] = set()
        self._held: int | None = None
        self._view: tuple[object, ToldView] | None = None
        self._seen_ns = dict.fromkeys(self._believed, 50 * S)

    # the memory

    def view(self) -> ToldView:
        """What is believed now; the same view as long as nothing was told."""
        key = self.seq, self.pose, self._held
        if self._view is None or self._view[0] != key:
            self._view = key, self._made_view()
        return self._view[1]

    def _made_view(self) -> ToldView:
        things = [self._record(i) for i in sorted(self._believed)]
        rests = {
            i: (one.rests, one.carrier)
            for i, one in self._believed.items()
            if one.rests and i != self._held and one.carrier in self._believed
        }
        if self._held is not None:
            rests[self._held] = ("held", 0)
        missing_ns = dict.fromkeys(self._missing, self.stamp_ns)
        asked = asked_of(
            things, rests, missing_ns=missing_ns, seen_ns=self._seen_ns, rooms=self.rooms, robot_at=self.pose,
            now_ns=self.stamp_ns, seq=self.seq,
        )  # fmt: skip
        for i, one in self._believed.items():
            shut = one.rests == "in" and self._state(one.carrier) == "closed"
            asked.belief.table.hidden[asked.row(i)] = shut and i != self._held
        return ToldView(asked)

    def _state(self, i: int) -> str:
        return self._believed[i].state if i in self._believed else ""

    def _record(self, i: int) -> sm.ObjectState:
        one = self._believed[i]
        attributes = {**one.attributes, **({"state": one.state} if one.state else {})}
        attributes |= {"held": "yes"} if i == self._held else {}
        x, y = self._at(self._believed, i)
        size_m = (0.1, 0.1, 0.1) if one.rests or i in self._small() else FURNITURE_M
        z = 0.85 if one.rests else 0.4
        fields: dict[str, Any] = {"missing": i in self._missing, "stamp_ns": self._seen_ns.get(i, S)}
        return thing(i, one.label, (x, y, z), size_m, attributes=attributes, **fields)

    def _small(self) -> set[int]:
        return {i for i, one in self._believed.items() if one.label in ("mug", "cup", "ball", "book")}

    def _at(self, things: Mapping[int, Truth], i: int) -> tuple[float, float]:
        for _ in range(8):
            one = things[i]
            if not one.rests or one.carrier not in things:
                return one.at
            i = one.carrier
        return 0.0, 0.0

    def look(self, i: int) -> bool:
        """See a thing, if it can be seen; learn what is so of it. Return whether it was."""
        one = self.things.get(i)
        visible = one is not None and i != self.held and not self.is_hidden(i)
        if visible:
            assert one is not None
            self._believed[i] = dataclasses.replace(one)
            self._missing.discard(i)
            self._seen_ns[i] = self.stamp_ns
            self.seq += 1
        return visible

    def miss(self, i: int) -> None:
        """Look for a thing where it is believed, in vain."""
        self._missing.add(i)
        self.seq += 1

    def is_hidden(self, i: int) -> bool:
        """Whether a thing is in something closed."""
        for _ in range(8):
            one = self.things[i]
            if not one.rests:
                return False
            if one.rests == "in" and self.things[one.carrier].state == "closed":
                return True
            i = one.carrier
        return False

    def tell(self, x: sm.Input) -> None:
        """Tell the memory."""
        self.told.append(x)
        self.seq += 1
        if not isinstance(x, sm.Action) or x.object_id not in self._believed or not x.succeeded:
            return
        one = self._believed[x.object_id]
        if x.verb == "picked_up":
            self._held, one.rests, one.carrier = x.object_id, "", 0
            self._missing.discard(x.object_id)
        elif x.verb in ("placed_on", "placed_in"):
            self._held = None if self._held == x.object_id else self._held
            one.rests, one.carrier = x.verb.removeprefix("placed_") if x.target_id else "", x.target_id or 0
            one.at = one.at if x.target_id else self.pose
        elif x.verb in ("opened", "closed"):
            one.state = "open" if x.verb == "opened" else "closed"

    def at(self, i: int) -> tuple[float, float]:
        """Where a thing truly is."""
        return self._at(self.things, i)

    def believed(self, i: int) -> Truth | None:
        """What is believed of a thing."""
        return self._believed.get(i)


def robot_at(world: World) -> sm.RobotState:
    """Where the robot is now."""
    X_WB = np.eye(4)
    X_WB[:2, 3] = world.pose
    return sm.RobotState(source="robot", stamp_ns=world.stamp_ns, received_ns=world.stamp_ns, X_WB=X_WB)


class FakeSkills:
    """Skills that act in a `World`, each within three ticks. They fail as a robot does: nothing is where it should be,
    or as often as `fails` says by the skill's name and the thing's id."""

    def __init__(self, world: World, fails: Mapping[tuple[str, Any], int] | None = None, *, ticks: int = 3):
        self.world, self.fails, self.ticks = world, dict(fails or {}), ticks
        self.begun: list[Call] = []

    def begin(self, call: Call, view: sm.View) -> FakePlanner:
        self.begun.append(call)
        return FakePlanner(self, call)


class FakePlanner:
    """One call: some ticks of driving, then the deed."""

    def __init__(self, skills: FakeSkills, call: Call):
        self.skills, self.call = skills, call
        self.left = skills.ticks
        self.found: sm.ObjectState | None = None
        self.frames = 0

    def see(self, frame: sm.RgbdFrame) -> None:
        self.frames += 1

    def step(self, view: sm.View, state: sm.RobotState) -> sm.Command:
        self.left -= 1
        if self.left > 0:
            return sm.Command(base_velocity_B=(0.2, 0.0, 0.0), reason="on the way")
        key = (self.call.skill, self.call.thing)
        left = self.skills.fails.get(key, 0)
        if left:
            self.skills.fails[key] = left - 1
            return self._failed("it did not work")
        return getattr(self, f"_{self.call.skill}")(view)

    def _failed(self, reason: str) -> sm.Command:
        return sm.Command(base_velocity_B=(0.0, 0.0, 0.0), status="failed", reason=reason)

    def _done(self, verb: Any = None, object_id: int = 0, target_id: int | None = None) -> sm.Command:
        world = self.skills.world
        stamps: dict[str, Any] = {"stamp_ns": world.stamp_ns, "received_ns": world.stamp_ns}
        action = (
            sm.Action(source="arm", **stamps, verb=verb, object_id=object_id, target_id=target_id) if verb else None
        )
        inputs = () if action is None else (action,)
        return sm.Command(base_velocity_B=(0.0, 0.0, 0.0), status="done", reason=f"{self.call} done", inputs=inputs)

    def _find(self, view: sm.View) -> sm.Command:
        world, what = self.skills.world, self.call.thing
        wanted = [what] if isinstance(what, int) else [i for i, one in world.things.items() if one.label == what]
        for i in sorted(wanted):
            if world.look(i):
                world.pose = world.at(i)
                found = world.view().object(i)
                self.found = found if isinstance(found, sm.ObjectState) else None
                return self._done()
        for i in wanted:
            believed = world.believed(i)
            if believed is not None and (i not in world.things or not world.is_hidden(i)):
                world.miss(i)
        return self._failed(f"{what} was not found")

    def _pick(self, view: sm.View) -> sm.Command:
        world, i = self.skills.world, self.call.thing
        assert isinstance(i, int)
        believed, truth = world.believed(i), world.things.get(i)
        if world.held is not None:
            return self._failed("the hand is full")
        if truth is None or believed is None or (truth.rests, truth.carrier) != (believed.rests, believed.carrier):
            world.miss(i)
            return self._failed("nothing is there")
        if world.is_hidden(i):
            return self._failed("a door is in the way")
        world.held, world.pose = i, world.at(i)
        truth.rests, truth.carrier = "", 0
        return self._done("picked_up", i)

    def _place(self, view: sm.View) -> sm.Command:
        world, call = self.skills.world, self.call
        assert isinstance(call.to, int)
        target = world.things[call.to]
        if call.relation == "in" and target.state == "closed":
            return self._failed("it is closed")
        truth = world.things[call.thing]  # pyright: ignore[reportArgumentType]
        truth.rests, truth.carrier, world.held = call.relation or "on", call.to, None
        world.pose = world.at(call.to)
        return self._done(f"placed_{call.relation}", call.thing, call.to)  # pyright: ignore[reportArgumentType]

    def _open(self, view: sm.View) -> sm.Command:
        return self._turn("open", "opened")

    def _close(self, view: sm.View) -> sm.Command:
        return self._turn("closed", "closed")

    def _turn(self, state: str, verb: str) -> sm.Command:
        world, i = self.skills.world, self.call.thing
        assert isinstance(i, int)
        if world.held is not None:
            return self._failed("the hand is full")
        world.things[i].state, world.pose = state, world.at(i)
        return self._done(verb, i)

    def _go_to(self, view: sm.View) -> sm.Command:
        world, to = self.skills.world, self.call.to
        if isinstance(to, tuple):
            world.pose = to
        elif isinstance(to, int):
            world.pose = world.at(to)
        else:
            room = next(one for one in world.rooms if to in (one.name, one.label))
            world.pose = float(room.p_W[0]), float(room.p_W[1])
        return self._done()

    def _hand_over(self, view: sm.View) -> sm.Command:
        world, i = self.skills.world, self.call.thing
        assert isinstance(i, int)
        world.held = None
        world.things[i].at = world.pose
        return self._done("placed_on", i)


def drive(
    planner: Any, world: World, *, ticks: int = 2000, each_tick: Callable[[int], None] | None = None
) -> sm.Command:
    """Let a planner act until it is over; the memory is told what it says."""
    command = sm.Command()
    for tick in range(ticks):
        if each_tick is not None:
            each_tick(tick)
        command = planner.step(world.view(), robot_at(world))
        for x in command.inputs:
            world.tell(x)
        if command.is_over:
            break
        world.stamp_ns += TICK_NS
    return command
