"""What a simulated second costs, and how true the map is after the tour: python tests/benchmarks/simulation.py

    --seeds N          homes 0 to N-1 (default 3)
    --mode MODE        physical or fast only (default: both)
    --determinism      instead: 5 seeds in two processes each, recordings and states compared

The whole run is timed: simulation, frames at 5 Hz and 320x240, and the memory that takes them in. Beside it, in the
same home, what PyBullet alone takes for the same second: 240 steps and 5 pictures, or 5 times 320x240 of its own rays.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal

import numpy as np
from measure import best_s, show

import spatialmem as sm
from sim import Simulation, TourRun, bullet, generate_home
from sim.scoring import SURFACES, Seen, score_map

RAYS_AT_ONCE = 16_000


def tour(seed: int, mode: Literal["physical", "fast"]) -> list[str]:
    """Tour one home and hold the map beside the truth."""
    home = generate_home(seed)
    run = TourRun(lambda: Simulation(home, mode=mode, seed=seed), name=home.name)
    memory = sm.SpatialMemory(sm.Config(world=home.name))
    seen, judging_s, start = Seen(0.05, memory.config.depth.range_max_m), 0.0, time.perf_counter()
    for x in run:
        memory.observe(x)
        if isinstance(x, sm.RgbdFrame):
            began = time.perf_counter()
            simulation = run.simulation
            shot = simulation.sensor.shot
            judged = np.array([simulation.world.bodies[name].kind in SURFACES for name in shot.names])
            seen.add(shot, x.camera, judged, simulation.sensor.X_WC)
            judging_s += time.perf_counter() - began
    wall_s = time.perf_counter() - start - judging_s
    simulation = run.simulation
    pace, alone_s = wall_s / simulation.elapsed_s, peer_s(simulation)
    score = score_map(memory.view(), seen, simulation.world)
    missed = f"{len(run.driver.missed)} of {len(run.driver.stops)}"
    rooms = f"{len(home.rooms)} rooms, {len(home.things)} things"
    run.close()
    return [
        str(seed), mode, rooms, f"{simulation.elapsed_s:.0f}", f"{pace:.3f}", f"{pace / alone_s:.2f}",
        *(f"{100 * share:.2f} %" for share in (score.floor_free, score.floor_free_all, score.surface_occupied)),
        f"{len(score.blocked_doorways)} of {score.doorways}", str(score.phantom_columns),
        missed,
    ]  # fmt: skip


def peer_s(simulation: Simulation) -> float:
    """What PyBullet alone takes for one second of this home [s]: the best of three."""
    b, client = bullet.api(), simulation.world.client
    camera, X_WC = simulation.sensor.settings, simulation.robot.X_WC()
    if simulation.mode == "physical":
        eye, ahead = X_WC[:3, 3], X_WC[:3, 3] + X_WC[:3, 2]
        view = b.computeViewMatrix(eye.tolist(), ahead.tolist(), [0, 0, 1])
        projection = b.computeProjectionMatrixFOV(55.0, camera.width / camera.height, 0.05, 60.0)

        def second() -> None:
            for _ in range(240):
                b.stepSimulation(physicsClientId=client)
            for _ in range(5):
                b.getCameraImage(camera.width, camera.height, view, projection, renderer=b.ER_TINY_RENDERER,
                                 physicsClientId=client)  # fmt: skip
    else:
        pinhole = camera.pinhole
        v, u = np.meshgrid(np.arange(pinhole.height), np.arange(pinhole.width), indexing="ij")
        ends_C = np.stack([(u - pinhole.cx) / pinhole.fx, (v - pinhole.cy) / pinhole.fy, np.ones(u.shape)], -1) * 8.0
        ends = sm.transform(X_WC, ends_C.reshape(-1, 3)).tolist()
        start = [X_WC[:3, 3].tolist()] * RAYS_AT_ONCE

        def second() -> None:
            for _ in range(5):
                for i in range(0, len(ends), RAYS_AT_ONCE):
                    part = ends[i : i + RAYS_AT_ONCE]
                    b.rayTestBatch(start[: len(part)], part, numThreads=0, physicsClientId=client)

    return best_s(second, 3)


def in_a_process(seed: int, mode: str, path: Path) -> tuple[str, str]:
    """Run a few seconds elsewhere; return the state's hash and the recording's."""
    code = "import sys; from spatialmem.cli import main; sys.exit(main())"
    arguments = ["sim", "--seed", str(seed), "--mode", mode, "--duration-s", "8", "--person", "3",
                 "--record", str(path), "--json"]  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    recorded = hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
    path.unlink()
    return json.loads(done.stdout)["state_hash"], recorded


def determinism() -> list[list[str]]:
    """Compare two processes for five seeds in both modes."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(5):
            for mode in ("physical", "fast"):
                one, other = (in_a_process(seed, mode, Path(folder) / "run.mcap") for _ in range(2))
                rows.append([str(seed), mode, one[0][:16], one[1], "equal" if one == other else "DIFFERS"])
    return rows


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--mode", choices=["physical", "fast"])
    parser.add_argument("--determinism", action="store_true")
    given = parser.parse_args()
    if given.determinism:
        show("two processes", ["seed", "mode", "state hash", "recording's hash", "both"], determinism())
        return
    modes: list[Literal["physical", "fast"]] = [given.mode] if given.mode else ["physical", "fast"]
    columns = ["seed", "mode", "home", "simulated [s]", "wall per simulated s", "x PyBullet alone",
               "seen floor free", "all of it", "seen surface occupied", "doorways blocked",
               "phantom columns", "stops missed"]  # fmt: skip
    show("tours", columns, [tour(seed, mode) for seed in range(given.seeds) for mode in modes])


if __name__ == "__main__":
    main()
