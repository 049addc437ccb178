"""`spatialmem sim`, `go` and `do`: a robot drives through a simulated home, by its memory, and fetches things."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from spatialmem.cli import AsJson, ConfigFile, Threads, VoxelSize, takes_points

__all__ = ["do", "go", "sim"]

Plan = Annotated[
    str | None, typer.Option("--home", metavar="PLAN", help="A home from a plan file, YAML; 'flat' is built in.")
]
Seed = Annotated[
    int, typer.Option("--seed", metavar="N", min=0, help="A home made from this number; it seeds all noise, too.")
]
RobotName = Annotated[str, typer.Option("--robot", help="husky-panda or differential.")]
ModeName = Annotated[
    Literal["physical", "fast"],
    typer.Option("--mode", help="Physics and rendered pictures; or kinematic and ray-cast, several times faster."),
]
PlannerWord = Annotated[
    str,
    typer.Option(
        "--planner",
        metavar="WORD[:TEXT]",
        help="What drives: explore, find:LABEL or go:GOAL, by the memory alone; or tour, a script that knows the home.",
    ),
]
Tasks = Annotated[
    int, typer.Option("--person", metavar="TASKS", min=0, help="Somebody is at home and does so many things.")
]
ScheduleFile = Annotated[
    Path | None, typer.Option("--schedule", metavar="YAML", help="Somebody is at home and does what this file says.")
]
Record = Annotated[
    Path | None, typer.Option("--record", metavar="FILE", help="Record the run into FILE.mcap, to be replayed.")
]
Memory = Annotated[
    Path | None,
    typer.Option("--memory", metavar="FILE", help="Remember in this memory file, NAME.smem: a new one, or go on."),
]
Picture = Annotated[Path | None, typer.Option("--picture", metavar="PNG", help="Draw the map beside the true plan.")]
Duration = Annotated[
    float, typer.Option("--duration-s", min=0.1, max=86400.0, help="End the drive after so many simulated seconds.")
]
PoseNoise = Annotated[
    float | None, typer.Option("--pose-noise-m", help="Noise of the reported position. Default: 0.002.")
]
Drift = Annotated[
    float | None,
    typer.Option("--drift-m-per-m", help="Drift of the reported position with the way driven. Default: 0."),
]
Goal = Annotated[
    list[str],
    typer.Argument(
        metavar="GOAL...", help='Where to: "the mug", mug-3, kitchen, any thing or room in words, or X Y in metres.'
    ),
]
To = Annotated[
    Literal["see", "reach"] | None,
    typer.Option("--to", help="Of a thing: only see it, or reach it. Default: reach, or else see."),
]
Explore = Annotated[
    bool, typer.Option("--explore", help="Look for what is not known, and for ways that are not; else it is refused.")
]
Drawn = Annotated[
    Path | None, typer.Option("--picture", metavar="PNG", help="Draw the way planned and the way driven over the map.")
]
Task = Annotated[
    list[str],
    typer.Argument(
        metavar="TASK...",
        help='What to do, orders divided by ";": "find X", "fetch X", "fetch X to Y", "put X on Y", "put X in Y", '
        '"put X back", "open X", "close X"; "it" is what was meant before.',
    ),
]
ExploreFirst = Annotated[bool, typer.Option("--explore", help="Let the robot look about in the home first.")]
Moved = Annotated[
    str,
    typer.Option(
        "--moved",
        metavar="WHAT",
        help="An hour passes before the task, and things are moved in it: so many, or these, to where who moves them "
        "likes or to something: cup,book-2:table.",
    ),
]
Gui = Annotated[bool, typer.Option("--gui", help="Show PyBullet's window.")]


def sim(
    home: Plan = None,
    seed: Seed = 0,
    robot: RobotName = "husky-panda",
    mode: ModeName = "physical",
    planner: PlannerWord = "explore",
    person: Tasks = 0,
    schedule: ScheduleFile = None,
    gui: Gui = False,
    record: Record = None,
    memory: Memory = None,
    picture: Picture = None,
    duration_s: Duration = 900.0,
    pose_noise_m: PoseNoise = None,
    drift_m_per_m: Drift = None,
    voxel_size_m: VoxelSize = None,
    config: ConfigFile = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Let a robot explore a simulated home, and hold what it remembers beside the truth."""
    from sim.session import Order, run_session

    camera = {"pose_noise_m": pose_noise_m, "drift_m_per_m": drift_m_per_m}
    order = Order(
        plan=home, seed=seed, robot=robot, mode=mode, planner=planner, person_tasks=person, schedule=schedule, gui=gui,
        record=record, memory=memory, picture=picture, duration_s=duration_s, camera=camera, config=config,
        voxel_size_m=voxel_size_m, threads=threads, as_json=as_json,
    )  # fmt: skip
    raise typer.Exit(run_session(order))


@takes_points
def go(
    goal: Goal,
    to: To = None,
    explore: Explore = False,
    home: Plan = None,
    seed: Seed = 0,
    robot: RobotName = "husky-panda",
    mode: ModeName = "physical",
    person: Tasks = 0,
    gui: Gui = False,
    record: Record = None,
    memory: Memory = None,
    picture: Drawn = None,
    duration_s: Duration = 600.0,
    voxel_size_m: VoxelSize = None,
    config: ConfigFile = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Let a robot in a simulated home go to something by what it remembers, and say why it drives as it does.

    With --memory FILE it goes on where that ended. Exit code 1: it did not get there."""
    from sim.go import GoOrder, go_session

    order = GoOrder(
        words=tuple(goal), to=to, explore=explore, plan=home, seed=seed, robot=robot, mode=mode, person_tasks=person,
        gui=gui, record=record, memory=memory, picture=picture, duration_s=duration_s, config=config,
        voxel_size_m=voxel_size_m, threads=threads, as_json=as_json,
    )  # fmt: skip
    raise typer.Exit(go_session(order))


def do(
    task: Task,
    explore: ExploreFirst = False,
    moved: Moved = "0",
    home: Plan = None,
    seed: Seed = 0,
    robot: RobotName = "husky-panda",
    person: Tasks = 0,
    gui: Gui = False,
    record: Record = None,
    memory: Memory = None,
    picture: Picture = None,
    duration_s: Duration = 1800.0,
    voxel_size_m: VoxelSize = None,
    config: ConfigFile = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Let a robot in a simulated home fetch things and put them away, by what it remembers.

    With --memory FILE it goes on where that ended. Exit code 1: not all of it was done."""
    from sim.do import DoOrder, do_session

    order = DoOrder(
        text=" ".join(task), explore=explore, moved=moved, plan=home, seed=seed, robot=robot,
        person_tasks=person, gui=gui, record=record, memory=memory, picture=picture, duration_s=duration_s,
        config=config, voxel_size_m=voxel_size_m, threads=threads, as_json=as_json,
    )  # fmt: skip
    raise typer.Exit(do_session(order))
