"""What there is to say about a run: as a mapping for `--json`, and as lines of a table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.scoring import score_map
from sim.watcher import Watcher
from spatialmem import cli

__all__ = ["account_of", "facts"]


def account_of(watcher: Watcher, recorded: dict[str, Any] | None) -> dict[str, Any]:
    """Return everything there is to say. Units are in the names."""
    simulation, driver, memory = watcher.run.simulation, watcher.run.driver, watcher.memory
    home, person = simulation.world.home, simulation.person
    score = score_map(memory.view(), watcher.seen, simulation.world)
    steps = np.linalg.norm(np.diff(watcher.true_path_W, axis=0), axis=1)
    rejected = {reason: count for reason, count in sorted(watcher.answers.items()) if reason != "admitted"}
    return {
        "home": home.name,
        "rooms": [room.name for room in home.rooms],
        "things": len(home.things),
        "robot": simulation.robot_name,
        "mode": simulation.mode,
        "stops": {
            "planned": len(driver.stops),
            "done": driver.number - len(driver.missed) - len(driver.cut_short),
            "cut_short": [stop.room for stop in driver.cut_short],
            "missed": [stop.room for stop in driver.missed],
        },
        "interrupted": watcher.interrupted,
        "frames": watcher.frame_count,
        "inputs": {"admitted": watcher.answers["admitted"], "rejected": rejected},
        "simulated_s": round(simulation.elapsed_s, 3),
        "wall_s": round(watcher.wall_s, 3),
        "path_length_m": round(float(steps.sum()), 3),
        "person": None if person is None else {"tasks": person.task_count, "done": person.done_count},
        "events": [] if person is None else [event.as_dict() for event in person.events],
        "map": cli.map_figures(memory),
        "objects": cli.object_figures(memory),
        "truth": {
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
        "state_hash": memory.view().state_hash(),
        "memory": None,
        "record": recorded,
        "picture": None,
    }


def _share(share: float) -> float | None:
    return None if math.isnan(share) else round(share, 4)


def facts(account: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and values for `print_facts`."""
    stops, inputs, truth = account["stops"], account["inputs"], account["truth"]
    yield "home", f"{len(account['rooms'])} rooms: {', '.join(account['rooms'])}; {account['things']} things"
    missed = f"; not reached: {', '.join(stops['missed'])}" if stops["missed"] else ""
    done = f"{stops['done']} of {stops['planned']} stops"
    done += f"; not all round: {', '.join(stops['cut_short'])}" if stops["cut_short"] else ""
    yield "tour", f"{account['robot']}, {account['path_length_m']:.1f} m driven, {done}{missed}"
    pace = account["wall_s"] / account["simulated_s"] if account["simulated_s"] else 0.0
    yield "time", f"{account['simulated_s']:.1f} s simulated in {account['wall_s']:.1f} s, {pace:.2f} s a second"
    rejected = ", ".join(f"{reason} {count}" for reason, count in inputs["rejected"].items()) or "none"
    yield "inputs", f"{inputs['admitted']} admitted, {account['frames']} of them frames; rejected: {rejected}"
    yield from cli.map_facts(account["map"])
    yield from cli.object_facts(account["objects"])
    beside = f"{_percent(truth['floor_free_all'])} with the cells beside something solid"
    yield "floor seen", f"{_percent(truth['floor_free'])} free in the map, of {truth['floor_cells']} cells; {beside}"
    yield "surface seen", f"{_percent(truth['surface_occupied'])} occupied, of {truth['surface_voxels']} voxels"
    blocked = ", ".join(truth["blocked_doorways"]) or "none"
    yield "doorways", f"{truth['doorways_seen']} seen, blocked in the map: {blocked}"
    yield "phantoms", f"{truth['phantom_columns']} columns occupied where nothing is within two cells"
    if account["person"]:
        yield "person", f"{account['person']['done']} of {account['person']['tasks']} tasks done by the tour's end"
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
