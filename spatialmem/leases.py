"""What a plan rests on, written down when it is made, so that whoever carries it out is told when that ends.

A premise is asked of a view and says why it does not hold; a `Lease` is all the premises of one plan. Nothing here
watches anything: `Lease.check` is called with every new view, by a planner itself or by `Attached.tick`.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from spatialmem.errors import InputError, ViewExpired, told
from spatialmem.types import ObjectState, State, Unknown

if TYPE_CHECKING:
    from spatialmem.view import View

__all__ = ["Believed", "Broken", "Held", "Lease", "Leased", "PassageFree", "Premise", "StaysAt"]


@runtime_checkable
class Premise(Protocol):
    """Something that a plan rests on. Anybody may write one: what has this method is a premise.

    One that goes by more than the view has an attribute `news`, too, a number that changes with that: then it is asked
    again of the same view.
    """

    def broken(self, view: View) -> str:
        """Return why it does not hold by what the view knows, in a sentence; "" as long as it holds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """An object is still there with some probability, wherever that is."""

    object_id: int
    p_min: float = 0.5

    def broken(self, view: View) -> str:
        """As `Premise.broken`."""
        one = view.object(self.object_id)
        if isinstance(one, Unknown):
            return one.reason
        if one.missing:
            return f"{one.name} is missing: it was looked for and is not there"
        return _doubtful(view, one, self.p_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An object is in the gripper."""

    object_id: int

    def broken(self, view: View) -> str:
        """As `Premise.broken`."""
        one = view.object(self.object_id)
        if isinstance(one, Unknown):
            return one.reason
        return "" if _is_held(one) else f"{one.name} is not in the gripper any more"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StaysAt:
    """An object is still where the plan found it: there, not in a gripper, and within `within_m` over the floor."""

    object_id: int
    p_W: Float[np.ndarray, "3"]
    within_m: float = 0.25
    p_min: float = 0.0
    """It is there with this probability at least; 0 asks nothing of that."""
    or_held: bool = False
    """In the gripper is as good."""

    def __post_init__(self) -> None:
        _check_id(self.object_id)

    def broken(self, view: View) -> str:
        """As `Premise.broken`."""
        one = view.object(self.object_id)
        if isinstance(one, Unknown):
            return one.reason
        if one.missing:
            return f"{one.name} is missing: it was looked for and is not there"
        if _is_held(one):
            return "" if self.or_held else f"{one.name} is in the gripper"
        away_m = math.dist(one.center_W[:2], self.p_W[:2])
        if away_m <= self.within_m:
            return _doubtful(view, one, self.p_min) if self.p_min > 0.0 else ""
        x, y = one.center_W[:2]
        return f"{one.name} is {away_m:.2f} m from where it was, at ({x:.2f}, {y:.2f}) m"


def _check_id(object_id: object) -> None:
    """Raise InputError for what is no id, such as a name."""
    if isinstance(object_id, bool) or not isinstance(object_id, (int, np.integer)):
        raise InputError(f"object_id is {object_id!r}; it is a number, such as memory.object('mug-3').id.")


def _is_held(one: ObjectState) -> bool:
    return one.attributes.get("held") == "yes"


def _doubtful(view: View, one: ObjectState, p_min: float) -> str:
    """Return that an object is hardly where it was any more; "" where it is."""
    found = view.where(one.id, k=1)
    if isinstance(found, Unknown):
        return f"{one.name} is not believed to be there any more: {found.reason}"
    if found[0].p_there < p_min:
        return f"{one.name} is hardly there any more (P = {found[0].p_there:.2f})"
    return ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PassageFree:
    """A way over the floor is free for a disc of a radius; what nobody has seen counts as not free."""

    points_W: Float[np.ndarray, "n _"]
    """Corners of the way [m], two or three numbers each."""
    radius_m: float

    def __post_init__(self) -> None:
        try:
            points = np.asarray(self.points_W, float)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"points_W is {self.points_W!r:.80}; corners of a way are (n, 2) or (n, 3) [m]."
            ) from error
        if points.ndim != 2 or not len(points) or points.shape[1] not in (2, 3) or not np.isfinite(points).all():
            raise InputError(f"points_W has the shape {points.shape}; corners of a way are (n, 2) or (n, 3) [m].")
        if not isinstance(self.radius_m, (int, float)) or not 0.0 < self.radius_m <= 10.0:
            raise InputError(f"radius_m is {self.radius_m!r}; it must be a length of up to 10 m.")
        object.__setattr__(self, "points_W", points)

    def broken(self, view: View) -> str:
        """As `Premise.broken`."""
        way_m = np.asarray(self.points_W, float)[:, :2]
        margin_m = self.radius_m + 0.5
        z_m = float(np.mean(self.points_W[:, 2])) if self.points_W.shape[1] > 2 else None
        floor = view.floor((way_m.min(0) - margin_m, way_m.max(0) + margin_m), z_m=z_m)
        along_m = _along(way_m, floor.cell_m)
        x, y = np.clip(floor.cells_of(along_m), 0, np.array(floor.state.shape[::-1]) - 1).T
        narrow = np.flatnonzero(floor.clearance_m[y, x] < self.radius_m - floor.cell_m)
        if not len(narrow):
            return ""
        u, v = along_m[narrow[0]]
        reach = math.ceil(self.radius_m / floor.cell_m)
        about = floor.state[
            max(y[narrow[0]] - reach, 0) : y[narrow[0]] + reach + 1,
            max(x[narrow[0]] - reach, 0) : x[narrow[0]] + reach + 1,
        ]
        if (about == State.OCCUPIED).any():
            return f"something is in the way at ({u:.2f}, {v:.2f}) m"
        return f"nobody has seen that the floor is free at ({u:.2f}, {v:.2f}) m"


def _along(points_m: Float[np.ndarray, "n 2"], step_m: float) -> Float[np.ndarray, "m 2"]:
    """Return points of a way, each within a step of the next."""
    pieces = [points_m[:1]]
    for start, end in itertools.pairwise(points_m):
        count = max(math.ceil(math.dist(start, end) / step_m), 1)
        pieces.append(start + (end - start) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(pieces)


@dataclass(frozen=True, slots=True)
class Broken:
    """A premise that does not hold any more."""

    premise: Premise
    why: str
    seq: int
    """The newest input that the view had in it."""


def _why(premise: Premise, view: View) -> str:
    """Return why a premise does not hold; one that cannot be asked does not, and a control loop goes on."""
    try:
        why = premise.broken(view)
    except ViewExpired:
        raise
    except Exception as error:  # whatever somebody else's premise does
        return f"it cannot be asked: {told(error)}"
    return why if isinstance(why, str) else f"it answers with a {type(why).__name__}; a sentence or '' is needed"


def _news(premise: Premise) -> object:
    """Return a number that changes with what a premise goes by besides the view; what cannot tell is always asked."""
    try:
        return operator.index(getattr(premise, "news", 0))
    except Exception:  # whatever somebody else's premise does
        return object()


class Lease:
    """The premises of one plan. It is checked until one breaks, then it is over: plan anew, and take another."""

    def __init__(self, premises: Sequence[Premise]):
        """Raises InputError for what is no sequence of premises."""
        if not isinstance(premises, Sequence):
            raise InputError(f"premises is a {type(premises).__name__}; it is a list of them: Lease([premise, ...]).")
        for premise in premises:
            if not isinstance(premise, Premise):
                raise InputError(f"a premise has a method broken(view), {type(premise).__name__} has none.")
        self.premises = tuple(premises)
        self.broken: tuple[Broken, ...] = ()
        """What has ended it; empty as long as it holds."""
        self._asked: tuple[object, ...] | None = None

    def check(self, view: View) -> tuple[Broken, ...]:
        """Ask the premises of a view, unless its inputs were asked of before; return all that do not hold."""
        known = (view.seq, *(_news(premise) for premise in self.premises))
        if not self.broken and known != self._asked:
            self._asked = known
            asked = ((premise, _why(premise, view)) for premise in self.premises)
            self.broken = tuple(Broken(premise, why, view.seq) for premise, why in asked if why)
        return self.broken

    def why_broken(self, view: View) -> str:
        """Return why it does not hold, by the first premise that does not; "" as long as it holds."""
        broken = self.check(view)
        return broken[0].why if broken else ""


@runtime_checkable
class Leased(Protocol):
    """Who goes by a lease: a planner. `Attached.follow` has every tick ask it."""

    @property
    def lease(self) -> Lease | None:
        """The lease of the plan that is carried out now: one object as long as the plan lasts; None without one."""
        ...
