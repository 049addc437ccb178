"""What a robot's sensors bring in six seconds, all kinds of poison among it; and the same without the poison.

Poison that is rejected comes beside what is good; poison that is masked is in what is good, and the clean stream has
the same with the masked parts left out. Each kind comes once in a stream; a seed says when, to what and how much.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from poisoned_detections import BOX, ITEM_POISON, MASK, PART_POISON, item, random_item
from poisoned_inputs import CAMERA, DEPTH, FRAME_POISON, HOSTILE, OTHER_POISON, X_WC, Hostile, poisoned

from spatialmem import Detections, PointScan, Reason, Recall, RgbdFrame, RobotState
from spatialmem.live import UnposedFrame

STEPS, STEP_NS, START_NS = 60, 10**8, 10**12
POINTS = np.random.default_rng(8).normal(0, 3, (200, 3)).astype(np.float32) + np.float32(1)
X_BC = np.array([[0.0, 0.0, 1.0, 0.1], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0]])
PIXEL_MASKED = ("depth_nan", "depth_inf", "depth_negative", "depth_overflow", "depth_saturated")
NOT_OF_AN_UNPOSED_FRAME = {"X_WC", "pose_cov", "source"}
"""Fields that it has not; and another source has another queue, which is tried with frames."""


@dataclass(eq=False)
class Stream:
    """Inputs in the order in which they come, and what must become of them."""

    inputs: list[Any] = field(default_factory=list)
    clean: list[Any] = field(default_factory=list)
    wanted: dict[int, tuple[str, str]] = field(default_factory=dict)
    """By `id` of a poisoned input: its kind of poison, and the reason of its rejection; of an unposed frame nothing,
    for it is told with a pose, as another."""
    unposed: Counter[str] = field(default_factory=Counter)
    """The reasons of those."""
    masked: Counter[str] = field(default_factory=Counter)
    """How many pixels, points, detections and parts of them are masked, by name."""
    kinds: set[str] = field(default_factory=set)


class _Maker:
    def __init__(self, seed: int):
        self.rng, self.stream = np.random.default_rng((20, seed)), Stream()

    # what is good

    def stamps(self, step: int, by_ns: int = 0) -> dict[str, Any]:
        stamp_ns = START_NS + step * STEP_NS + by_ns
        return {"stamp_ns": stamp_ns, "received_ns": stamp_ns}

    def swayed(self, step: int, X_W: np.ndarray) -> np.ndarray:
        X = X_W.copy()
        X[1, 3] += 0.2 * np.sin(step / 7)
        return X

    def frame(self, step: int, by_ns: int = 0) -> RgbdFrame:
        return RgbdFrame(
            source="camera", depth=DEPTH, camera=CAMERA, X_WC=self.swayed(step, X_WC), **self.stamps(step, by_ns)
        )

    def state(self, step: int, by_ns: int = 0) -> RobotState:
        return RobotState(source="robot", X_WB=self.swayed(step, np.eye(4)), **self.stamps(step, by_ns))

    def unposed(self, step: int, by_ns: int = 0) -> UnposedFrame:
        """A picture of half a step ago: its pose is between two states."""
        stamps = self.stamps(step, by_ns - STEP_NS // 2)
        return UnposedFrame(source="head", depth=np.full_like(DEPTH, 2000), camera=CAMERA, X_BC=X_BC, **stamps)

    def scan(self, step: int, by_ns: int = 0) -> PointScan:
        return PointScan(source="lidar", points_S=POINTS, X_WS=self.swayed(step, X_WC), **self.stamps(step, by_ns))

    def found(self, step: int, items: list[Any], by_ns: int = 0) -> Any:
        given = Detections(source="eyes", camera_source="camera", **self.stamps(step, by_ns))
        return poisoned(given, items=tuple(items))

    # what is poisoned and rejected

    def rejected(self) -> list[tuple[int, Any, str, Reason]]:
        """Return every kind once: the step after which it comes, the input, the kind, the reason."""
        found = []
        for name, fields, reason, _ in FRAME_POISON:
            if name == "stamp_future":  # of another time; `ill_timed` has its like
                continue
            step = self.step()
            found.append((step, poisoned(self.frame(step, 1000), **fields), name, reason))
            if not NOT_OF_AN_UNPOSED_FRAME & set(fields) and name not in ("color_bytearray",):
                found.append((step, poisoned(self.unposed(step, 1000), **fields), f"unposed {name}", reason))
        for name, X, reason in (
            ("none", None, Reason.BAD_POSE), ("3x3", np.eye(3), Reason.BAD_POSE), ("text", "X", Reason.BAD_POSE),
            ("nan", X_BC * np.nan, Reason.BAD_POSE), ("hostile", Hostile(), Reason.BAD_POSE),
        ):  # fmt: skip
            step = self.step()
            found.append((step, poisoned(self.unposed(step, 1000), X_BC=X), f"unposed mount {name}", reason))
        for k, (kind, fields, reason) in enumerate(OTHER_POISON):
            step = self.step()
            good = {"PointScan": self.scan, "RobotState": self.state}.get(kind)
            x: Any = good(step, 1000) if good else self.found(step, [], 1000)
            if kind in ("Action", "Recall"):
                continue  # `test_gate` has those; nothing here is told of by them
            found.append((step, poisoned(x, **fields), f"{kind} {next(iter(fields))} {k}", reason))
        for name, entry, _, _ in ITEM_POISON:
            step = self.step()
            found.append((step, self.found(step, [entry]), f"only {name}", Reason.DETECTIONS_ALL_INVALID))
        for k, x in enumerate(HOSTILE):
            kind = Reason.BAD_FIELD if issubclass(type(x), RgbdFrame) else Reason.NOT_AN_INPUT
            found.append((self.step(), x, f"hostile {k}", kind))
        return [*found, *self.random_poses(), *self.ill_timed(), *self.baseless()]

    def step(self) -> int:
        return int(self.rng.integers(2, STEPS - 2))

    def random_poses(self) -> list[tuple[int, Any, str, Reason]]:
        found, rng = [], self.rng
        for kind, name in (("frame", "X_WC"), ("state", "X_WB"), ("scan", "X_WS")):
            for what in ("nan", "scaled", "mirrored", "sheared", "jumped", "turned"):
                step = self.step()
                x = getattr(self, kind)(step, 1000)
                X = getattr(x, name).copy()
                if what == "nan":
                    X[rng.integers(3), rng.integers(4)] = rng.choice([np.nan, np.inf, -np.inf])
                elif what == "scaled":
                    X[:3, :3] *= rng.choice([rng.uniform(0.1, 0.99), rng.uniform(1.01, 10)])
                elif what == "mirrored":
                    X[:3, rng.integers(3)] *= -1
                elif what == "sheared":
                    X[:3, :3] = X[:3, :3] @ (np.eye(3) + rng.uniform(0.02, 0.5) * np.eye(3, k=1))
                elif what == "jumped":
                    X[:2, 3] += rng.uniform(4, 400) * np.array([1.0, rng.choice([-1.0, 1.0])])
                else:
                    a = rng.uniform(2.5, np.pi) * rng.choice([-1, 1])
                    R = np.array([[np.cos(a), -np.sin(a), 0.0], [np.sin(a), np.cos(a), 0.0], [0.0, 0.0, 1.0]])
                    X[:3, :3] = R @ X[:3, :3]
                reason = {"nan": Reason.BAD_POSE, "jumped": Reason.TELEPORT, "turned": Reason.TELEPORT}
                found.append(
                    (step, poisoned(x, **{name: X}), f"{kind} {what}", reason.get(what, Reason.POSE_NOT_RIGID))
                )
        return found

    def ill_timed(self) -> list[tuple[int, Any, str, Reason]]:
        """Return what is too late, from the future, or there already."""
        found, rng = [], self.rng
        for kind in ("frame", "state", "scan", "found"):
            step = int(rng.integers(30, STEPS - 2))
            x = self.found(step, [item(box_px=BOX)]) if kind == "found" else getattr(self, kind)(step)
            back_ns = x.stamp_ns - int(10**9 * rng.choice([rng.uniform(2, 5), rng.uniform(60, 900)]))
            ahead_ns = x.stamp_ns + int(10**9 * rng.choice([rng.uniform(2.1, 5), rng.uniform(60, 40000)]))
            found.append((step, poisoned(x, stamp_ns=back_ns), f"{kind} late", Reason.STAMP_BACKWARDS))
            found.append((step, poisoned(x, stamp_ns=ahead_ns), f"{kind} ahead", Reason.STAMP_FUTURE))
            found.append((step, poisoned(x), f"{kind} again", Reason.DUPLICATE))
        return found

    def baseless(self) -> list[tuple[int, Any, str, Reason]]:
        good, step = item(box_px=BOX), self.step()
        elsewhere = poisoned(self.found(step, [good], 1000), camera_source="attic")
        many = self.found(step, [good] * 1001, 1000)
        return [
            (step, self.found(step, [good], 777), "found without its frame", Reason.NO_FRAME),
            (step, elsewhere, "found by a camera that is not there", Reason.NO_FRAME),
            (step, many, "found 1001", Reason.DETECTIONS_TOO_MANY),
        ]

    # what is poisoned and masked

    def masked_depth(self, name: str, clean: RgbdFrame) -> tuple[RgbdFrame, RgbdFrame]:
        """Return a frame with some pixels that are no distance, and the same without them."""
        rng, value = self.rng, {"depth_nan": np.nan, "depth_negative": -1.0, "depth_overflow": 70.0}
        pixels = rng.permutation(DEPTH.size)[: rng.integers(1, 200)]
        depth = DEPTH.copy() if name == "depth_saturated" else DEPTH * np.float32(0.001)
        depth.flat[pixels] = 65535 if name == "depth_saturated" else value.get(name, np.inf)
        without = DEPTH.copy()
        without.flat[pixels] = 0
        self.stream.masked[name] += len(pixels)
        return replace(clean, depth=depth), replace(clean, depth=without)

    def masked_points(self, clean: PointScan) -> tuple[PointScan, PointScan]:
        bad = self.rng.permutation(len(POINTS))[: self.rng.integers(1, 50)]
        points = POINTS.copy()
        points[bad, self.rng.integers(3)] = self.rng.choice([np.nan, np.inf, -np.inf])
        self.stream.masked["points_not_finite"] += len(bad)
        return replace(clean, points_S=points), replace(clean, points_S=np.delete(POINTS, bad, axis=0))

    def masked_items(self, chosen: list[tuple[Any, ...]]) -> tuple[list[Any], list[Any]]:
        """Return detections of which some are bad in whole or in part, and what is good of them."""
        pairs: list[tuple[Any, Any]] = [(one, one) for one in self.items()]
        for name, bad, counted, _ in chosen:
            if isinstance(bad, dict):
                other: dict[str, Any] = {"mask": MASK} if "box_px" in bad else {"box_px": BOX}
                pair = item(**other, **bad), item(**other)
            else:
                pair = bad, None
            pairs.insert(int(self.rng.integers(len(pairs) + 1)), pair)
            self.stream.masked[counted] += 1
            self.stream.kinds.add(f"among good ones {name}")
        return [given for given, _ in pairs], [good for _, good in pairs if good is not None]

    def items(self) -> list[Any]:
        return [random_item(self.rng) for _ in range(self.rng.integers(1, 4))]

    # all of it

    def made(self) -> Stream:
        stream, rng = self.stream, self.rng
        beside: dict[int, list[Any]] = {}
        for step, x, kind, reason in self.rejected():
            beside.setdefault(step, []).append(x)
            stream.kinds.add(kind)
            if issubclass(type(x), UnposedFrame):
                stream.unposed[reason.value] += 1
            else:
                stream.wanted[id(x)] = kind, reason.value
        pixels = dict(zip(rng.permutation(STEPS).tolist(), PIXEL_MASKED, strict=False))
        points = int(rng.integers(STEPS))
        items: dict[int, list[Any]] = {}
        for case in (*ITEM_POISON, *PART_POISON):
            items.setdefault(self.step(), []).append(case)
        self.tell(self.state(-1))
        for step in range(STEPS):
            self.tell(self.unposed(step))
            self.tell(self.state(step))
            frame, scan = self.frame(step), self.scan(step)
            self.tell(*(self.masked_depth(pixels[step], frame) if step in pixels else (frame,)))
            self.tell(*(self.masked_points(scan) if step == points else (scan,)))
            given, good = self.masked_items(items[step]) if step in items else (found := self.items(), found)
            self.tell(self.found(step, given), self.found(step, good))
            self.tell(Recall(source="planner", object_ids=(step,), **self.stamps(step)))
            late = beside.get(step, [])
            stream.inputs += [late[i] for i in rng.permutation(len(late))]
        stream.kinds.update(PIXEL_MASKED, ["points_not_finite"])
        return stream

    def tell(self, given: Any, good: Any = None) -> None:
        self.stream.inputs.append(given)
        self.stream.clean.append(given if good is None else good)


def poisoned_stream(seed: int) -> Stream:
    """Return the stream of a seed."""
    return _Maker(seed).made()
