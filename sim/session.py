"""One whole run for the command line: build the home, drive the tour, fill a memory, judge it, draw it, say so."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from sim import bullet
from sim.account import account_of, facts
from sim.people import Schedule, day_schedule, load_schedule
from sim.plan_picture import draw_run
from sim.robots import ROBOTS
from sim.run import TourRun
from sim.scoring import Seen
from sim.sensors import CameraSettings
from sim.simulation import Mode, Simulation
from sim.watcher import Watcher
from sim.worlds import Home, generate_home, load_home
from spatialmem import Config, InputError, SpatialMemory, cli, record_mcap

__all__ = ["Order", "run_session"]

HOUR_NS = 3600 * 10**9
"""A run that goes on in a memory file begins so much after what the file has."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is wanted of a run, as the command line's options have it."""

    plan: str | None = None
    seed: int = 0
    robot: str = "husky-panda"
    mode: Mode = "physical"
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
    _refuse_impossible(order)
    camera = CameraSettings(**{name: value for name, value in order.camera.items() if value is not None})
    home = generate_home(order.seed) if order.plan is None else load_home(order.plan)
    schedule = None if order.schedule is None else load_schedule(order.schedule)
    settings = _settings(order, home)
    cli.prepare_kernels(say)
    say.print(f"Building {home.name}: {len(home.rooms)} rooms, {len(home.things)} things ...", markup=False)
    with contextlib.closing(_memory(order, settings)) as memory:
        start_ns = memory.view().stamp_ns + HOUR_NS if memory.view().seq else 0
        make = functools.partial(_simulation, order, home, camera, schedule, start_ns)
        with contextlib.closing(TourRun(make, name=home.name, duration_max_s=order.duration_s)) as run:
            watcher = Watcher(memory, run, Seen(memory.voxel_size_m, settings.depth.range_max_m), say)
            recorded = _play(watcher, order.record)
            memory.flush()
            say.print("Holding the map beside the truth ...")
            account = account_of(watcher, recorded)
            if order.picture is not None and watcher.frame_count:
                say.print(f"Drawing {cli.shown_path(str(order.picture))} ...", markup=False)
                draw_run(order.picture, watcher, account)
                account["picture"] = str(order.picture)
    if order.memory is not None:  # closed by now, so this is its size
        account["memory"] = {
            "file": str(order.memory),
            "bytes": order.memory.stat().st_size,
            "inputs": memory.durable_seq,
        }
    _answer(order, account)
    return cli.INTERRUPTED if watcher.interrupted else cli.GOOD if watcher.frame_count else cli.BAD


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


def _answer(order: Order, account: dict[str, Any]) -> None:
    if order.as_json:
        cli.print_json(account)
        return
    cli.answers().print()
    cli.print_facts(cli.answers(), account["home"], facts(account))
    if account["interrupted"]:
        undrawn = "" if order.picture is None or account["picture"] else f" {order.picture} was not drawn."
        cli.asides().print(f"Interrupted; the figures are for what was done by then.{undrawn}", markup=False)


def _settings(order: Order, home: Home) -> Config:
    """Return the memory's settings; its world is the home."""
    given = cli.settings(order.config, voxel_size_m=order.voxel_size_m, range_max_m=None, threads=order.threads)
    return msgspec.structs.replace(given, world=home.name)


def _memory(order: Order, settings: Config) -> SpatialMemory:
    return SpatialMemory(settings) if order.memory is None else SpatialMemory.open(order.memory, settings)


def _simulation(
    order: Order, home: Home, camera: CameraSettings, schedule: Schedule | None, start_ns: int
) -> Simulation:
    count = order.person_tasks
    return Simulation(
        home,
        robot=order.robot,
        mode=order.mode,
        seed=order.seed,
        camera=camera,
        schedule=(lambda world: day_schedule(world, order.seed, count)) if count else schedule,
        start_ns=start_ns,
        gui=order.gui,
    )


def _play(watcher: Watcher, record: Path | None) -> dict[str, Any] | None:
    """Let the whole tour pass through the memory, and into a recording where one is wanted; return what that holds."""
    with cli.interrupt_asked() as asked, cli.asides().status("Starting ...") as status:
        passing = watcher.passing(asked, status)
        if record is None:
            for _ in passing:
                pass
            return None
        recorded = record_mcap(watcher.run, record, inputs=passing)
    return {"file": str(record), "bytes": recorded.byte_count, "inputs": recorded.count}
