"""Things that go while the robot looks, and things that are only hidden: what a memory says of both.

Removed: a robot turns a little to and fro before one thing on a table or on a shelf; then the thing is gone. Counted
are the pictures until the memory says so, and its ghost voxels at that picture: occupied ones whose middle lies in the
thing's true bounds, and which that very picture saw through, wholly and by more than its noise. Voxels that reach
below the thing belong to what it stood on.

Hidden: nothing is taken away, but much is out of sight. Each picture of each remembered thing is put down as one of

shown           the picture shows as many of its pixels as a detector needs
hidden          its bounds lie in the picture and in range, but fewer pixels show it: something is in front
too far         its bounds lie in the picture, and beyond the memory's `range_max_m`
out of picture  no corner and no middle of its bounds lies in it

all by what the renderer truly saw. A false MISSING is an object that becomes missing in a picture, and is matched with
a thing or a piece of furniture that has not been moved: same label, within 0.5 m, one to one.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from homes import on, two_rooms
from object_tours import CAMERA, DETECTOR, MATCH_M

import spatialmem as sm
from sim import Schedule, Simulation, Task, generate_home, truth_of
from sim.poses import yaw_pose
from sim.run import script
from sim.worlds.home import Doorway, Furniture, Home, Room, Thing

__all__ = ["BEHIND", "Behind", "HiddenCount", "Removal", "home_walk", "removal", "standing_watch"]

Behind = Literal["wall", "far wall", "nothing", "nothing, not believed"]
BEHIND: tuple[Behind, ...] = ("wall", "far wall", "nothing", "nothing, not believed")
"""What is behind the thing: a wall, one that returns depth from beyond `range_max_m`, or no return: with
`no_return_is_free_to_m`, and without it."""

MODELS = {"mug": "mug_red", "can": "can_red", "bottle": "bottle_brown", "book": "book_blue", "box": "box_small",
          "bowl": "bowl_blue", "cube": "cube", "jar": "jar"}  # fmt: skip
NEAR_WALL_M, FAR_WALL_M, RANGE_M = 3.4, 7.0, 4.0
SWAY_RAD, SWAY_RAD_S = 0.25, 0.4
LEARN_S, WATCH_S = 8.0, 6.0
SEEN_THROUGH_M = 0.03
"""What a picture saw through lies so much, and three standard deviations of its pose at that range, before its
depth."""


@dataclass
class Removal:
    """What became of one thing that was taken away."""

    remembered: bool = False
    frames: int | None = None
    """Pictures of its place until the memory knew, the first one is 1; None if it never did."""
    missing: bool = False
    """Whether it is MISSING then, not just remembered elsewhere."""
    ghosts: int = 0
    voxels: int = 0
    """Of those that the picture saw through, how many were occupied before it went."""


@dataclass
class HiddenCount:
    """How many pictures of things there were, and how often one was said to be missing."""

    frames: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    which: list[str] = field(default_factory=list)

    def add(self, other: HiddenCount) -> None:
        """Take in what another counted."""
        self.frames.update(other.frames)
        self.false.update(other.false)
        self.which += other.which


def memory_for(home: Home, depth: sm.DepthConfig) -> sm.SpatialMemory:
    """Return a new memory of a home."""
    return sm.SpatialMemory(sm.Config(world=home.name, depth=depth))


def told(memory: sm.SpatialMemory, x: sm.Input, *, masks: bool) -> None:
    """Tell the memory an input; without masks detections are boxes only. Raises AssertionError for what it rejects."""
    if isinstance(x, sm.Detections) and not masks:
        x = dataclasses.replace(x, items=tuple(dataclasses.replace(item, mask=None) for item in x.items))
    assert isinstance(memory.observe(x), sm.Receipt)


def is_missing(one: sm.ObjectState) -> bool:
    """Return whether an object is missing; no object is for a library that does not know."""
    return bool(getattr(one, "missing", False))


def every_object(memory: sm.SpatialMemory) -> tuple[sm.ObjectState, ...]:
    """Return the confirmed objects, the missing ones, too."""
    import inspect

    if "missing" in inspect.signature(memory.objects).parameters:
        return memory.objects(missing=True)  # pyright: ignore[reportCallIssue]
    return memory.objects()


# what is taken away


def scene(behind: Behind, model: str, *, high: bool, along_m: float) -> tuple[Home, str]:
    """Return a room with one thing on the far edge of a table, or on a shelf as high as the camera.

    What else there is, for the detector to swap labels with, is next door.
    """
    length_m = NEAR_WALL_M if behind == "wall" else FAR_WALL_M
    if high:
        piece, at_m = Furniture("shelf-1", 2.9, 2.0, math.pi, (0.30, 0.90, 1.20)), 0.05
    else:
        piece, at_m = Furniture("table-1", 2.6, 2.0, 0.0, (0.60, 1.20, 0.74)), 0.20
    label = next(name for name, key in MODELS.items() if key == model)
    thing = on(piece, "top", f"{label}-1", model, at_m, along_m)
    rooms = Room("hall", (0.0, 0.0), (length_m, 4.0)), Room("side", (0.0, 4.0), (length_m, 6.0))
    door = Doorway("door-1", ("hall", "side"), (1.0, 4.0))
    others = [name for name in MODELS if name != label]
    there = tuple(
        Thing(f"{name}-1", MODELS[name], "floor", (1.5 + 0.25 * k, 5.6, 0.0)) for k, name in enumerate(others)
    )
    return Home(f"scene {behind}", rooms, (door,), (piece,), (thing, *there)), thing.name


def removal(seed: int, behind: Behind, *, masks: bool, high: bool, moved: bool = False, still: bool = False) -> Removal:
    """Take a thing away in clear view, and look on.

    moved: it is put down elsewhere in view, on the floor. still: the robot stands.
    """
    rng = np.random.default_rng((seed, 77))
    models = [key for key in MODELS.values() if not high or key not in ("bottle_brown",)]
    model, along_m = models[int(rng.integers(len(models)))], float(rng.uniform(-0.15, 0.15))
    home, thing = scene(behind, model, high=high, along_m=along_m)
    no_return = RANGE_M if behind == "nothing" else None
    depth = sm.DepthConfig(range_max_m=RANGE_M, no_return_is_free_to_m=no_return)
    camera = dataclasses.replace(CAMERA, range_max_m=RANGE_M if behind.startswith("nothing") else 12.0)
    start = yaw_pose(0.75 + float(rng.uniform(-0.1, 0.1)), 2.0 + float(rng.uniform(-0.1, 0.1)), 0.0)
    found = Removal()
    with Simulation(home, mode="fast", seed=seed, camera=camera, detector=DETECTOR, X_WB=start) as simulation:
        memory = memory_for(home, depth)
        for _ in swaying(simulation, LEARN_S + float(rng.uniform(0.0, 1.0)), memory, masks):
            pass
        one = truth_of(simulation.world).objects[thing]
        known = nearest(memory, one.label, (one.low_W + one.high_W) / 2)
        if known is None:
            return found
        found.remembered = True
        voxels_W = voxels_in(memory, one.low_W, one.high_W)
        was = memory.state(voxels_W) == sm.State.OCCUPIED
        if moved:
            simulation.world.place(thing, yaw_pose(1.9, 1.6 if along_m > 0 else 2.4, 0.0))
        else:
            simulation.world.remove(thing)
        watch(found, simulation, memory, masks, known, voxels_W[was], still=still)
    return found


def watch(
    found: Removal, simulation: Simulation, memory: sm.SpatialMemory, masks: bool, known: sm.ObjectState,
    voxels_W: np.ndarray, *, still: bool,
) -> None:  # fmt: skip
    """Count pictures until the memory knows that a thing is gone, and then its ghosts."""
    count = 0
    for frame in swaying(simulation, WATCH_S, memory, masks, still=still):
        if not in_picture(frame.camera, frame.X_WC, known.center_W[None]).all():
            continue
        count += 1
        now = memory.object(known.id)
        at_W = None if isinstance(now, sm.Unknown) or is_missing(now) else now.center_W
        if at_W is None or np.linalg.norm(at_W - known.center_W) > 0.25:
            through = voxels_W[seen_through(frame, voxels_W, memory)]
            found.frames, found.missing = count, at_W is None
            found.voxels = len(through)
            found.ghosts = int(np.count_nonzero(memory.state(through) == sm.State.OCCUPIED))
            return


def swaying(
    simulation: Simulation, span_s: float, memory: sm.SpatialMemory, masks: bool, *, still: bool = False
) -> Iterator[sm.RgbdFrame]:
    """Let the robot turn to and fro for so long, and tell the memory; yield each frame once it is told with its
    detections."""
    first_rad = math.atan2(*simulation.start_X_WB[[1, 0], 0])
    end_s, way = simulation.elapsed_s + span_s, 1.0
    while simulation.elapsed_s < end_s:
        frame = None
        for x in simulation.inputs():
            told(memory, x, masks=masks)
            frame = x if isinstance(x, sm.RgbdFrame) else frame
        if frame is not None:
            yield frame
        X_WB = simulation.robot.true_state().X_WB
        turned = math.remainder(math.atan2(X_WB[1, 0], X_WB[0, 0]) - first_rad, math.tau)
        way = -1.0 if turned > SWAY_RAD else 1.0 if turned < -SWAY_RAD else way
        simulation.robot.command(base_velocity_B=(0.0, 0.0, 0.0 if still else way * SWAY_RAD_S))
        simulation.step()


def nearest(memory: sm.SpatialMemory, label: str, p_W: np.ndarray) -> sm.ObjectState | None:
    """Return the remembered object of a label that is nearest to a place, if it is there."""
    same = [one for one in every_object(memory) if one.label == label and not is_missing(one)]
    best = min(same, key=lambda one: float(np.linalg.norm(one.center_W - p_W)), default=None)
    return best if best is not None and np.linalg.norm(best.center_W - p_W) <= 0.25 else None


def voxels_in(memory: sm.SpatialMemory, low_W: np.ndarray, high_W: np.ndarray) -> np.ndarray:
    """Return the middles of the voxels whose middle lies in a box, without those that reach below it."""
    edge = memory.voxel_size_m
    first, last = np.floor(low_W / edge).astype(int), np.floor(high_W / edge).astype(int)
    cells = np.stack(np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(first, last, strict=True)), indexing="ij"), -1)
    middles_W = (cells.reshape(-1, 3) + 0.5) * edge
    inside = ((middles_W >= low_W) & (middles_W <= high_W)).all(axis=1)
    return middles_W[inside & (middles_W[:, 2] - edge / 2 >= low_W[2] - 1e-6)]


def in_picture(camera: sm.Pinhole, X_WC: np.ndarray, points_W: np.ndarray) -> np.ndarray:
    """Return which points lie in the picture of a camera."""
    x, y, z = sm.transform(sm.inverse(X_WC), points_W).T
    ahead = z > 0.1
    z = np.where(ahead, z, 1.0)
    u, v = camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy
    return ahead & (u >= 0) & (u <= camera.width - 1) & (v >= 0) & (v <= camera.height - 1)


def seen_through(frame: sm.RgbdFrame, middles_W: np.ndarray, memory: sm.SpatialMemory) -> np.ndarray:
    """Return which voxels a frame saw through: the depth at all pixels that a voxel covers is well beyond it.

    Pixels without a return count as `DepthConfig.no_return_is_free_to_m` says, depth beyond the range as the range.
    """
    depth, camera = memory.config.depth, frame.camera
    measured_m = frame.depth * frame.depth_unit_m
    free_m = np.where(measured_m > 0, measured_m, depth.no_return_is_free_to_m or 0.0)
    corners = (np.stack(np.meshgrid(*[[-0.5, 0.5]] * 3), -1).reshape(-1, 3)) * memory.voxel_size_m
    through = np.zeros(len(middles_W), bool)
    for i, middle_W in enumerate(middles_W):
        points_W = middle_W + corners
        if not in_picture(camera, frame.X_WC, points_W).all():
            continue
        x, y, z = sm.transform(sm.inverse(frame.X_WC), points_W).T
        u, v = camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy
        window = free_m[int(v.min()) : math.ceil(v.max()) + 1, int(u.min()) : math.ceil(u.max()) + 1]
        margin_m = SEEN_THROUGH_M + 3 * (CAMERA.pose_noise_m + CAMERA.pose_noise_rad * 0.1 * float(z.max()))
        through[i] = window.min() > z.max() + margin_m
    return through


# what is only hidden


def home_walk(seed: int, *, masks: bool, tasks: int = 12, duration_max_s: float = 120.0) -> HiddenCount:
    """Tour a generated home while somebody walks about in it and looks into cupboards, but moves nothing."""
    home, rng = generate_home(seed), np.random.default_rng((seed, 78))

    def schedule(simulation_world) -> Schedule:
        rooms, hinges = [room.name for room in home.rooms], sorted(simulation_world.hinges)
        hinges = [name for name in hinges if name.endswith("/door") or "-" in name]
        made: list[Task] = []
        while len(made) < tasks:
            made.append(Task(verb="walk_to", to=rooms[int(rng.integers(len(rooms)))]))
            if hinges and rng.random() < 0.3:
                hinge = hinges[int(rng.integers(len(hinges)))]
                made += [Task(verb="open", object=hinge), Task(verb="close", object=hinge)]
        return Schedule(tuple(made), seed)

    with Simulation(home, mode="fast", seed=seed, camera=CAMERA, detector=DETECTOR, schedule=schedule) as simulation:
        memory, counting = memory_for(home, sm.DepthConfig()), Counting(simulation)
        driver = script(simulation)
        while simulation.elapsed_s < duration_max_s:
            frame = None
            for x in simulation.inputs():
                told(memory, x, masks=masks)
                frame = x if isinstance(x, sm.RgbdFrame) else frame
            if frame is not None:
                counting.frame(memory)
            velocity = driver.step(simulation.robot.true_state())
            if velocity is None:
                driver = script(simulation)  # once more round, until the time is over
                velocity = (0.0, 0.0, 0.0)
            simulation.robot.command(base_velocity_B=velocity)
            simulation.step()
    return counting.count


def standing_watch(seed: int, *, masks: bool, span_s: float = 60.0) -> HiddenCount:
    """Look at a table past which somebody walks, and before whose mug a box is put and taken away again."""
    rng = np.random.default_rng((seed, 79))
    tasks = tuple(Task(verb="walk_to", to=room) for _ in range(20) for room in ("living", "hall", "kitchen"))
    start = yaw_pose(4.9 + float(rng.uniform(-0.1, 0.1)), 2.6 + float(rng.uniform(-0.1, 0.1)), -0.5)
    home = two_rooms()
    with Simulation(
        home, mode="fast", seed=seed, camera=CAMERA, detector=DETECTOR, schedule=Schedule(tasks, seed), X_WB=start
    ) as simulation:
        memory, counting = memory_for(home, sm.DepthConfig()), Counting(simulation, without=("box-1",))
        mug, box = simulation.world.X_WK("mug-1")[:3, 3], simulation.world.X_WK("box-1")
        for number, _ in enumerate(swaying(simulation, span_s, memory, masks)):
            counting.frame(memory)
            if number % 40 == 30:
                to_camera = simulation.sensor.X_WC[:2, 3] - mug[:2]
                x_m, y_m = mug[:2] + 0.2 * to_camera / np.linalg.norm(to_camera)
                simulation.world.place("box-1", yaw_pose(float(x_m), float(y_m), 0.0, z_m=float(mug[2])))
            elif number % 40 == 39:
                simulation.world.place("box-1", box)
    return counting.count


class Counting:
    """Holds each picture's missing objects beside the truth. without: what is moved about."""

    def __init__(self, simulation: Simulation, *, without: tuple[str, ...] = ()):
        self._simulation, self._without = simulation, without
        self._missing: set[int] = set()
        self.count = HiddenCount()
        self._bounds = {name: one for name, one in _bounds(simulation).items() if name not in without}

    def frame(self, memory: sm.SpatialMemory) -> None:
        """Take in what the memory says after a picture."""
        objects = every_object(memory)
        missing = {one.id for one in objects if is_missing(one)}
        held = [one for one in objects if one.id not in missing or one.id not in self._missing]
        shown = np.bincount(self._simulation.sensor.shot.body.ravel() + 1, minlength=2)[1:]
        names = self._simulation.sensor.shot.names
        for one, name in _matched(held, self._bounds):
            _, low_W, high_W = self._bounds[name]
            pixels = int(shown[names.index(name)]) if names.index(name) < len(shown) else 0
            kind = self._kind(low_W, high_W, pixels, memory.config.depth.range_max_m)
            self.count.frames[kind] += 1
            if one.id in missing:
                self.count.false[kind] += 1
                self.count.which.append(f"{one.name}, truly {name}, {kind}, {pixels} pixels, at "
                                        f"{self._simulation.elapsed_s:.1f} s")  # fmt: skip
        self._missing = missing

    def _kind(self, low_W: np.ndarray, high_W: np.ndarray, pixels: int, range_m: float) -> str:
        sensor = self._simulation.sensor
        shares = np.stack(np.meshgrid(*[[0.0, 0.5, 1.0]] * 3), -1).reshape(-1, 3)
        points_W = low_W + shares * (high_W - low_W)
        inside = in_picture(sensor.settings.pinhole, sensor.X_WC, points_W)
        if inside.any() and sm.transform(sm.inverse(sensor.X_WC), points_W[inside])[:, 2].min() > range_m:
            return "too far"
        if pixels >= sensor.min_pixels:
            return "shown"
        return "hidden" if inside.any() else "out of picture"


