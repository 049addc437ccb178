"""`SpatialMemory`: wires the rooms together; the only writer. What goes in passes the gate first."""

from __future__ import annotations

import threading

from spatialmem.config import Config, checked
from spatialmem.errors import ConfigError, MapFull
from spatialmem.gate import Admitted, GateState, admit
from spatialmem.octree import Octree, Queryable, Snapshot
from spatialmem.types import EncodedImage, Input, PointScan, Reason, Receipt, Rejected, RgbdFrame
from spatialmem.view import View, decode_state

__all__ = ["SpatialMemory"]

_KEPT = ("voxel_size_m", "color", "last_seen")
"""Settings that belong to a state of the octree."""


class SpatialMemory(Queryable):
    """Remembers what is where, and answers. Lives in this process's memory.

    Any thread may call any method. Inputs wait for each other; questions wait for nothing: `view()` is the state
    after the last input, and `memory.state(...)` is `memory.view().state(...)`. Raises ConfigError for settings out
    of range.
    """

    def __init__(self, config: Config | None = None):
        self.config = checked(Config() if config is None else config, Config)
        self._start(Octree(self.config.octree), GateState(), seq=0, stamp_ns=0)

    def _start(self, octree: Octree, gate: GateState, *, seq: int, stamp_ns: int) -> None:
        self._octree = octree
        self._refuse_world_beyond_the_octree()
        self._writing = threading.Lock()
        self._publish(gate, seq=seq, stamp_ns=stamp_ns)

    @classmethod
    def load(cls, data: bytes, config: Config | None = None) -> SpatialMemory:
        """Make a memory of the bytes of `dump`, as if it had never stopped.

        config: as it was; its world, voxel size and layers must be those of the state. Raises InputError for damaged
        bytes, ConfigError for another configuration, MapFull where the budget does not hold the map.
        """
        state = decode_state(data)
        octree = Octree.load(state.octree, None if config is None else config.octree)
        memory = cls.__new__(cls)
        memory.config = checked(Config(world=state.world, octree=octree.config) if config is None else config, Config)
        for name, kept, given in (
            ("world", state.world, memory.config.world),
            *((f"octree.{n}", getattr(octree.config, n), getattr(memory.config.octree, n)) for n in _KEPT),
        ):
            if kept != given:
                raise ConfigError(f"{name} is {given!r}, but the state was kept with {kept!r}; they must agree.")
        memory._start(octree, GateState.load(state.gate), seq=state.seq, stamp_ns=state.stamp_ns)
        return memory

    # what it is told

    def observe(self, x: Input) -> Receipt | Rejected:
        """Take in one input. Bad data is never raised: it is answered with `Rejected`, and counted."""
        with self._writing:
            before = self._view
            verdict, gate = admit(x, before._gate, self.config)
            if isinstance(verdict, Rejected):
                self._publish(gate, seq=before.seq, stamp_ns=before.stamp_ns)
                return verdict
            seq = before.seq + 1
            try:
                self._integrate(verdict, seq)
            except MapFull as full:
                stream = before._gate.stream(verdict.input.source, type(verdict.input).__name__)
                gate = before._gate.counted(stream, {Reason.MAP_FULL.value: 1})
                self._publish(gate, seq=before.seq, stamp_ns=before.stamp_ns)
                return Rejected(Reason.MAP_FULL, str(full))
            self._publish(gate, seq=seq, stamp_ns=max(before.stamp_ns, verdict.input.stamp_ns))
            return Receipt(seq, verdict.epoch)

    def _integrate(self, admitted: Admitted, seq: int) -> None:
        """Update the rooms that this kind of input concerns."""
        x, sensors = admitted.input, self.config.sensors
        if isinstance(x, RgbdFrame):
            color = x.color.pixels if isinstance(x.color, EncodedImage) else x.color
            sensor = sensors.get(x.source, self.config.depth)
            self._octree.integrate_image(x.depth, x.depth_unit_m, x.camera, x.X_WC, sensor, color=color, seq=seq)
        elif isinstance(x, PointScan):
            self._octree.integrate_scan(x.points_S, x.X_WS, sensors.get(x.source, self.config.scan), seq=seq)

    def _publish(self, gate: GateState, *, seq: int, stamp_ns: int) -> None:
        """Make this the moment that is asked: one assignment."""
        self._view = View(self._octree._snapshot(), gate, world=self.config.world, seq=seq, stamp_ns=stamp_ns)

    def _refuse_world_beyond_the_octree(self) -> None:
        """Every pose that passes the gate must be one that the octree can address."""
        gate, config = self.config.gate, self.config
        farthest_m = max(abs(c) for c in (*gate.world_min_m, *gate.world_max_m))
        sensors = [config.depth, config.scan, *config.sensors.values()]
        limit_m = self._octree.limit_m(max(sensor.range_max_m for sensor in sensors))
        if farthest_m >= limit_m:
            raise ConfigError(
                f"gate.world_min_m and gate.world_max_m reach {farthest_m:g} m; with voxels of "
                f"{self._octree.voxel_size_m:g} m the map ends at {limit_m:.0f} m. Make the world smaller."
            )

    # what it answers

    def view(self) -> View:
        """Return what the memory knows at this moment, to be asked several questions. Never waits for an input."""
        return self._view

    def _snapshot(self) -> Snapshot:
        return self._view._snapshot()

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """By source: how many inputs were "admitted" or rejected by each reason, and how many values were masked."""
        return self._view.counts

    def dump(self) -> bytes:
        """Return all that the memory knows as bytes, for `load`; the same memory is the same bytes."""
        return self._view.dump()
