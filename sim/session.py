"""One whole run for the command line: build the home, drive, fill a memory, judge it, draw it, say so."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from jaxtyping import Float64
from rich.console import Console

from sim import bullet
from sim.account import account_of, facts
from sim.drivers import maker_of
from sim.people import Schedule, day_schedule, load_schedule
from sim.plan_picture import draw_run
from sim.poses import yaw_of, yaw_pose
from sim.robots import ROBOTS
from sim.run import Run
from sim.scoring import Seen
from sim.sensors import CameraSettings
from sim.simulation import Mode, Simulation
from sim.watcher import Watcher
from sim.worlds import Home, generate_home, load_home
from spatialmem import Config, InputError, Planner, SpatialMemory, cli, record_mcap

__all__ = ["Order", "begun", "finished", "play", "run_session"]

HOUR_NS = 3600 * 10**9
"""A run that goes on in a memory file begins so much after what the file has."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is wanted of a run, as the command line's options have it."""

    plan: str | None = None
    seed: int = 0
    robot: str = "husky-panda"
    mode: Mode = "physical"
    planner: str = "explore"
    person_tasks: int = 0
    schedule: Path | None = None
    gui: bool = False
    record: Path | None = None
    memory: Path | None = None
    picture: Path | None = None
    duration_s: float = 900.0
    camera: dict[str, Any] = field(default_factory=dict)
    config: Path | None = None
    voxel_size_m: float | None = None
    threads: int | None = None
    as_json: bool = False


def run_session(order: Order) -> int:
    """Run it, answer on stdout, and return the exit code. Raises SpatialMemError for what cannot be done."""
    say = cli.asides()
    with begun(order, maker_of(order.planner), say) as watcher:
        memory = watcher.memory
        watcher.seen = Seen(memory.voxel_size_m, memory.config.depth.range_max_m)
        recorded = play(watcher, order.record)
        say.print("Holding the map beside the truth ...")
        account = account_of(watcher, recorded)
        if order.picture is not None and watcher.frame_count:
            say.print(f"Drawing {cli.shown_path(str(order.picture))} ...", markup=False)
            draw_run(order.picture, watcher, account)
            account["picture"] = str(order.picture)
    finished(order, account, memory, facts)
    return cli.INTERRUPTED if watcher.interrupted else cli.GOOD if watcher.frame_count else cli.BAD


@contextlib.contextmanager
def begun(order: Order, planner: Callable[[Simulation], Planner], say: Console) -> Iterator[Watcher]:
    """Give a run that is about to begin, on the order's memory; close both in the end.

    Where the memory is of an earlier run in the home, the robot starts where it was then. Raises SpatialMemError for
    what cannot be done: before anything is made.
    """
    _refuse_impossible(order)
    camera = CameraSettings(**{name: value for name, value in order.camera.items() if value is not None})
    home = generate_home(order.seed) if order.plan is None else load_home(order.plan)
    schedule = None if order.schedule is None else load_schedule(order.schedule)
    settings = _settings(order, home)
    cli.prepare_kernels(say)
    with contextlib.closing(_memory(order, settings)) as memory:
        start_ns = memory.view().stamp_ns + HOUR_NS if memory.view().seq else 0
        stand = _stand(memory)

        def make() -> Simulation:
            say.print(f"Building {home.name}: {len(home.rooms)} rooms, {len(home.things)} things ...", markup=False)
            return _simulation(order, home, camera, schedule, start_ns, stand)

        run = Run(make, planner, memory.view, name=home.name, duration_max_s=order.duration_s)
        with contextlib.closing(run):
            yield Watcher(memory, run, say)


def _refuse_impossible(order: Order) -> None:
    """Raise for what cannot be done: before anything is made, not after it."""
    bullet.api()
    if order.robot not in ROBOTS:
        raise InputError(f"there is no robot '{order.robot}'; there are {', '.join(ROBOTS)}.")
    if order.person_tasks and order.schedule is not None:
        raise InputError("--person makes up what somebody does, --schedule says it; give one of the two.")
    for path, suffix in ((order.picture, ".png"), (order.record, ".mcap"), (order.memory, ".smem")):
        if path is not None:
            cli.refuse_unwritable(path, (suffix,))
    if order.record is not None and order.record.exists():
        raise InputError(f"the recording {order.record} exists already; remove it, or name another.")


def _settings(order: Order, home: Home) -> Config:
    """Return the memory's settings; its world is the home, and its floor is for a robot no wider than this one.

    For most robots those are the defaults, with which a recording is replayed to the same state.
    """
    given = cli.settings(order.config, voxel_size_m=order.voxel_size_m, range_max_m=None, threads=order.threads)
    radius_m = min(given.graph.robot_radius_m, ROBOTS[order.robot].pass_m)
    graph = msgspec.structs.replace(given.graph, robot_radius_m=radius_m)
    return msgspec.structs.replace(given, world=home.name, graph=graph)


def _memory(order: Order, settings: Config) -> SpatialMemory:
    return SpatialMemory(settings) if order.memory is None else SpatialMemory.open(order.memory, settings)


def _stand(memory: SpatialMemory) -> Float64[np.ndarray, "4 4"] | None:
    """Return where the robot was last, upright on the floor; None where nobody ever said so."""
    if memory.robot is None:
        return None
    X_WB = memory.robot.X_WB
    return yaw_pose(float(X_WB[0, 3]), float(X_WB[1, 3]), yaw_of(X_WB))


def _simulation(
    order: Order,
    home: Home,
    camera: CameraSettings,
    schedule: Schedule | None,
    start_ns: int,
    stand: Float64[np.ndarray, "4 4"] | None,
) -> Simulation:
    return Simulation(
        home,
        robot=order.robot,
        mode=order.mode,
        seed=order.seed,
        camera=camera,
        schedule=functools.partial(_day, order) if order.person_tasks else schedule,
        X_WB=stand,
        start_ns=start_ns,
        gui=order.gui,
    )


def _day(order: Order, world: Any) -> Schedule:
    return day_schedule(world, order.seed, order.person_tasks)


def play(watcher: Watcher, record: Path | None) -> dict[str, Any] | None:
    """Let the whole run pass through the memory, and into a recording where one is wanted; return what that holds."""
    with cli.interrupt_asked() as asked, cli.asides().status("Starting ...") as status:
        passing = watcher.passing(asked, status)
        if record is None:
            for _ in passing:
                pass
            recorded = None
        else:
            recorded = record_mcap(watcher.run, record, inputs=passing)
    watcher.memory.flush()
    return recorded and {"file": str(record), "bytes": recorded.byte_count, "inputs": recorded.count}


def finished(
    order: Order,
    account: dict[str, Any],
    memory: SpatialMemory,
    told: Callable[[dict[str, Any]], Iterator[tuple[str, str]]],
) -> None:
    """Answer with all that there is to say of a run whose memory is closed by now."""
    if order.memory is not None:
        bytes_now = order.memory.stat().st_size
        account["memory"] = {"file": str(order.memory), "bytes": bytes_now, "inputs": memory.durable_seq}
    if order.as_json:
        cli.print_json(account)
        return
    cli.answers().print()
    cli.print_facts(cli.answers(), account["home"], told(account))
    if account["interrupted"]:
        undrawn = "" if order.picture is None or account["picture"] else f" {order.picture} was not drawn."
        cli.asides().print(f"Interrupted; the figures are for what was done by then.{undrawn}", markup=False)