def _bounds(simulation: Simulation) -> dict[str, tuple[str, np.ndarray, np.ndarray]]:
    """Return label and bounds of all things and furniture that stay where they are."""
    truth = truth_of(simulation.world)
    found = {name: (one.label, one.low_W, one.high_W) for name, one in truth.objects.items()}
    for piece in simulation.world.home.furniture:
        floor_W = np.concatenate(truth.furniture[piece.name])
        low_W, high_W = np.append(floor_W.min(axis=0), 0.0), np.append(floor_W.max(axis=0), piece.size_m[2])
        found[piece.name] = simulation.world.bodies[piece.name].label, low_W, high_W
    return found


def _matched(objects, bounds) -> list[tuple[sm.ObjectState, str]]:
    """Return which object is which thing: same label, within 0.5 m, as many as can be; one that is not missing
    first."""
    from scipy.optimize import linear_sum_assignment

    names = sorted(bounds)
    if not objects or not names:
        return []
    apart = np.full((len(objects), len(names)), 1e3)
    for i, one in enumerate(objects):
        for j, name in enumerate(names):
            label, low_W, high_W = bounds[name]
            away = float(np.linalg.norm(one.center_W - (low_W + high_W) / 2)) if label == one.label else 1e3
            if away <= MATCH_M:
                apart[i, j] = away + (MATCH_M if is_missing(one) else 0.0)
    rows, cols = linear_sum_assignment(apart)
    return [(objects[i], names[j]) for i, j in zip(rows, cols, strict=True) if apart[i, j] < 1e3]
