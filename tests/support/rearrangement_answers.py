"""What memories say of a rearranged room, against the truth.

moved      a move is right where something of its label moved (by 6 cm or more) to within 0.5 m of where the memory says
           that it is now, one to one (EVALUATION.md, "Truth of the map"). Moves of what moved by less are not counted.
           `moved` is what `changed` calls moved; `guessed` adds what it calls missing and `where` puts somewhere.
opened     an openable is right where the memory says that it was opened or closed since, and it was: `state` is what
           crosses "open" at 0.5, `openness` what is off by a tenth or more of what the detector reports.
identity   of what moved and has the only one of its label in the room: the share whose id before is the id of the
           nearest thing of the label after, within 0.5 m; and of which where(id) is within 0.5 m and 0.1 m.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from baselines.asked import ObjectMemory, Place
from rearranged_rooms import Episode, Round, Thing

import spatialmem as sm

__all__ = ["Counted", "Found", "Move", "asked", "differences", "pairs_within", "told_by_memory"]

MATCH_M, KNOWN_M, CLOSE_M = 0.5, 0.3, 0.1


@dataclass
class Counted:
    """Right, wrong and missing answers of one kind."""

    right: int = 0
    wrong: int = 0
    missing: int = 0

    def add(self, right: int, wrong: int, missing: int) -> None:
        self.right, self.wrong, self.missing = self.right + right, self.wrong + wrong, self.missing + missing

    @property
    def f1(self) -> float:
        whole = 2 * self.right + self.wrong + self.missing
        return 2 * self.right / whole if whole else float("nan")


@dataclass
class Found:
    """What one memory said of one episode, or of several."""

    moved: Counted = field(default_factory=Counted)
    guessed: Counted = field(default_factory=Counted)
    """Moved, with what is missing and most probably is something that turned up."""
    state: Counted = field(default_factory=Counted)
    openness: Counted = field(default_factory=Counted)
    doubtful: int = 0
    """Things left out, for they moved by less than 6 cm."""
    unique: int = 0
    unseen: int = 0
    """Things of one of a kind that moved, and those of them that the memory did not know before."""
    kept: int = 0
    near: int = 0
    close: int = 0
    """Of these: the same id, where(id) within 0.5 m, within 0.1 m."""
    missed: list[str] = field(default_factory=list)
    """In words, what went wrong."""


@dataclass(frozen=True, slots=True)
class Move:
    """Something that a memory says was moved."""

    label: str
    to_W: np.ndarray
    object_id: int | None = None


def _pairs(far_m: np.ndarray) -> list[tuple[int, int]]:
    """Return the cheapest one-to-one pairs of finite distance."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(np.where(np.isfinite(far_m), far_m, 1e6))
    return [(i, j) for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if np.isfinite(far_m[i, j])]


def pairs_within(
    told: Sequence[tuple[str, np.ndarray]], true: Sequence[tuple[str, np.ndarray]], within_m: float
) -> list[tuple[int, int]]:
    """Return which of two lists of labels and places are the same, one to one: of one label, and near to each other."""
    return _pairs(_apart(told, true, within_m))


def _apart(
    told: Sequence[tuple[str, np.ndarray]], true: Sequence[tuple[str, np.ndarray]], within_m: float
) -> np.ndarray:
    """Return the distances between what has the same label, infinite beyond `within_m`."""
    far = np.full((len(told), len(true)), np.inf)
    for i, (label, p_W) in enumerate(told):
        for j, (other, q_W) in enumerate(true):
            if label == other and (d := float(np.linalg.norm(p_W - q_W))) <= within_m:
                far[i, j] = d
    return far


def count_moves(found: Found, episode: Episode, moves: Sequence[Move]) -> None:
    """Compare the moves that a memory tells with those that were."""
    wanted = [thing for thing in episode.things if thing.moved]
    doubtful = [thing for thing in episode.things if thing.doubtful]
    told = [(move.label, move.to_W) for move in moves]
    pairs = _pairs(_apart(told, [(t.label, t.after.center_W) for t in wanted], MATCH_M))
    left = [i for i in range(len(moves)) if i not in {i for i, _ in pairs}]
    excused = _pairs(_apart([told[i] for i in left], [(t.label, t.after.center_W) for t in doubtful], MATCH_M))
    hit = {j for _, j in pairs}
    found.moved.add(len(pairs), len(left) - len(excused), len(wanted) - len(pairs))
    found.doubtful += len(doubtful)
    excused_rows = {i for i, _ in excused}
    found.missed += [f"not told: {t.name} moved {t.moved_m:.2f} m" for j, t in enumerate(wanted) if j not in hit]
    found.missed += [f"invented: {moves[i].label} to {np.round(moves[i].to_W, 2)}" for k, i in enumerate(left)
                     if k not in excused_rows]  # fmt: skip


# a memory that tells of changes itself


def known_things(memory: sm.SpatialMemory, things: Iterable[Thing]) -> dict[str, int]:
    """Return the id of each thing that a memory knows, by name; the room is as before."""
    things, objects = list(things), memory.objects()
    far = _apart([(o.label, o.center_W) for o in objects], [(t.label, t.before.center_W) for t in things], KNOWN_M)
    return {things[j].name: objects[i].id for i, j in _pairs(far)}


