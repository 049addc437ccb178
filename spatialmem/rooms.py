"""The rooms of a memory that keep something, and what each kind of input does to them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64

from spatialmem import consolidate
from spatialmem.belief import ARRIVALS, STATES, Belief, Entry, Instant, Verdict
from spatialmem.columns import Shown
from spatialmem.config import Config, DepthConfig
from spatialmem.errors import MapFull
from spatialmem.graph import Graph, PlacesNote, RestNote, SpotNote
from spatialmem.longterm import LongTerm
from spatialmem.octree import Octree
from spatialmem.shortterm import ObjectsView, Pictured, ShortTerm
from spatialmem.types import Action, Detections, EncodedImage, Input, PointScan, Recall, RgbdFrame, RobotState, State

__all__ = ["NO_EFFECTS", "Effects", "Rooms", "sensor_of"]

COARSE = 2.0
"""What ends a ray may begin so many voxels farther on: about a voxel's diagonal."""

BESIDE_M = 0.02
"""The poses of the frames that saw a thing were off: so far beside its box are voxels that it left."""


class Effects(NamedTuple):
    """What an input did that a memory's file keeps rows of."""

    pictured: tuple[Pictured, ...] = ()
    """The objects that it shows well enough for a picture."""
    changes: tuple[Entry, ...] = ()
    """What became known of objects, or is known to be otherwise."""
    places: tuple[PlacesNote, ...] = ()
    """Places, tile by tile, as they were before it."""
    spots: tuple[SpotNote, ...] = ()
    """Where things are since."""
    rests: tuple[RestNote, ...] = ()
    """How things rest on or in others since, or did until then."""


NO_EFFECTS = Effects()


