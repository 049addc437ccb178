"""Detections that wait for the frame that they are of, and go on with its stamp: the memory knows frames by it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64

from spatialmem.episodes.bags.assemble import MALFORMED, Account
from spatialmem.episodes.bags.ros_types import Undecodable, stamp_of
from spatialmem.episodes.bags.transforms import Missing, TransformTree
from spatialmem.geometry import inverse, transform
from spatialmem.live.ros2.boxes import BoxPx, box_in_picture, box_of_2d, corners_of_3d
from spatialmem.live.ros2.settings import DetectionsTopic
from spatialmem.types import Detection, Detections, Pinhole, RgbdFrame

__all__ = ["DetectionMatcher"]

WAIT_NS = 1_000_000_000
APART_MAX_NS = 50_000_000
FIRST_APART_NS = 20_000_000
"""How far from the first frame detections may be, while the rate of its camera is not known."""
FRAMES_KEPT = 256
HELD_MAX = 128


class _Given(NamedTuple):
    """A frame that went to the memory."""

    stamp_ns: int
    apart_max_ns: int
    """Half the time since the frame before it."""
    camera: Pinhole
    X_WC: Float64[np.ndarray, "4 4"]


class _Held(NamedTuple):
    source: str
    received_ns: int
    stamp_ns: int
    frame: str
    message: Any


class DetectionMatcher:
    """Holds the detections of every detector until the frame that each is of was given, for a second at most.

    It is the frame nearest in time of their camera, within half the time between two frames.
    """

    def __init__(
        self,
        detectors: Mapping[str, DetectionsTopic],
        cameras: tuple[str, ...],
        tree: TransformTree,
        fixed: str,
        world: str,
        account: Account,
    ):
        self._detectors, self._cameras = detectors, cameras
        self._tree, self._fixed, self._world, self._account = tree, fixed, world, account
        self._frames: dict[str, str] = {}
        self._given: dict[str, deque[_Given]] = {name: deque(maxlen=FRAMES_KEPT) for name in cameras}
        self._held: deque[_Held] = deque()

    def learn_frame(self, camera: str, message: Any) -> None:
        """Take down the frame_id of a camera's images."""
        self._frames[camera] = _frame(message)

    def note(self, frame: RgbdFrame) -> None:
        """Take down a frame that went to the memory."""
        given = self._given[frame.source]
        apart_max_ns = FIRST_APART_NS
        if given and frame.stamp_ns > given[-1].stamp_ns:
            apart_max_ns = min((frame.stamp_ns - given[-1].stamp_ns) // 2, APART_MAX_NS)
        given.append(_Given(frame.stamp_ns, apart_max_ns, frame.camera, frame.X_WC))

    def hold(self, detector: str, message: Any, received_ns: int) -> None:
        """Take the message of a detector. Raises what a malformed one raises."""
        self._held.append(_Held(detector, received_ns, stamp_of(message.header), _frame(message), message))

    def release(self, now_ns: int | None) -> Iterator[Detections]:
        """Yield those whose frame was given; None: no frame will come any more."""
        held, self._held = self._held, deque()
        for index, one in enumerate(held):
            overdue = now_ns is None or now_ns - one.received_ns > WAIT_NS or len(held) - index > HELD_MAX
            try:
                found = self._matched(one, overdue)
            except _NotYet:
                self._held.append(one)
                continue
            except Undecodable as error:
                self._account.leave_out(error.reason, str(error))
                continue
            except MALFORMED as error:
                self._account.leave_out("undecodable", f"detections of {one.source} cannot be understood: {error}")
                continue
            if found is not None:
                yield found

    def _matched(self, held: _Held, overdue: bool) -> Detections | None:
        camera = self._camera(held, overdue)
        given = self._nearest(camera, held, overdue)
        X_CF = self._pose(held, given, overdue) if self._detectors[held.source].kind == "3d" else None
        listed = list(held.message.detections)
        items = tuple(item for one in listed if (item := self._item(one, held, given, X_CF)) is not None)
        if listed and not items:  # each was counted; that nothing was seen is another thing
            return None
        return Detections(
            source=held.source,
            stamp_ns=given.stamp_ns,
            received_ns=held.received_ns,
            world=self._world,
            camera_source=camera,
            items=items,
        )

    def _camera(self, held: _Held, overdue: bool) -> str:
        told = self._detectors[held.source].camera
        if told is not None:
            return told
        if len(self._cameras) == 1:
            return self._cameras[0]
        for name in self._cameras:
            if self._frames.get(name) == held.frame:
                return name
        if not overdue:
            raise _NotYet
        raise Undecodable(
            "detections_of_no_camera",
            f"detections of {held.source} are of the frame '{held.frame}', and no camera is; name their camera",
        )

    def _nearest(self, camera: str, held: _Held, overdue: bool) -> _Given:
        given = self._given[camera]
        if not overdue and not (given and given[-1].stamp_ns >= held.stamp_ns):
            raise _NotYet
        nearest = min(given, key=lambda one: abs(one.stamp_ns - held.stamp_ns), default=None)
        if nearest is None or abs(nearest.stamp_ns - held.stamp_ns) > nearest.apart_max_ns:
            raise Undecodable(
                "detections_without_frame",
                f"no frame of {camera} near {held.stamp_ns / 1e9:.3f} s, which detections of {held.source} are of",
            )
        return nearest

    def _pose(self, held: _Held, given: _Given, overdue: bool) -> Float64[np.ndarray, "4 4"]:
        """Return the pose of the detections' frame F in the camera at the frame."""
        X_WF = self._tree.pose(self._fixed, held.frame, held.stamp_ns)
        if not isinstance(X_WF, Missing):
            return inverse(given.X_WC) @ X_WF
        if not overdue:
            raise _NotYet
        raise Undecodable(X_WF.value, f"no transform from '{held.frame}' to '{self._fixed}' for {held.source}")

    def _item(self, told: Any, held: _Held, given: _Given, X_CF: Float64[np.ndarray, "4 4"] | None) -> Detection | None:
        """Return one detection, None where it is left out."""
        try:
            label, score = _best(told, self._detectors[held.source].labels)
            if X_CF is None:
                box_px: BoxPx = box_of_2d(told.bbox, given.camera)
            else:
                box_px = box_in_picture(transform(X_CF, corners_of_3d(told.bbox)), given.camera)
        except Undecodable as error:
            self._account.leave_out(error.reason, f"{held.source}: {error}")
            return None
        except MALFORMED as error:
            self._account.leave_out("detection_undecodable", f"{held.source}: {error}")
            return None
        return Detection(label=label, score=score, box_px=box_px)


def _best(told: Any, labels: Mapping[str, str]) -> tuple[str, float]:
    """Return the label and the score of the best hypothesis, of equals the first. Raises Undecodable."""
    results = [(float(result.hypothesis.score), str(result.hypothesis.class_id)) for result in told.results]
    if not results:
        raise Undecodable("detection_without_label", "a detection has no result")
    score, class_id = max(results, key=lambda result: -math.inf if math.isnan(result[0]) else result[0])
    if not 0 <= score <= 1:
        raise Undecodable("detection_score", f"a detection has the score {score:g}, not one from 0 to 1")
    label = labels.get(class_id, class_id)
    if not label.strip():
        raise Undecodable("detection_without_label", "a detection has an empty class_id")
    return label, score


def _frame(message: Any) -> str:
    return message.header.frame_id.lstrip("/")


class _NotYet(Exception):
    """What detections need may still come."""
