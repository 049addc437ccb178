"""What there is to say about a run: as a mapping for `--json`, and as lines of a table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from sim.loop import Drive
from sim.run import Tour
from sim.scoring import explored_share, score_map
from sim.watcher import Watcher
from spatialmem import cli

__all__ = ["account_of", "drive_facts", "facts", "figures_of", "file_facts"]


def account_of(watcher: Watcher, recorded: dict[str, Any] | None) -> dict[str, Any]:
    """Return everything there is to say of a run whose camera was watched. Units are in the names."""
    assert watcher.seen is not None
    simulation, view = watcher.run.simulation, watcher.memory.view()
    score = score_map(view, watcher.seen, simulation.world)
    robot = simulation.robot
    explored = explored_share(view, simulation.world, radius_m=robot.pass_m, turn_m=robot.turn_m)
    return {
        **figures_of(watcher, recorded),
        "stops": _stops(watcher.run.drive),
        "truth": {
            "explored": _share(explored),
            "floor_free": _share(score.floor_free),
            "floor_cells": score.floor_cells,
            "floor_free_all": _share(score.floor_free_all),
            "floor_cells_all": score.floor_cells_all,
            "surface_occupied": _share(score.surface_occupied),
            "surface_voxels": score.surface_voxels,
            "doorways_seen": score.doorways,
            "phantom_columns": score.phantom_columns,
            "blocked_doorways": list(score.blocked_doorways),
        },
    }


def figures_of(watcher: Watcher, recorded: dict[str, Any] | None) -> dict[str, Any]:
    """Return what there is to say of any run. Units are in the names."""
    drive, memory = watcher.run.drive, watcher.memory
    simulation = drive.simulation
    home, person = simulation.world.home, simulation.person
    rejected = {reason: count for reason, count in sorted(watcher.answers.items()) if reason != "admitted"}
    return {
        "home": home.name,
        "rooms": [room.name for room in home.rooms],
        "things": len(home.things),
        "robot": simulation.robot_name,
        "mode": simulation.mode,
        "status": drive.command.status,
        "reason": drive.command.reason,
        "replans": replans_of(drive),
        "interrupted": watcher.interrupted,
        "frames": watcher.frame_count,
        "inputs": {"admitted": watcher.answers["admitted"], "rejected": rejected},
        "simulated_s": round(simulation.elapsed_s, 3),
        "wall_s": round(watcher.wall_s, 3),
        "path_length_m": round(drive.metres, 3),
        "step_ms": {"p50": round(drive.step_ms(0.5), 3), "p99": round(drive.step_ms(0.99), 3)},
        "person": None if person is None else {"tasks": person.task_count, "done": person.done_count},
        "events": [] if person is None else [event.as_dict() for event in person.events],
        "map": cli.map_figures(memory),
        "objects": cli.object_figures(memory),
        "state_hash": memory.view().state_hash(),
        "memory": None,
        "record": recorded,
        "picture": None,
    }


def replans_of(drive: Drive) -> list[dict[str, Any]]:
    """Return when, where and why a planner planned anew."""
    begun_ns = drive.simulation.clock.now_ns() - round(drive.simulation.elapsed_s * 1e9)
    return [
        {
            "after_s": round((one.stamp_ns - begun_ns) / 1e9, 2),
            "at_m": [round(c, 3) for c in drive.at(one.stamp_ns)],
            "reason": one.reason,
        }
        for one in getattr(drive.planner, "replans", ())
    ]


def _stops(drive: Drive) -> dict[str, Any] | None:
    """Return what became of the stops of a tour; None of a drive that is none."""
    if not isinstance(drive.planner, Tour):
        return None
    driver = drive.planner.driver
    return {
        "planned": len(driver.stops),
        "done": driver.number - len(driver.missed) - len(driver.cut_short),
        "cut_short": [stop.room for stop in driver.cut_short],
        "missed": [stop.room for stop in driver.missed],
    }


def _share(share: float) -> float | None:
    return None if math.isnan(share) else round(share, 4)


def facts(account: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and values for `print_facts`."""
    truth = account["truth"]
    yield "home", f"{len(account['rooms'])} rooms: {', '.join(account['rooms'])}; {account['things']} things"
    yield from drive_facts(account)
    yield from cli.map_facts(account["map"])
    yield from cli.object_facts(account["objects"])
    yield "explored", f"{_percent(truth['explored'])} of the floor that the robot truly gets to"
    beside = f"{_percent(truth['floor_free_all'])} with the cells beside something solid"
    yield "floor seen", f"{_percent(truth['floor_free'])} free in the map, of {truth['floor_cells']} cells; {beside}"
    yield "surface seen", f"{_percent(truth['surface_occupied'])} occupied, of {truth['surface_voxels']} voxels"
    blocked = ", ".join(truth["blocked_doorways"]) or "none"
    yield "doorways", f"{truth['doorways_seen']} seen, blocked in the map: {blocked}"
    yield "phantoms", f"{truth['phantom_columns']} columns occupied where nothing is within two cells"
    yield from file_facts(account)


def drive_facts(account: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield how far and how long a robot drove, what became of it, and what the memory was told."""
    driven = f"{account['robot']}, {account['path_length_m']:.1f} m driven"
    if account.get("stops"):
        yield "tour", f"{driven}, {_stop_words(account['stops'])}"
    else:
        yield "drive", driven
        yield account["status"], account["reason"] or "the time is up"
    pace = account["wall_s"] / account["simulated_s"] if account["simulated_s"] else 0.0
    yield "time", f"{account['simulated_s']:.1f} s simulated in {account['wall_s']:.1f} s, {pace:.2f} s a second"
    if not account.get("stops"):
        count, step = len(account["replans"]), account["step_ms"]
        yield "planning", f"{step['p50']:.1f} ms a step, 99 % within {step['p99']:.1f} ms; {count} times planned anew"
    inputs = account["inputs"]
    rejected = ", ".join(f"{reason} {count}" for reason, count in inputs["rejected"].items()) or "none"
    yield "inputs", f"{inputs['admitted']} admitted, {account['frames']} of them frames; rejected: {rejected}"


def _stop_words(stops: dict[str, Any]) -> str:
    missed = f"; not reached: {', '.join(stops['missed'])}" if stops["missed"] else ""
    done = f"{stops['done']} of {stops['planned']} stops"
    return done + (f"; not all round: {', '.join(stops['cut_short'])}" if stops["cut_short"] else "") + missed


def file_facts(account: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what somebody did meanwhile, and what the run left behind."""
    if account["person"]:
        yield "person", f"{account['person']['done']} of {account['person']['tasks']} tasks done by the end"
    for event in account["events"]:
        yield "person", event["words"]
    yield "state hash", account["state_hash"]
    if account["memory"]:
        file = account["memory"]
        yield "memory file", f"{cli.shown_path(file['file'])}, {file['bytes'] / 2**20:.1f} MiB, {file['inputs']} inputs"
    if account["record"]:
        yield "recording", f"{cli.shown_path(account['record']['file'])}, {account['record']['bytes'] / 2**20:.1f} MiB"
    if account["picture"]:
        yield "picture", cli.shown_path(account["picture"])


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.1f} %"
