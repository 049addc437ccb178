"""A memory that goes through an ALFRED task: first it sees the room, then it is told what the robot does.

Everything is looked at with all doors open, which the robot closes then. Each deed is an `Action`; the gripper is where
the thing is when it is picked up and where it goes when it is put down, else before the robot. A put-down may be
withheld: then the receptacle is looked at right after it. What is cut is looked at when it has been cut.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from alfred_rooms import IN, Stage
from alfred_tasks import Step, Task
from baselines.asked import ObjectMemory
from box_tours import Walk, tour
from box_worlds import Solid
from rearrangement_answers import pairs_within

import spatialmem as sm

__all__ = ["Outcome", "Replay", "seen_room"]

DEED_S = 0.5
KNOWN_M, FURNITURE_KNOWN_M = 0.3, 0.6
PIECE_M, RIM_M, UNHARMED_M = 0.08, 0.1, 0.15
HOME_B = (0.4, 0.0, 0.9)
VERBS = {"pick": "picked_up", "open": "opened", "close": "closed"}


@dataclass
class Outcome:
    """How often a memory was right."""

    acted: int = 0
    unknown: int = 0
    """Things that were put down for good, and those of them that it never knew."""
    receptacle: int = 0
    footprint: int = 0
    both: int = 0
    """Of them: on or in what it says, within its footprint (10 cm more), both."""
    withheld: int = 0
    withheld_right: int = 0
    """Those whose last put-down was withheld, and that are right in both ways all the same."""
    held: int = 0
    held_right: int = 0
    """Things that are in the gripper at the end, and those of them that it says to be."""
    others: int = 0
    harmed: int = 0
    """Things that nobody touched and that it knew; those of them that are lost or more than 15 cm off at the end."""
    errors_m: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def _seed(task: Task) -> int:
    return int.from_bytes(task.name.encode(), "big") % (1 << 62)


def seen_room(task: Task, memory: sm.SpatialMemory) -> tuple[Walk, list[sm.RgbdFrame | sm.Detections]]:
    """Let a memory see the room before the task; return the walk, to be gone on with, and what it was told."""
    stage, walk, told = task.stage(), Walk(np.random.default_rng(_seed(task))), []
    solids = stage.solids()
    targets = [*stage.things.values(), *(part for f in stage.fixtures.values() for part in f.solids(True))]
    for X_WC in tour([(solids, target) for target in targets]):
        told += walk.view(solids, X_WC)
    for x in told:
        _tell(memory, x)
    return walk, told


def _tell(memory: sm.SpatialMemory, x: sm.Input) -> None:
    verdict = memory.observe(x)
    assert isinstance(verdict, sm.Receipt), verdict


class Replay:
    """One task told to one memory that has seen its room."""

    def __init__(self, task: Task, memory: sm.SpatialMemory, walk: Walk, *, withheld_share: float = 0.0):
        self.task, self.memory, self.stage = task, memory, task.stage()
        self.walk = Walk(
            np.random.default_rng((_seed(task), 1)), walk.noise_m, walk.miss_rate, walk.stamp_ns, walk.here_W
        )
        self.places = np.random.default_rng((_seed(task), 2))
        chances = np.random.default_rng((_seed(task), 3))
        puts = [i for i, step in enumerate(task.steps) if step.verb == "put"]
        self.withheld = {i for i in puts if chances.random() < withheld_share}
        self.ids = self._known(self.stage)
        self.first_ids = dict(self.ids)
        self.last_withheld: dict[str, bool] = {}
        self.told: list[sm.Input] = []
        self.X_WB = np.eye(4)

    def _known(self, stage: Stage) -> dict[str, int]:
        """Return the id of all that the memory knows, by name."""
        objects = [(o.label, o.center_W) for o in self.memory.objects()]
        ids = [o.id for o in self.memory.objects()]
        things = [(thing.name, thing.label, thing.center_W) for thing in stage.things.values()]
        blocks = [(f.name, f.label, f.block.center_W) for f in stage.fixtures.values()]
        found = {}
        for names, within_m in ((things, KNOWN_M), (blocks, FURNITURE_KNOWN_M)):
            pairs = pairs_within(objects, [(label, p_W) for _, label, p_W in names], within_m)
            found |= {names[j][0]: ids[i] for i, j in pairs}
        return found

    def run(self) -> Outcome:
        """Do all steps; return what the memory knows at the end."""
        for name, fixture in self.stage.fixtures.items():
            if fixture.body is not None:
                self.stage.opened.discard(name)
                self._act("closed", name)
        for number, step in enumerate(self.task.steps):
            self._do(step, number in self.withheld)
        return self._outcome()

    # telling

    def _say(self, x: sm.Input) -> None:
        self.told.append(x)
        _tell(self.memory, x)

    def _robot(self, gripper_W: np.ndarray | None = None) -> None:
        """Tell where the robot is; its gripper is before it where nothing else is said."""
        stamp_ns, X_WG = self.walk.wait(DEED_S), self.X_WB.copy()
        X_WG[:3, 3] = sm.transform(self.X_WB, np.array(HOME_B)) if gripper_W is None else gripper_W
        self._say(sm.RobotState(source="robot", stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=self.X_WB, X_WG=X_WG))

    def _act(self, verb, name: str, target: str = "") -> None:
        if name not in self.ids:
            return
        stamp_ns = self.walk.wait(DEED_S)
        target_id = self.ids.get(target)
        self._say(sm.Action(source="robot", stamp_ns=stamp_ns, received_ns=stamp_ns, verb=verb,
                            object_id=self.ids[name], target_id=target_id))  # fmt: skip

    def _look(self, *targets: Solid) -> None:
        solids = self.stage.solids()
        for X_WC in tour([(solids, target) for target in targets]):
            for x in self.walk.view(solids, X_WC):
                self._say(x)

    def _do(self, step: Step, withheld: bool) -> None:
        stage = self.stage
        if step.verb == "go":
            assert step.X_WB is not None
            self.X_WB = step.X_WB
            self._robot()
        elif step.verb == "pick":
            self._robot(stage.things[step.name].center_W)
            stage.pick(step.name)
            self._act("picked_up", step.name)
            self._robot()
        elif step.verb == "put":
            stage.put(step.name, step.target, self.places)
            self._robot(stage.things[step.name].center_W)
            if not withheld:
                label = (stage.fixtures.get(step.target) or stage.things[step.target]).label
                self._act("placed_in" if label in IN else "placed_on", step.name, step.target)
            self._robot()
            for name in stage.carried(step.name):
                self.last_withheld[name] = withheld
            if withheld:  # the receptacle is seen, and with it what is on or in it
                self._look(stage.base(step.target), stage.things[step.name])
        elif step.verb == "cut":
            stage.cut(step.name, step.pieces, step.pieces[0].split("|")[1].split("_")[0])
            self._look(*(stage.things[piece] for piece in step.pieces))
            self._learn_pieces(step)
        else:
            (stage.opened.add if step.verb == "open" else stage.opened.discard)(step.name)
            self._act(VERBS[step.verb], step.name)

    def _learn_pieces(self, step: Step) -> None:
        """Learn the ids of what was cut. What lies where the whole was may be taken for it, under another name."""
        fresh, whole = self._known(self.stage), self.stage.things[step.name]
        taken_for = self.memory.object(self.ids[step.name]) if step.name in self.ids else sm.Unknown("never known")
        for piece in step.pieces:
            near_m = whole.size_m[0] / 2 + PIECE_M
            if piece in fresh:
                self.ids[piece] = fresh[piece]
            elif not isinstance(taken_for, sm.Unknown):
                far_m = float(np.linalg.norm(taken_for.center_W - self.stage.things[piece].center_W))
                self.ids |= {piece: taken_for.id} if far_m <= near_m else {}

    # asking

    def place_of(self, arm: ObjectMemory) -> Outcome:
        """Ask a memory that only knows places, told the same: any of a label that is over the receptacle is right."""
        found, stage, places = Outcome(), self.stage, arm.objects()
        for name, target in stage.within.items():
            if name in self.last_withheld and any(
                step.verb == "pick" and step.name == name for step in self.task.steps
            ):
                thing, base = stage.things[name], stage.base(target)
                found.acted += 1
                found.withheld += self.last_withheld[name]
                same = [float(np.linalg.norm(p.p_W - thing.center_W)) for p in places
                        if p.label == thing.label and _over(base, p.p_W)]  # fmt: skip
                found.footprint += bool(same)
                found.withheld_right += bool(same) and self.last_withheld[name]
                found.errors_m += [min(same)] if same else []
        return found

    def _outcome(self) -> Outcome:
        found, stage = Outcome(), self.stage
        acted = dict.fromkeys(step.name for step in self.task.steps if step.verb == "pick")
        moved = {name for one in acted for name in stage.carried(one)}
        for name in acted:
            if name == stage.held:
                found.held += 1
                right = self._is_held(name)
                found.held_right += right
                found.missed += [] if right else [f"held: {name} is not said to be"]
            elif name not in stage.gone and name in stage.within:
                self._judge(name, found)
        for name, object_id in self.first_ids.items():
            if name in stage.things and name not in moved and name not in stage.gone:
                found.others += 1
                now = self.memory.object(object_id)
                far = (
                    np.inf
                    if isinstance(now, sm.Unknown)
                    else np.linalg.norm(now.center_W - stage.things[name].center_W)
                )
                if far > UNHARMED_M or getattr(now, "missing", False):
                    found.harmed += 1
                    found.missed.append(f"harmed: {name} is off by {far:.2f} m")
        return found

    def _judge(self, name: str, found: Outcome) -> None:
        """Compare where a thing is said to be with where it is."""
        target, thing = self.stage.within[name], self.stage.things[name]
        found.acted += 1
        found.withheld += self.last_withheld[name]
        if name not in self.ids or target not in self.ids:
            found.unknown += 1
            found.missed.append(f"never known: {name if name not in self.ids else target}")
            return
        place, p_W = self._answer(self.ids[name])
        receptacle = self.memory.object(self.ids[target])
        named = not isinstance(receptacle, sm.Unknown) and receptacle.name in place.split()
        within = bool(p_W is not None and _over(self.stage.base(target), p_W))
        found.receptacle += named
        found.footprint += within
        found.both += named and within
        found.withheld_right += self.last_withheld[name] and named and within
        if p_W is not None:
            found.errors_m.append(float(np.linalg.norm(p_W - thing.center_W)))
        if not (named and within):
            how = "withheld" if self.last_withheld[name] else "told"
            found.missed.append(f"{how}: {name} is at {target}, said to be {place!r}, {'within' if within else 'off'}")

    def _answer(self, object_id: int) -> tuple[str, np.ndarray | None]:
        """Return the place in words and in W; what the memory's attributes say where it has no `where` yet."""
        if hasattr(self.memory, "where"):
            answer = self.memory.where(object_id)
            return ("", None) if isinstance(answer, sm.Unknown) else (answer[0].place, answer[0].p_W)
        now = self.memory.object(object_id)
        if isinstance(now, sm.Unknown):
            return "", None
        said = [
            (word, self.memory.object(int(now.attributes[word]))) for word in ("on", "in") if word in now.attributes
        ]
        return " ".join(f"{word} {o.name}" for word, o in said if not isinstance(o, sm.Unknown)), now.center_W

    def _is_held(self, name: str) -> bool:
        if name not in self.ids:
            return False
        if hasattr(self.memory, "where"):
            answer = self.memory.where(self.ids[name])
            return not isinstance(answer, sm.Unknown) and answer[0].place == "held"
        now = self.memory.object(self.ids[name])
        return not isinstance(now, sm.Unknown) and "held" in now.attributes


def _over(base: Solid, p_W: np.ndarray) -> bool:
    """Return whether a place is over what a receptacle takes of the floor."""
    cos, sin = np.cos(base.yaw_rad), np.sin(base.yaw_rad)
    x, y = p_W[:2] - np.array(base.bottom_W)[:2]
    off = abs(cos * x + sin * y), abs(-sin * x + cos * y)
    return off[0] <= base.size_m[0] / 2 + RIM_M and off[1] <= base.size_m[1] / 2 + RIM_M
