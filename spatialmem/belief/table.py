"""What the belief keeps of each object: its persistence filter, when its place was looked at, where it settled."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int8, Int16, Int64

from spatialmem.belief.looking import POINTS_MAX
from spatialmem.columns import Columns, Layout
from spatialmem.errors import InputError

__all__ = ["AGAINST", "COLUMNS", "PLACES", "How", "Table", "refuse_unsound"]

AGAINST = 4
"""So many looks in a row that speak against an object leave next to nothing of what is believed of it."""

PLACES = 8
"""So many places from which an object was looked at are remembered, the newest."""

COLUMNS: Layout = {
    "ids": ("<i8", ()),
    "first_ns": ("<i8", ()),
    "seen_ns": ("<i8", ()),
    "seen_seq": ("<i8", ()),
    "on_its_way": ("?", ()),
    "rested_ns": ("<i8", ()),
    "hung_ns": ("<i8", ()),
    "last_ns": ("<i8", ()),
    "there": ("<f8", ()),
    "gone": ("<f8", ()),
    "left": ("<f8", ()),
    "after_s": ("<f8", ()),
    "before_s": ("<f8", ()),
    "missed_before": ("<f8", ()),
    "missed": ("<f8", ()),
    "against_ns": ("<i8", (AGAINST,)),
    "against": ("<f8", (AGAINST,)),
    "looked_ns": ("<i8", ()),
    "looked_seq": ("<i8", ()),
    "looked_from": ("<f8", (3,)),
    "missing_ns": ("<i8", ()),
    "looks": ("<i8", ()),
    "through": ("<i8", ()),
    "reach_m": ("<f8", ()),
    "reports": ("<i8", ()),
    "misses": ("<i8", ()),
    "depth_view": ("<f8", (6,)),
    "report_view": ("<f8", (6,)),
    "watched_from": ("<f4", (PLACES, 3)),
    "watch_reports": ("<f4", (PLACES,)),
    "watch_misses": ("<f4", (PLACES,)),
    "watch_reach_m": ("<f4", (PLACES,)),
    "tested": ("<i8", ()),
    "failed": ("<i8", ()),
    "known": ("?", ()),
    "anchor": ("<f8", (3,)),
    "center": ("<f8", (3,)),
    "half": ("<f8", (3,)),
    "sigma_m": ("<f8", ()),
    "settling": ("<i8", ()),
    "how": ("|i1", ()),
    "support": ("<i8", ()),
    "hidden": ("?", ()),
    "by_hand": ("?", ()),
    "came": ("?", ()),
    "clarity": ("<f8", ()),
    "offset": ("<f8", (3,)),
    "points_mm": ("<i2", (POINTS_MAX, 3)),
    "point_count": ("<i8", ()),
    "points_sigma_m": ("<f8", ()),
    "sampled_after": ("<i8", ()),
    "coarse": ("?", ()),
}
"""What is kept of an object, in this order in a dump.

seen, last, looked: its last sighting; the last observation that its filter took in; the last look at its place.
there, ... missed: its filter, see `persistence.Filter`. against_ns, against: the newest looks that spoke against it,
the newest first, and how likely each was if it was there, by how likely if it was gone. reach_m: the farthest depth
at which it was reported. reports, misses: how often a detector reported and overlooked it, from another view each.
depth_view, report_view: where the camera stood and whither it looked when a weak look counted last, of the depth and
of a detector. watched_from, watch_reports, watch_misses, watch_reach_m: the places where the camera was last, the
newest first, how often it was reported and overlooked from each, the newest frames the most, and how far away it was
reported from there. tested, failed: in how many frames it was in plain view and reported, and in how many of them its
points were seen through. known: it was confirmed, and that was logged. anchor, center, half, sigma_m: where it
settled, over so many sightings; half: of its edges, along W's axes. on_its_way: somebody had it when it was seen
last. rested_ns: its last sighting at rest; of what is held, since when it is where it is. hung_ns: since when it is
where nothing holds it. how, support: what it rests on or in, by id. hidden: it is in something closed, or goes with
what is held. by_hand: the robot has it, or put it somewhere, and it was not seen since. came: it would have been seen
before, had it been there. points_mm, point_count: of its surface, from the middle of its box. offset: that from its
anchor when they were seen. clarity: how well they were. points_sigma_m: how far they may lie beside it, all together.
sampled_after: so many sightings there were then.
"""


class How:
    """How an object rests: plain numbers, for an Enum's are slow to name."""

    UNKNOWN = 0
    ON = 1
    IN = 2
    HELD = 3


FAR = 1e9
"""No length, and no coordinate, is larger [m]."""
RANGES = {
    **dict.fromkeys(("there", "gone", "left", "against"), (0.0, 1.0)),  # scaled so, see `persistence.observed`
    **dict.fromkeys(("after_s", "before_s", "missed_before", "missed", "clarity"), (0.0, 1e18)),
    **dict.fromkeys(
        ("looked_from", "watched_from", "depth_view", "report_view", "anchor", "center", "offset"), (-FAR, FAR)
    ),
    "half": (0.0, FAR),
    **dict.fromkeys(("reach_m", "sigma_m", "watch_reach_m", "points_sigma_m"), (0.0, FAR)),
    **dict.fromkeys(("watch_reports", "watch_misses"), (0.0, 1e6)),
    "points_mm": (-32768, 32767),
    "point_count": (0, POINTS_MAX),
    "how": (How.UNKNOWN, How.HELD),
}
"""What each column can hold; whole numbers that are not here are not negative."""


