"""The rooms of a memory that keep something, and what each kind of input does to them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64

from spatialmem.belief import Belief, Entry, Instant, Verdict
from spatialmem.columns import Shown
from spatialmem.config import Config, DepthConfig
from spatialmem.errors import MapFull
from spatialmem.octree import Octree
from spatialmem.shortterm import Pictured, ShortTerm
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
    belief: Belief

    @classmethod
    def empty(cls, config: Config) -> Rooms:
        """Return the rooms of a memory that knows nothing yet."""
        return cls(Octree(config.octree), ShortTerm(config.shortterm), Belief(config.belief, config.shortterm))

    def take_in(self, x: Input, sensor: DepthConfig | None, seq: int) -> Effects:
        """Update the rooms that an input concerns.

        sensor: as `sensor_of` gives it. Raises MapFull, with nothing written.
        """
        pictured: tuple[Pictured, ...] = ()
        settings = sensor or DepthConfig()
        if isinstance(x, RgbdFrame):
            self._integrate(x, sensor, seq)
            self.objects.keep(x)
            verdict = self.belief.look(x, self.objects.view(), settings, seq)
            self._follow(verdict, Instant(x.stamp_ns, seq, x.X_WC[:3, 3]), x, settings)
        elif isinstance(x, PointScan):
            self.octree.integrate_scan(x.points_S, x.X_WS, sensor, seq=seq)
        elif isinstance(x, Detections) and self.objects.awaits(x):  # files of format 1 have others
            pictured = self._detect(x, settings, seq)
        elif isinstance(x, RobotState):
            self.objects.move(x)
            self.belief.carry(x)
        elif isinstance(x, Action):
            object_id = next(iter(self.objects.view().known_as(x.object_id)), x.object_id)
            self.objects.act(x, self.belief.view().resting_on(object_id))
            self._follow(self.belief.act(x, self.objects.view(), seq), Instant(x.stamp_ns, seq), None, settings)
        elif isinstance(x, Recall):
            self.objects.recall(x.object_ids, x.stamp_ns)
        return Effects(pictured, self.belief.take_changes())

    def _detect(self, found: Detections, sensor: DepthConfig, seq: int) -> tuple[Pictured, ...]:
        """Let the objects follow what was found in a frame, and the belief what was not."""
        frame = self.objects.frame_of(found)
        with self._undone_on_error():
            return self._see(found, frame, sensor, seq)

    def _see(self, found: Detections, frame: RgbdFrame, sensor: DepthConfig, seq: int) -> tuple[Pictured, ...]:
        what = self.objects.detect(found, range_max_m=sensor.range_max_m)
        verdict = self.belief.see(
            what.seen,
            what.gone,
            frame=frame,
            source=found.source,
            objects=self.objects.view(),
            sensor=sensor,
            seq=seq,
            space=MapSpace(self.octree),
            items=found.items,
        )
        self._follow(verdict, Instant(frame.stamp_ns, seq, frame.X_WC[:3, 3]), frame, sensor)
        return what.pictured

    @contextlib.contextmanager
    def _undone_on_error(self) -> Iterator[None]:
        """Let objects and belief be as before where what is done meanwhile raises: a policy of somebody else's may."""
        objects, belief = self.objects.view().kept, self.belief.view().kept
        try:
            yield
        except BaseException:
            self.objects.become(objects)
            self.belief.become(belief)
            raise

    def _follow(self, verdict: Verdict, at: Instant, frame: RgbdFrame | None, sensor: DepthConfig) -> None:
        """Let objects and map follow what is believed: what is missing, displaced, or one thing.

        The map is the last: nobody undoes what was done to it.
        """
        shown = self.objects.view().shown
        if verdict.missing:
            self.objects.lose(verdict.missing)
        if verdict.displaced:
            self.objects.displace(verdict.displaced)
        for old, new in verdict.same:
            self.objects.identify(old, new, at.stamp_ns)
            self.belief.identify((old, new), self.objects.view(), at)
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