@dataclass(frozen=True, slots=True)
class MapSpace:
    """What the octree says of space to whoever must not know it: see `belief.known.Space`."""

    octree: Octree

    def sight_m(
        self, eyes_W: Float64[np.ndarray, "n 3"], targets_W: Float64[np.ndarray, "n 3"]
    ) -> Float32[np.ndarray, "n"]:
        """Return how far the map lets one see from each eye towards a target, no farther than that [m]."""
        apart_W = targets_W - eyes_W
        away_m = np.sqrt((apart_W * apart_W).sum(axis=1))
        ways_W = np.where(away_m[:, None] > 0, apart_W, 1.0)
        hits = self.octree.raycast(eyes_W, ways_W, float(away_m.max(initial=1e-3)), unknown_is=State.FREE)
        return np.minimum(hits.distance_m + COARSE * self.octree.voxel_size_m, away_m).astype(np.float32)

    def is_free(self, points_W: Float64[np.ndarray, "n 3"]) -> Bool[np.ndarray, "n"]:
        """Return which points the map knows to be free."""
        return self.octree.state(points_W) == State.FREE


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a memory is made of. One thread tells them; what they publish may be read by any."""

    octree: Octree
    objects: ShortTerm
    longterm: LongTerm
    belief: Belief
    graph: Graph

    @classmethod
    def empty(cls, config: Config) -> Rooms:
        """Return the rooms of a memory that knows nothing yet."""
        octree, objects, longterm = Octree(config.octree), ShortTerm(config.shortterm), LongTerm(config.longterm)
        belief, graph = Belief(config.belief, config.shortterm), Graph(config.graph, config.octree.voxel_size_m)
        return cls(octree, objects, longterm, belief, graph)

    def every(self, *, near_only: bool = False) -> ObjectsView:
        """Return all objects, recent or not. near_only: as in `consolidate.both`."""
        return consolidate.both(self.objects.view(), self.longterm.view(), near_only=near_only)

    def take_in(self, x: Input, sensor: DepthConfig | None, seq: int) -> Effects:
        """Update the rooms that an input concerns.

        sensor: as `sensor_of` gives it. Raises MapFull, with nothing written.
        """
        pictured: tuple[Pictured, ...] = ()
        settings = sensor or DepthConfig()
        if isinstance(x, RgbdFrame):
            self._integrate(x, sensor, seq)
            self._look(x, settings, seq)
        elif isinstance(x, PointScan):
            self.octree.integrate_scan(x.points_S, x.X_WS, sensor, seq=seq)
        elif isinstance(x, Detections) and self.objects.awaits(x):  # files of format 1 have others
            pictured = self._detect(x, settings, seq)
        elif isinstance(x, RobotState):
            self._bring_back(self.longterm.view().lot.held, x.stamp_ns)  # it moves
            self.objects.move(x)
            self.belief.carry(x)
        elif isinstance(x, Action):
            self._act(x, settings, seq)
        elif isinstance(x, Recall):
            self.objects.recall(x.object_ids, x.stamp_ns)
            consolidate.recall(self.longterm, self.every(), x.object_ids)
        places = self.graph.write_places(x.stamp_ns, seq)
        if isinstance(x, RobotState):
            self.graph.stand(x, self.octree)
        self.graph.follow(self.octree)
        if isinstance(x, RgbdFrame):
            self.graph.look(x, settings)
        changes = self.belief.take_changes()
        return Effects(pictured, changes, places, self._spots(x, seq), self._rests(x, changes, seq))

    def _spots(self, x: Input, seq: int) -> tuple[SpotNote, ...]:
        """Return what is to be written of where things are since an input; of what is missing, nothing."""
        if not isinstance(x, (Detections, Action)):
            return ()
        shown = self.objects.view().shown
        rows = np.flatnonzero((shown.ids > 0) & shown.confirmed & ~shown.missing)
        return self.graph.write_spots(shown.ids[rows], shown.center_W[rows], x.stamp_ns, seq)

    def _rests(self, x: Input, changes: tuple[Entry, ...], seq: int) -> tuple[RestNote, ...]:
        """Return what is to be written of how things rest since an input."""
        if not isinstance(x, (RgbdFrame, Detections, Action)):
            return ()  # nobody else says anything of it
        moved = {one.object_id for one in changes if not one.undone_seq and one.kind not in STATES}
        never = {one.object_id for one in changes if one.undone_seq == seq and one.kind in ARRIVALS}
        return self.graph.write_rests(self.belief.view().rests(), moved, never, x.stamp_ns, seq)

    def _look(self, frame: RgbdFrame, sensor: DepthConfig, seq: int) -> None:
        """Hold what is about a camera against its frame, and park what all cameras have left behind."""
        at = Instant(frame.stamp_ns, seq, frame.X_WC[:3, 3])
        consolidate.gather(self.objects, self.longterm, frame, sensor)
        self.objects.keep(frame)
        self._follow(self.belief.look(frame, self.every(near_only=True), sensor, seq), at, frame, sensor)
        consolidate.leave(self.objects, self.longterm, self.belief.view(), frame, sensor)
        consolidate.forget_surplus(self.objects, self.longterm, self.belief, at)

    def _act(self, action: Action, sensor: DepthConfig, seq: int) -> None:
        """Let what the robot acted upon, and all that goes with it, follow."""
        every = self.every()
        resting = self.belief.view().resting_on(next(iter(every.known_as(action.object_id)), action.object_id))
        self._bring_back(consolidate.concerned(action, every, self.longterm, resting), action.stamp_ns)
        self.objects.act(action, resting)
        self._follow(self.belief.act(action, self.every(), seq), Instant(action.stamp_ns, seq), None, sensor)

    def _bring_back(self, ids: Iterable[int], stamp_ns: int) -> None:
        consolidate.bring_back(self.objects, self.longterm, ids, stamp_ns)

    def _detect(self, found: Detections, sensor: DepthConfig, seq: int) -> tuple[Pictured, ...]:
        """Let the objects follow what was found in a frame, and the belief what was not."""
        frame = self.objects.frame_of(found)
        with self._undone_on_error():
            return self._see(found, frame, sensor, seq)

    def _see(self, found: Detections, frame: RgbdFrame, sensor: DepthConfig, seq: int) -> tuple[Pictured, ...]:
        at = Instant(frame.stamp_ns, seq, frame.X_WC[:3, 3])
        consolidate.gather(self.objects, self.longterm, frame, sensor)
        what = self.objects.detect(found, range_max_m=sensor.range_max_m)
        consolidate.keep(self.longterm, what.left)
        self.longterm.pass_on(what.gone)
        verdict = self.belief.see(
            what.seen,
            what.gone,
            frame=frame,
            source=found.source,
            objects=self.every(),
            sensor=sensor,
            seq=seq,
            space=MapSpace(self.octree),
            items=found.items,
        )
        self._follow(verdict, at, frame, sensor)
        consolidate.forget_surplus(self.objects, self.longterm, self.belief, at)
        return what.pictured

    @contextlib.contextmanager
    def _undone_on_error(self) -> Iterator[None]:
        """Let objects and belief be as before where what is done meanwhile raises: a policy of somebody else's may."""
        objects, longterm, belief = self.objects.view().kept, self.longterm.view().kept, self.belief.view().kept
        try:
            yield
        except BaseException:
            self.objects.become(objects)
            self.longterm.become(longterm)
            self.belief.become(belief)
            raise

    def _follow(self, verdict: Verdict, at: Instant, frame: RgbdFrame | None, sensor: DepthConfig) -> None:
        """Let objects and map follow what is believed: what went along, is missing, displaced, or one thing.

        The map is the last: nobody undoes what was done to it.
        """
        changed = {*verdict.missing, *verdict.displaced, *(i for pair in verdict.same for i in pair)}
        self._bring_back({*changed, *(one.id for one in verdict.along)}, at.stamp_ns)
        if verdict.along:
            self.objects.take_along({one.id: (one.shift_W, one.sigma_m) for one in verdict.along})
        shown = self.objects.view().shown
        if verdict.missing:
            self.objects.lose(verdict.missing)
        if verdict.displaced:
            self.objects.displace(verdict.displaced)
        for old, new in verdict.same:
            self.objects.identify(old, new, at.stamp_ns)
            self.longterm.pass_on({new: old})
            self.belief.identify((old, new), self.every(), at)
        if verdict.missing and frame is not None:
            self._erase(shown, verdict.missing, frame, sensor, at.seq)

    def _erase(self, shown: Shown, ids: tuple[int, ...], frame: RgbdFrame, sensor: DepthConfig, seq: int) -> None:
        """Take the ghosts of missing objects out of the map, where the frame saw through them; shown: as they were."""
        rows = np.flatnonzero(np.isin(shown.ids, ids))
        with contextlib.suppress(MapFull):  # the next frames clear what this one could not
            self.octree.miss_seen_through(
                frame.depth,
                frame.depth_unit_m,
                frame.camera,
                frame.X_WC,
                shown.center_W[rows],
                shown.size_m[rows] + 2 * BESIDE_M,
                shown.yaw_rad[rows],
                sensor,
                seq=seq,
            )

    def _integrate(self, frame: RgbdFrame, sensor: DepthConfig | None, seq: int) -> None:
        color = None
        if self.octree.config.color:
            color = frame.color.pixels if isinstance(frame.color, EncodedImage) else frame.color
        self.octree.integrate_image(
            frame.depth, frame.depth_unit_m, frame.camera, frame.X_WC, sensor, color=color, seq=seq
        )


def sensor_of(x: Input, config: Config) -> DepthConfig | None:
    """Return the settings of the sensor whose depth an input is about; None for inputs without."""
    if isinstance(x, RgbdFrame):
        return config.sensors.get(x.source, config.depth)
    if isinstance(x, Detections):
        return config.sensors.get(x.camera_source, config.depth)
    return config.sensors.get(x.source, config.scan) if isinstance(x, PointScan) else None
