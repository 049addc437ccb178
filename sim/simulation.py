"""A home, a robot with a camera in it, a person perhaps, and a clock that moves only when it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from jaxtyping import Float64

from sim import bullet
from sim.people import Person, Schedule
from sim.poses import yaw_pose
from sim.robots import ROBOTS, SimRobot
from sim.sensors import CameraSensor, CameraSettings, DetectorSettings
from sim.worlds import Home, World, clearance_m, floor_grid
from sim.worlds.truth.floor_grid import main_floor
from sim.worlds.truth.truth import room_at
from spatialmem import ConfigError, Input, InputError, ManualClock

__all__ = ["TICK_S", "Mode", "Simulation"]

Mode = Literal["physical", "fast"]
TICK_S = 0.05
"""How often robot and person decide: 20 times a second."""
TICK_NS = round(TICK_S * 1e9)
INSIDE_M = 0.002
"""A robot that reaches so deep into something at the start would be thrown out of it."""
STEPS_PER_TICK = round(TICK_S / World.STEP_S)


class Simulation:
    """One simulated home. Same home, settings and commands, same inputs: to the last bit, in any process.

    `robot` is all that a planner needs; it is a `spatialmem.Robot`. `step()` lets one tick of `TICK_S` pass, and
    `inputs()` is what the memory is told at this moment. mode: "physical" steps the physics and renders pictures;
    "fast" moves the robot kinematically with collision checks and casts rays. Several may live in one process.
    """

    def __init__(
        self,
        home: Home,
        *,
        robot: str = "husky-panda",
        mode: Mode = "physical",
        seed: int = 0,
        camera: CameraSettings | None = None,
        detector: DetectorSettings | None = None,
        schedule: Schedule | Callable[[World], Schedule] | None = None,
        X_WB: Float64[np.ndarray, "4 4"] | None = None,
        start_ns: int = 0,
        gui: bool = False,
    ):
        """Build the home and stand the robot at X_WB; by default on the widest floor of the first room.

        schedule: what a person does meanwhile, or a function that makes it for the world as it stands; without one
        nobody is at home. start_ns: what the clock says at first.
        Raises ConfigError for an unknown robot or mode, or a home that does not stand; BulletMissing; InputError where
        no window opens for `gui`.
        """
        if robot not in ROBOTS:
            raise ConfigError(f"there is no robot '{robot}'; there are {', '.join(ROBOTS)}.")
        camera = camera or CameraSettings()
        if camera.rate_hz > 1 / TICK_S:
            raise ConfigError(f"camera: rate_hz is {camera.rate_hz:g}; a simulation takes at most {1 / TICK_S:g}.")
        self.robot_name = robot
        self.mode, self.clock, self._start_ns = mode, ManualClock(start_ns), start_ns
        self.world = World(home, gui=gui)
        try:
            if self.world.trouble:
                raise ConfigError(f"the home {home.name} does not stand: {'; '.join(self.world.trouble)}.")
            stand = self._widest_floor(ROBOTS[robot]) if X_WB is None else X_WB
            self.robot: SimRobot = ROBOTS[robot](self.world, stand, mode=mode, clock=self.clock)
            self.start_X_WB = self.robot.X_WB()
            self._refuse_bad_start()
            self.sensor = CameraSensor(
                self.world,
                self.robot,
                camera,
                mode=mode,
                seed=seed,
                clock=self.clock,
                world_name=home.name,
                detector=detector,
            )
            self.robot.camera, self.robot.report = self.sensor.frame, self.sensor.reported
            self.sensor.pose_noise.follow(self.start_X_WB)
            schedule = schedule(self.world) if callable(schedule) else schedule
            self.person = None if schedule is None else Person(self.world, schedule)
        except BaseException:
            self.world.close()
            raise
        self._frame_due_ns = start_ns
        self._seen: frozenset[str] = frozenset()

    def __enter__(self) -> Simulation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _widest_floor(self, kind: type[SimRobot]) -> Float64[np.ndarray, "4 4"]:
        """Return the pose in the middle of the widest floor of the first room from which the others are reached."""
        grid = floor_grid(self.world)
        clear = clearance_m(grid)
        good = main_floor(grid, clear, radius_m=kind.pass_m, turn_m=kind.turn_m)
        if not good.any():
            raise ConfigError(f"the home {self.world.home.name} has no floor on which a robot could stand; say X_WB.")
        room = np.where(good, clear - 100.0 * grid.room, -np.inf)
        row, col = np.unravel_index(int(np.argmax(room)), room.shape)
        x_m, y_m = (float(o) + (int(k) + 0.5) * grid.cell_m for o, k in zip(grid.origin_m, (col, row), strict=True))
        return yaw_pose(x_m, y_m, 0.0)

    def _refuse_bad_start(self) -> None:
        """Raise ConfigError where the robot would stand outside, or in something."""
        x_m, y_m = (float(c) for c in self.start_X_WB[:2, 3])
        where = f"the robot would start at ({x_m:.2f}, {y_m:.2f}) m"
        if not room_at(self.world.home, x_m, y_m):
            raise ConfigError(f"{where}, which is in no room of {self.world.home.name}; give another X_WB.")
        for body in self.world.bodies.values():
            if body.kind in ("robot", "person") or body.name == "floor" or body.name in self.world.absent:
                continue
            touched = bullet.api().getClosestPoints(
                self.robot.unique_ids[0], body.unique_id, 0.0, physicsClientId=self.world.client
            )
            if min((point[8] for point in touched or ()), default=0.0) < -INSIDE_M:
                raise ConfigError(
                    f"{where}, inside {body.name}; give another X_WB, with {self.robot.turn_m} m of room."
                )

    @property
    def elapsed_s(self) -> float:
        """How much time has passed in it, without what was skipped [s]."""
        return (self.clock.now_ns() - self._start_ns) / 1e9

    def step(self, count: int = 1) -> None:
        """Let `count` ticks pass. Raises InputError once it is closed."""
        self._refuse_closed()
        for _ in range(count):
            if self.person is not None:
                self.person.advance(TICK_S, self.clock.now_ns(), self._seen, self.robot.X_WB())
            if self.mode == "fast":
                self.robot.advance(TICK_S)
            else:
                for _ in range(STEPS_PER_TICK):
                    self.robot.advance(World.STEP_S)
                    self.world.step()
            self.sensor.pose_noise.follow(self.robot.X_WB())
            self.clock.advance(TICK_NS)

    def skip(self, span_ns: int) -> None:
        """Let a span of time be over at once, in which nothing moves; it does not count as elapsed."""
        self._refuse_closed()
        self.clock.advance(span_ns)
        self._start_ns += span_ns
        self._frame_due_ns += span_ns

    def inputs(self) -> Iterator[Input]:
        """Yield what the memory is told now: where a frame is due, the robot's state, the frame, and what is in it."""
        self._refuse_closed()
        if self.clock.now_ns() < self._frame_due_ns:
            return
        while self._frame_due_ns <= self.clock.now_ns():
            self._frame_due_ns += round(1e9 / self.sensor.settings.rate_hz)
        yield self.robot.state()
        frame = self.robot.frame()
        self._seen = self.sensor.in_view()  # a new object for each picture: by that people know a new one from the last
        yield frame
        yield self.sensor.detector.detections(frame)

    def _refuse_closed(self) -> None:
        if self.world.client < 0:
            raise InputError("this simulation is closed; make another.")

    def close(self) -> None:
        """Stop the physics; may be called again."""
        self.sensor.close()
        self.world.close()
