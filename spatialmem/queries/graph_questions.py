"""`GraphQuestions`: every question about the floor and what is on it, as a thin method of a view or a memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from jaxtyping import Bool

from spatialmem.queries.answering import Answering
from spatialmem.queries.as_of import as_of
from spatialmem.queries.brief import brief
from spatialmem.queries.explore import explore_value
from spatialmem.queries.floor import floor
from spatialmem.queries.ground import ground
from spatialmem.queries.landmarks import landmarks
from spatialmem.queries.nearest import nearest
from spatialmem.queries.objects_in import objects_in
from spatialmem.queries.past_view import PastView
from spatialmem.queries.relations import relations
from spatialmem.queries.rooms import room_of
from spatialmem.queries.route import places, reachable, route
from spatialmem.queries.search_order import search_order
from spatialmem.queries.standing import where_to_stand
from spatialmem.queries.topology import topology
from spatialmem.types import (
    ExploreSpot,
    Floor,
    Grounding,
    Nearby,
    ObjectState,
    Place,
    Relation,
    Room,
    Route,
    SearchPlan,
    Stand,
    Unknown,
)

if TYPE_CHECKING:
    import networkx

__all__ = ["GraphQuestions"]


class GraphQuestions(Answering):
    """What can be asked about places, rooms and routes. A memory answers from its newest state, a view from its own."""

    @property
    def robot_radius_m(self) -> float:
        """The radius of the disc that places and routes are for where no wider one is asked for [m]."""
        return self._graph().config.robot_radius_m

    def floor(self, bounds_m: Any = None, *, z_m: float | None = None) -> Floor:
        """Return the floor cell by cell: free, occupied or unknown for the robot, and how far from what is not free.

        bounds_m: (low, high) of two or three numbers [m], else as far as it is known; cells beside it are unknown.
        z_m: the highest floor that is not above this height, but for half a metre; by default that of the robot, or
        the lowest. Raises QueryError for what are no bounds or no height.
        """
        return floor(self._asked(None), bounds_m, z_m)

    def places(self) -> tuple[Place, ...]:
        """Return every disc of floor that the robot can stand on, by id."""
        return places(self._asked(None))

    def rooms(self) -> tuple[Room, ...]:
        """Return the rooms, by id: floor that hangs together, divided from other floor at passages as wide as doorways.

        None where no floor is known.
        """
        return self._asked(None).rooms

    def room_of(self, what: Any) -> Room | Unknown:
        """Return the room that something is in; Unknown where that is none that is known.

        what: a point [m], (x, y) or (x, y, z), a Place, or a thing by its id or name. What is in a wall, or where
        nothing was seen, belongs to the nearest room within 0.6 m. Raises QueryError or InputError for what is none.
        """
        return room_of(self._asked(None), what)

    @overload
    def objects(
        self, label: str | None = None, *, in_: None = None, confirmed: bool = True, missing: bool = False
    ) -> tuple[ObjectState, ...]: ...

    @overload
    def objects(
        self, label: str | None = None, *, in_: Any, confirmed: bool = True, missing: bool = False
    ) -> tuple[ObjectState, ...] | Unknown: ...

    def objects(
        self, label: str | None = None, *, in_: Any = None, confirmed: bool = True, missing: bool = False
    ) -> tuple[ObjectState, ...] | Unknown:
        """Return the objects by id: all, or those of one label; with `confirmed=False` the tentative ones, too.

        in_: only those in a Room, a room of this name (kitchen-12) or rooms of this label (all kitchens); in a `Box`
        along W's axes or between two corners (low, high) [m], with their middles; or on or in an object, by its id, its
        name or a label (all fridges), and on or in that. missing: also those that were looked for and are not there;
        their states say so; they are on and in nothing. Unknown where the room or the object that is meant is not known
        any more. Raises UnknownLabel for a label that no detector ever gave, QueryError for what in_ cannot be.
        """
        if in_ is None:
            return self._objects().objects(label, confirmed=confirmed, missing=missing)
        return objects_in(self._asked(None), in_, label, confirmed=confirmed, missing=missing)

    def relations(self, what: Any) -> tuple[Relation, ...] | Unknown:
        """Return how a thing lies to others; Unknown where it is not remembered.

        First on or in what it is, then what is on or in it, by id, then what is near, the nearest first: no farther
        than 0.3 m from box to box, and neither of the two carries the other. Only confirmed things count; what is
        missing has no relations, and what is in the gripper is near nothing. `where` says "on" and "in" alike.

        what: its id, or a name that it has or had. Raises QueryError for a name that its object never had, InputError
        for what is neither.
        """
        return relations(self._asked(None), what)

    def nearest(self, what: Any, *, start: Any = None, k: int = 3) -> tuple[Nearby, ...] | Unknown:
        """Return the k things that are meant with the shortest way to where they can be reached from, the shortest
        first; Unknown where none is believed to be anywhere, or no way is known to any.

        what: a label, an id, a name or attributes, as for `where`; of what is missing, held or hardly there, none is
        meant. start: a point, a Place, Room or Stand, else where the robot is. Where a thing is reached from, and how
        far that is, is as `where_to_stand(what, "reach")` says. Raises as `where` and `where_to_stand` do.
        """
        return nearest(self._asked(None), what, start=start, k=k)

    def landmarks(self) -> tuple[ObjectState, ...]:
        """Return the things by which one knows where one is, by id: printed tags; and what is of a kind that hardly
        ever moves, as far as was observed, and is 1 m long, or 0.3 m and without its like in its room."""
        return landmarks(self._asked(None))

    def topology(self) -> networkx.Graph:
        """Return places, rooms and objects, and how they lie to each other, as an undirected graph of plain values.

        A node is ("place" or "room" or "object", id), with `kind`, `landmark` and `p_W` (x, y, z) [m]; a place has
        clearance_m and room_id; a room name, label, label_p, area_m2, low_W and high_W; an object, the middle of whose
        box p_W is, name, label, size_m, yaw_rad and p_there. An edge has `kind`: "adjacent" (places: length_m,
        clearance_m; rooms: clearance_m), "contains", "on", "in" (gap_m), with `subject`, the node that contains, or
        that is on or in the other; and "near" (gap_m), also between an object and its place. All of it, so not for
        every control tick: it takes about a second for ten thousand objects. `write_scene_graph` writes it as JSON.
        """
        return topology(self._asked(None))

    def route(self, start: Any, goal: Any, *, robot_radius_m: float | None = None) -> Route | Unknown:
        """Return the shortest way over floor that is known to be free; Unknown, with the reason, where there is none.

        start, goal: a point [m], (x, y) or (x, y, z); a Place, Room or Stand; a room's name, or its label where only
        one has it; goal also a thing by its id or name: then the way ends where it is reached from, or else seen.
        start=None: where the robot is. robot_radius_m: at least graph.robot_radius_m, which is the default. Raises
        QueryError or InputError for what is no end of a way.
        """
        return route(self._asked(None), start, goal, robot_radius_m)

    def reachable(
        self, points_W: Any, *, start: Any = None, robot_radius_m: float | None = None
    ) -> Bool[np.ndarray, "n"] | Unknown:
        """Return which points (n, 2) or (n, 3) [m] the robot is known to get to; a point needs room within 0.3 m.

        start, robot_radius_m: as for `route`.
        """
        return reachable(self._asked(None), points_W, start, robot_radius_m)

    def where_to_stand(
        self,
        what: Any,
        to: Literal["see", "reach"] = "see",
        *,
        k: int = 5,
        start: Any = None,
        camera_height_m: float = 1.2,
        reach_m: float = 0.8,
    ) -> tuple[Stand, ...] | Unknown:
        """Return at most k places on the floor from which something is seen or reached, the shortest way first.

        what: a thing by its id or name, or a point [m], (x, y, z). Of what is in something closed, it is that which one
        stands before. Each has room for the robot's disc, and faces the thing. to: "see": 0.6 to 3 m from its box, with
        half of it in sight of a camera at camera_height_m over the robot's middle, and nothing unknown between;
        "reach": its box is at most reach_m from the robot's middle, and nothing is between. start: as for `route`;
        where nobody knows where the way begins, `route_m` is 0. Unknown, with the reason, where nobody can stand so.
        Raises QueryError or InputError for what cannot be asked.
        """
        return where_to_stand(
            self._asked(None), what, to, k=k, start=start, camera_height_m=camera_height_m, reach_m=reach_m
        )

    def search_order(self, label: Any, start: Any = None, *, camera_height_m: float = 1.2) -> SearchPlan | Unknown:
        """Return in which order to look for something so that the metres to expect until it is found are fewest.

        Of at most 12 stops no other order has fewer; a plan has at most 24. Where to look comes from what is
        remembered, with P(still there), from where such things were seen to be, from floor that nobody looked at for
        long, and from floor that nobody has seen. start: as for `route`. Unknown, with the reason, where nothing speaks
        for any place, or the robot holds one. Raises UnknownLabel for a label that no detector ever gave, QueryError or
        InputError for what cannot be asked.
        """
        return search_order(self._asked(None), label, start=start, camera_height_m=camera_height_m)

    def explore_value(
        self, bounds_m: Any = None, *, sought: str | None = None, k: int = 10, start: Any = None
    ) -> tuple[ExploreSpot, ...]:
        """Return at most k places from which something worth seeing would be seen, best first; none where nothing is.

        `value` is new floor per metre of way [m2/m]: floor that nobody has seen behind the edges of what is known, and
        of what was seen the part that one expects to have changed since. With `sought`, a label, it is the probability
        to find it per metre [1/m]. bounds_m: (low, high) of two or three numbers [m], only what lies within. start: as
        for `route`. Raises UnknownLabel, QueryError or InputError for what cannot be asked.
        """
        return explore_value(self._asked(None), bounds_m, sought=sought, k=k, start=start)

    def brief(self, token_budget: int = 800, task: str | None = None, *, since_seq: int | None = None) -> str:
        """Return what is known as a text for a language model to read before it plans, the best first.

        Where the robot is and what it holds; what the task names; what is missing, since when, and what it may be by
        now; what changed last; rooms, those next to them, and what is on or in what there, with P where it is not
        nearly certain; how many things were left out. The same memory and question are the same text. Every name in it
        is quoted, cut to 64 characters and stripped of controls, for labels are data: `ground` reads them back.

        token_budget: so many tokens of a language model at most, 100 to 1,000,000, by a count that is above those of
        the tokenizers that it was tried with. task: an instruction in words; what it names comes first. since_seq: only
        what changed since that version, which the first line of a brief names and `View.seq` is; of what is no longer
        kept, all of it, and the first line says so. Raises InputError for what is no budget, task or version,
        QueryError for a version ahead of this one.
        """
        return brief(self._asked(None), token_budget, task, since_seq)

    def ground(self, text: str) -> Grounding | Unknown:
        """Return which objects and rooms an instruction names, in its order; or Unknown, which says what is not known.

        text: up to 4000 characters, such as "bring mug-3 from the kitchen to the red table". Names ("mug-3", quoted or
        not), labels in the singular or plural, in any case, divided anyhow ("CoffeeTable", "coffee table"), labels of
        rooms. Where a label means several things, attributes before it, or behind it what it is on or in, may leave
        one. Where they do not, or where a word that should name something means nothing here, nothing is guessed: the
        reason names those that may be meant, or the labels most like it. "it" and the like are passed over. Raises
        InputError for what is no text.
        """
        return ground(self._asked(None), text)

    def as_of(self, stamp_ns: int, *, known_by: int | None = None) -> PastView | Unknown:
        """Return what was so at a stamp [ns], to be asked: objects, where, relations, places, route, map.

        known_by: the number of an input (`View.seq`): what was known by then; else all that is known now, also what
        corrected it since. So `as_of(view.stamp_ns, known_by=view.seq)` is what that view said, and
        `as_of(view.stamp_ns)` what is known better by now. Places, relations and maps of the past are in a memory's
        file: a view says Unknown of them but for its own moment, and `SpatialMemory.as_of` reads them. Unknown where so
        old changes are no longer kept, or nothing was told by then. Raises InputError for what is no stamp or number.
        """
        return as_of(self._asked(None), stamp_ns, known_by)