def refuse_unsound(columns: dict[str, np.ndarray]) -> None:
    """Raise InputError for rows that nobody wrote, each with an id of its own, by id."""
    ids = columns["ids"]
    if not ((ids > 0).all() and (np.diff(ids) > 0).all()):
        raise InputError("the objects of this belief have no ids of their own.")
    for name, column in columns.items():
        low, high = RANGES.get(name, (0, 1 if column.dtype == bool else np.inf))
        values = column.view(np.uint8) if column.dtype == bool else column
        if not ((values >= low) & (values <= high)).all():  # not a number is neither
            raise InputError(f"{name} of this belief is beyond {low:g} to {high:g}: it is damaged.")
    if not (columns["there"] + columns["gone"] > 0).all():
        raise InputError("what is believed of an object is neither that it is there nor that it is gone: damaged.")


class Table(Columns):
    """Rows of what is believed of objects."""

    KEPT = COLUMNS

    first_ns: Int64[np.ndarray, "n"]
    seen_ns: Int64[np.ndarray, "n"]
    seen_seq: Int64[np.ndarray, "n"]
    on_its_way: Bool[np.ndarray, "n"]
    rested_ns: Int64[np.ndarray, "n"]
    hung_ns: Int64[np.ndarray, "n"]
    last_ns: Int64[np.ndarray, "n"]
    there: Float64[np.ndarray, "n"]
    gone: Float64[np.ndarray, "n"]
    left: Float64[np.ndarray, "n"]
    after_s: Float64[np.ndarray, "n"]
    before_s: Float64[np.ndarray, "n"]
    missed_before: Float64[np.ndarray, "n"]
    missed: Float64[np.ndarray, "n"]
    against_ns: Int64[np.ndarray, "n 4"]
    against: Float64[np.ndarray, "n 4"]
    looked_ns: Int64[np.ndarray, "n"]
    looked_seq: Int64[np.ndarray, "n"]
    looked_from: Float64[np.ndarray, "n 3"]
    missing_ns: Int64[np.ndarray, "n"]
    looks: Int64[np.ndarray, "n"]
    through: Int64[np.ndarray, "n"]
    reach_m: Float64[np.ndarray, "n"]
    reports: Int64[np.ndarray, "n"]
    misses: Int64[np.ndarray, "n"]
    depth_view: Float64[np.ndarray, "n 6"]
    report_view: Float64[np.ndarray, "n 6"]
    watched_from: Float32[np.ndarray, "n 8 3"]
    watch_reports: Float32[np.ndarray, "n 8"]
    watch_misses: Float32[np.ndarray, "n 8"]
    watch_reach_m: Float32[np.ndarray, "n 8"]
    tested: Int64[np.ndarray, "n"]
    failed: Int64[np.ndarray, "n"]
    known: Bool[np.ndarray, "n"]
    anchor: Float64[np.ndarray, "n 3"]
    center: Float64[np.ndarray, "n 3"]
    half: Float64[np.ndarray, "n 3"]
    sigma_m: Float64[np.ndarray, "n"]
    settling: Int64[np.ndarray, "n"]
    how: Int8[np.ndarray, "n"]
    support: Int64[np.ndarray, "n"]
    hidden: Bool[np.ndarray, "n"]
    by_hand: Bool[np.ndarray, "n"]
    came: Bool[np.ndarray, "n"]
    clarity: Float64[np.ndarray, "n"]
    offset: Float64[np.ndarray, "n 3"]
    points_mm: Int16[np.ndarray, "n 32 3"]
    point_count: Int64[np.ndarray, "n"]
    points_sigma_m: Float64[np.ndarray, "n"]
    sampled_after: Int64[np.ndarray, "n"]
    coarse: Bool[np.ndarray, "n"]

    def resting_on(self, object_id: int) -> tuple[int, ...]:
        """Return what is on or in an object, and on or in that, and so on, by id."""
        found = [object_id]
        for carrier in found:
            on_it = self.ids[(self.support == carrier) & (self.ids > 0) & (self.missing_ns == 0)].tolist()
            found += [other for other in sorted(on_it) if other not in found]
        return tuple(sorted(found[1:]))

    def carriers(self, row: int) -> list[int]:
        """Return the rows of what an object is on or in, of what that is on or in, and so on; the nearest first."""
        found = [row]
        while self.how[found[-1]] in (How.ON, How.IN) and self.support[found[-1]]:
            (under,) = np.nonzero(self.ids == self.support[found[-1]])
            if not len(under) or int(under[0]) in found:
                break
            found.append(int(under[0]))
        return found[1:]

    def __init__(self, rows: int = 64):
        super().__init__(rows)
