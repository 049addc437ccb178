"""A drive through a simulated home as a `Source`: a planner or the scripted tour drives, the robot's reports are it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sim.loop import Drive
from sim.simulation import Simulation
from sim.tour import TourDriver, plan_stops
from sim.worlds import FloorGrid, RouteFinder, clearance_m, floor_grid, truth_of
from spatialmem import Command, Input, InputError, Planner, RobotState

__all__ = ["Run", "Tour", "TourRun", "script"]


class Run:
    """Plays one drive. Iterating again makes the simulation and the planner anew, and gives the same inputs.

    make: returns a new simulation. planner: returns what drives it. view: returns what the memory knows by then;
    whoever iterates tells the memory each input before taking the next. duration_max_s: where it ends at the latest.
    """

    def __init__(
        self,
        make: Callable[[], Simulation],
        planner: Callable[[Simulation], Planner],
        view: Callable[[], Any],
        *,
        name: str,
        duration_max_s: float = 900.0,
    ):
        self.name = self.world = name
        self._playing: Drive | None = None
        self._make, self._planner, self._view, self._duration_max_s = make, planner, view, duration_max_s
        self._count = 0

    def __len__(self) -> int:
        """Return how many inputs it has given: how many there are, once it has been played."""
        return self._count

    def __iter__(self) -> Iterator[Input]:
        self.close()
        simulation = self._make()
        try:
            playing = Drive(simulation, self._planner(simulation), self._view, duration_max_s=self._duration_max_s)
        except BaseException:
            simulation.close()
            raise
        self._playing, self._count = playing, 0
        for x in playing:
            self._count += 1
            yield x
            if self._playing is not playing:
                raise InputError(f"the run of {self.name} was closed or begun again; take its newest iterator.")

    @property
    def drive(self) -> Drive:
        """What is driven, by what and how far. Raises InputError before the run and once it is closed."""
        if self._playing is None:
            raise InputError(f"the run of {self.name} has not begun, or is closed; iterate over it.")
        return self._playing

    @property
    def simulation(self) -> Simulation:
        """What is driven; after the run what it ended with. Raises InputError as `drive`."""
        return self.drive.simulation

    def close(self) -> None:
        """Let go of the simulation that was played last."""
        if self._playing is not None:
            self._playing.simulation.close()
            self._playing = None


class TourRun(Run):
    """Plays one tour by the script, which asks no memory."""

    def __init__(self, make: Callable[[], Simulation], *, name: str, duration_max_s: float = 900.0):
        super().__init__(make, Tour, lambda: None, name=name, duration_max_s=duration_max_s)

    @property
    def driver(self) -> TourDriver:
        """What drives it. Raises InputError as `drive`."""
        planner = self.drive.planner
        assert isinstance(planner, Tour)
        return planner.driver


class Tour:
    """The scripted tour as a `Planner`: it knows the home's truth, and where the robot truly is."""

    def __init__(self, simulation: Simulation):
        self.driver = script(simulation)
        self._robot = simulation.robot

    def step(self, view: Any, state: RobotState) -> Command:
        """Return the command for the next tick; what the memory knows and the robot believes are not looked at."""
        velocity = self.driver.step(self._robot.true_state())
        if velocity is None:
            return Command(base_velocity_B=(0.0, 0.0, 0.0), status="done", reason="the tour is over")
        driver = self.driver
        stop = f"stop {min(driver.number + 1, len(driver.stops))} of {len(driver.stops)}"
        return Command(base_velocity_B=velocity, reason=f"{driver.doing}, {stop}")


def script(simulation: Simulation) -> TourDriver:
    """Plan the tour of a simulation's robot from where it stands, on the home's truth."""
    robot, world = simulation.robot, simulation.world
    grid, finder = _ways(simulation)
    start_m = np.array(robot.X_WB()[:2, 3])
    stops = plan_stops(truth_of(world), grid, finder, start_m, turn_m=robot.turn_m)
    return TourDriver(finder, stops, look_again=lambda: _ways(simulation)[1])


def _ways(simulation: Simulation) -> tuple[FloorGrid, RouteFinder]:
    """Return the floor as it is now, people apart, for they step aside; and the robot's ways over it."""
    robot, grid = simulation.robot, floor_grid(simulation.world)
    finder = RouteFinder(grid, clearance_m(grid), radius_m=robot.pass_m, prefer_m=robot.radius_m + 0.05)
    return grid, finder
