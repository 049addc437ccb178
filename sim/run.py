"""A tour through a simulated home as a `Source`: the robot drives its script, and the inputs are what it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sim.simulation import TICK_S, Simulation
from sim.tour import TourDriver, plan_stops
from sim.worlds import FloorGrid, RouteFinder, clearance_m, floor_grid, truth_of
from spatialmem import Input, InputError

__all__ = ["TourRun", "script"]


class TourRun:
    """Plays one tour. Iterating again makes the simulation anew, and gives the same inputs.

    make: returns a new simulation. duration_max_s: where the tour ends at the latest.
    """

    def __init__(self, make: Callable[[], Simulation], *, name: str, duration_max_s: float = 900.0):
        self.name = self.world = name
        self._playing: tuple[Simulation, TourDriver] | None = None
        self._make, self._duration_max_s, self._count = make, duration_max_s, 0

    def __len__(self) -> int:
        """Return how many inputs it has given: how many there are, once it has been played."""
        return self._count

    def __iter__(self) -> Iterator[Input]:
        self.close()
        simulation = self._make()
        self._playing = playing = simulation, driver = simulation, script(simulation)
        self._count = 0
        for _ in range(round(self._duration_max_s / TICK_S)):
            for x in simulation.inputs():
                self._count += 1
                yield x
                if self._playing is not playing:
                    raise InputError(f"the run of {self.name} was closed or begun again; take its newest iterator.")
            velocity = driver.step(simulation.robot.true_state())
            if velocity is None:
                return
            simulation.robot.command(base_velocity_B=velocity)
            simulation.step()

    @property
    def simulation(self) -> Simulation:
        """What is driven; after the run what it ended with. Raises InputError before it and once it is closed."""
        return self._open()[0]

    @property
    def driver(self) -> TourDriver:
        """What drives it. Raises InputError as `simulation`."""
        return self._open()[1]

    def _open(self) -> tuple[Simulation, TourDriver]:
        if self._playing is None:
            raise InputError(f"the run of {self.name} has not begun, or is closed; iterate over it.")
        return self._playing

    def close(self) -> None:
        """Let go of the simulation that was played last."""
        if self._playing is not None:
            self._playing[0].close()
            self._playing = None


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