def told_by_memory(episode: Episode, before: Round, after: Round, memory: sm.SpatialMemory) -> Found:
    """Let a memory go through both rounds, and compare what it answers."""
    found = Found()
    observe(memory, before)
    known = known_things(memory, (*episode.things, *episode.openables))
    attributes = {
        i: dict(state.attributes) for i in known.values() if not isinstance(state := memory.object(i), sm.Unknown)
    }
    since_ns = before.last_ns
    observe(memory, after)
    changes = memory.changed(since_ns)
    changes = () if isinstance(changes, sm.Unknown) else changes
    last = {}
    for change in changes:
        if change.kind in ("moved", "missing", "appeared"):
            last[change.object_id] = change
    moves = [Move(c.name.rsplit("-", 1)[0], c.to_W, c.object_id) for c in last.values() if c.kind == "moved"]
    count_moves(found, episode, moves)
    guessed = Found()
    count_moves(
        guessed, episode, [*moves, *_guessed(memory, [c for c in last.values() if c.kind == "missing"], since_ns)]
    )
    found.guessed = guessed.moved
    _count_opened(found, episode, known, attributes, changes, memory)
    for thing in episode.things:
        if thing.moved and thing.unique:
            _count_identity(found, thing, known.get(thing.name), memory)
    return found


def _guessed(memory: sm.SpatialMemory, missing: Sequence[sm.Change], since_ns: int) -> list[Move]:
    """Return where `where` says that missing things may be: each at one place that turned up since."""
    places = []
    for change in missing:
        answer = memory.where(change.object_id)
        for candidate in () if isinstance(answer, sm.Unknown) else answer[0].candidates:
            new = memory.object(candidate.object_id)
            if not isinstance(new, sm.Unknown) and new.first_ns > since_ns:
                places.append((-candidate.p, change.object_id, candidate.object_id, Move(new.label, candidate.p_W)))
    moves, taken_old, taken_new = [], set(), set()
    for _, old, new_id, move in sorted(places, key=lambda one: one[:3]):
        if old not in taken_old and new_id not in taken_new:
            taken_old.add(old)
            taken_new.add(new_id)
            moves.append(move)
    return moves


def observe(memory: sm.SpatialMemory, one: Round) -> None:
    """Tell a memory a round. Raises AssertionError where it does not take an input."""
    for frame, detections in one.inputs:
        for x in (frame, detections):
            verdict = memory.observe(x)
            assert isinstance(verdict, sm.Receipt), verdict


def _count_opened(found: Found, episode: Episode, known: dict, attributes: dict, changes, memory) -> None:
    last = {c.object_id: c.kind for c in changes if c.kind in ("opened", "closed")}
    for one in episode.openables:
        object_id = known.get(one.name)
        now = memory.object(object_id) if object_id is not None else sm.Unknown("never seen")
        was, be = one.before.attributes, one.after.attributes
        told = None if isinstance(now, sm.Unknown) else last.get(now.id)
        true = _word(be["state"]) if was["state"] != be["state"] else None
        _count_one(found.state, told, true)
        if told != true:
            known_as = "never known" if object_id is None else f"object {object_id}"
            found.missed.append(f"state: {one.name} was {true or 'not touched'}, told {told}, {known_as}")
        value = None if isinstance(now, sm.Unknown) else now.attributes.get("openness")
        same = value is None or value == attributes.get(object_id, {}).get("openness")
        _count_one(
            found.openness, None if same else value, None if was["openness"] == be["openness"] else be["openness"]
        )


def _word(state: str) -> str:
    return "opened" if state == "open" else "closed"


def _count_one(counted: Counted, told: str | None, true: str | None) -> None:
    right = told is not None and told == true
    counted.add(right, told is not None and not right, true is not None and not right)


def _count_identity(found: Found, thing: Thing, object_id: int | None, memory: sm.SpatialMemory) -> None:
    found.unique += 1
    if object_id is None:
        found.unseen += 1
        found.missed.append(f"never known: {thing.name}")
        return
    target_W = thing.after.center_W
    there = [(float(np.linalg.norm(o.center_W - target_W)), o.id) for o in memory.objects(thing.label)]
    now = memory.object(object_id)
    own = object_id if isinstance(now, sm.Unknown) else now.id
    kept = bool(there) and min(there)[0] <= MATCH_M and min(there)[1] == own
    found.kept += kept
    answer = memory.where(own)
    far = float("inf") if isinstance(answer, sm.Unknown) else float(np.linalg.norm(answer[0].p_W - target_W))
    found.near += far <= MATCH_M
    found.close += far <= CLOSE_M
    if not kept or far > MATCH_M:
        found.missed.append(f"lost: {thing.name} moved {thing.moved_m:.2f} m, where is off by {far:.2f} m")


# memories that only know what is where


def differences(before: Sequence[Place], after: Sequence[Place], moved_m: float) -> list[Move]:
    """Return what moved between two lists of places: the nearest pairs of each label that are so far apart."""
    was, now = [(p.label, p.p_W) for p in before], [(p.label, p.p_W) for p in after]
    far = _apart(was, now, np.inf)
    return [Move(now[j][0], now[j][1]) for i, j in _pairs(far) if far[i, j] >= moved_m]


def asked(episode: Episode, before: Round, after: Round, arm: ObjectMemory, moved_m: Sequence[float]) -> list[Found]:
    """Let a memory of places go through both rounds; one result for each distance from which it is called a move."""
    for frame, detections in before.inputs:
        arm.observe(frame)
        arm.observe(detections)
    was = arm.objects()
    for frame, detections in after.inputs:
        arm.observe(frame)
        arm.observe(detections)
    results = []
    for least_m in moved_m:
        found = Found()
        count_moves(found, episode, differences(was, arm.objects(), least_m))
        results.append(found)
    return results
