"""`SpatialMemory`: wires the rooms together; the only writer. What goes in passes the gate first."""

from __future__ import annotations

import threading

import numpy as np
from jaxtyping import Float, Int8, UInt8

from spatialmem.config import Config, checked
from spatialmem.errors import ConfigError, MapFull
from spatialmem.gate import Admitted, GateState, admit
from spatialmem.octree import Octree
from spatialmem.types import Input, PointScan, RayHits, Reason, Receipt, Rejected, RgbdFrame, State

__all__ = ["SpatialMemory"]


class SpatialMemory:
    """Remembers what is where, and answers. Lives in this process's memory.

    Any thread may call any method. Calls wait for each other: a question asked while a frame is being integrated is
    answered after it. Raises ConfigError for settings out of range.
    """

    def __init__(self, config: Config | None = None):
        self.config = checked(config or Config(), Config)
        self.octree = Octree(self.config.octree)
        self._refuse_world_beyond_the_octree()
        self._gate = GateState()
        self._seq = 0
        self._lock = threading.RLock()

    def observe(self, x: Input) -> Receipt | Rejected:
        """Take in one input. Bad data is never raised: it is answered with `Rejected`, and counted."""
        with self._lock:
            before = self._gate
            verdict, self._gate = admit(x, before, self.config)
            if isinstance(verdict, Rejected):
                return verdict
            try:
                self._integrate(verdict)
            except MapFull as full:
                stream = before.stream(verdict.input.source, type(verdict.input).__name__)
                self._gate = before.counted(stream, {Reason.MAP_FULL.value: 1})
                return Rejected(Reason.MAP_FULL, str(full))
            self._seq += 1
            return Receipt(self._seq, verdict.epoch)

    def _integrate(self, admitted: Admitted) -> None:
        """Update the rooms that this kind of input concerns."""
        x, sensors = admitted.input, self.config.sensors
        if isinstance(x, RgbdFrame):
            sensor = sensors.get(x.source, self.config.depth)
            self.octree.integrate_image(x.depth, x.depth_unit_m, x.camera, x.X_WC, sensor)
        elif isinstance(x, PointScan):
            self.octree.integrate_scan(x.points_S, x.X_WS, sensors.get(x.source, self.config.scan))

    def _refuse_world_beyond_the_octree(self) -> None:
        """Every pose that passes the gate must be one that the octree can address."""
        gate, config = self.config.gate, self.config
        farthest_m = max(abs(c) for c in (*gate.world_min_m, *gate.world_max_m))
        sensors = [config.depth, config.scan, *config.sensors.values()]
        limit_m = self.octree.limit_m(max(sensor.range_max_m for sensor in sensors))
        if farthest_m >= limit_m:
            raise ConfigError(
                f"gate.world_min_m and gate.world_max_m reach {farthest_m:g} m; with voxels of "
                f"{self.octree.voxel_size_m:g} m the map ends at {limit_m:.0f} m. Make the world smaller."
            )

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """By source: how many inputs were "admitted" or rejected by each reason, and how many values were masked."""
        with self._lock:
            return self._gate.counts()

    def log_odds(self, points_W: Float[np.ndarray, "n 3"]) -> Int8[np.ndarray, "n"]:
        """Return the log-odds at points; see `Octree.log_odds`."""
        with self._lock:
            return self.octree.log_odds(points_W)

    def state(self, points_W: Float[np.ndarray, "n 3"], level: int = 0) -> UInt8[np.ndarray, "n"]:
        """Return what is known of the space at points; see `Octree.state`."""
        with self._lock:
            return self.octree.state(points_W, level)

    def raycast(
        self,
        origins_W: Float[np.ndarray, "n 3"],
        directions_W: Float[np.ndarray, "n 3"],
        range_max_m: float,
        *,
        unknown_is: State = State.UNKNOWN,
    ) -> RayHits:
        """Return where rays end; see `Octree.raycast`."""
        with self._lock:
            return self.octree.raycast(origins_W, directions_W, range_max_m, unknown_is=unknown_is)
