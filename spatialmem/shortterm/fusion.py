"""What a sighting says of an object that is known already: where it is now, and how far it reaches.

An object is a reference point, which the filters of `track` follow, and ten faces at fixed distances from it. Where the
same face was seen before and is seen now, their difference is motion or noise; where a face is seen for the first time,
or an object turns out to reach farther than was seen, it is shape. So half a table seen first and all of it later is a
table that rests, not one that moves, and its middle is right in the end. What moves moves with all its faces: a face
that goes alone says little of motion, and two that go together say nothing of shape.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64

from spatialmem.shortterm.faces import AXES_W, STRAIGHT, boxes_of, folded
from spatialmem.shortterm.lift import Lifted
from spatialmem.shortterm.sway import FrameError, corrected, frame_error
from spatialmem.shortterm.table import Table
from spatialmem.shortterm.track import (
    SPEED_SIGMA_M_S,
    correct,
    is_manoeuvre,
    predict,
    rest_predict,
    settle_motion,
    squared_distance,
    surprise,
)

__all__ = ["Sightings", "begin", "derive", "follow", "halt", "halt_unseen", "restart"]

FACE_SIGMA_M, FACE_SIGMA_PX = 0.004, 0.5
"""Where a face ends is not better known than this, the two added: it is where the last few pixels are."""
FACE_SIGMA_LEAST_M = 0.004
"""Nor by any number of sightings."""
FACE_SHARE, FACE_SHARE_ALONE = 0.05, 0.25
"""Nor better than this share of how large the object is, for a part may be hidden unnoticed; the second where the
opposite face is not seen to agree."""
WHOLE_SIGMAS = 2.0
"""A face that may be hidden is not where what is seen is as wide as the whole, to this."""
UNSEEN_SIGMA_M = 0.5
"""Along an axis of which no face is seen again, a sighting says nothing of the position."""
BEYOND_SIGMAS, REACH_GAIN = 2.0, 0.3
"""A face that is hidden now was too near if the object reaches beyond it by more than so much noise; it is moved by
this share of the way at least."""

GAINED_COARSE = 2.5
"""No box says more about motion than this: one alone, of something else or of a part, is none; three that agree are."""


class Sightings:
    """The detections of one frame as columns."""

    __slots__ = (
        "coarse",
        "covariance",
        "error",
        "face_var",
        "faces",
        "half",
        "lifted",
        "middle",
        "seen",
        "sway",
        "turn",
    )

    def __init__(self, lifted: list[Lifted]):
        self.lifted = lifted
        count = len(lifted)
        self.faces: Float64[np.ndarray, "n 5 2"] = np.array([s.faces_m for s in lifted]).reshape(count, 5, 2)
        self.seen: Bool[np.ndarray, "n 5 2"] = np.array([s.seen for s in lifted], bool).reshape(count, 5, 2)
        self.covariance: Float64[np.ndarray, "n 3 3"] = np.array([s.covariance_W for s in lifted]).reshape(count, 3, 3)
        none = np.zeros((3, 6))
        self.sway: Float64[np.ndarray, "n 3 6"] = np.array(
            [none if s.sway_W is None else s.sway_W for s in lifted]
        ).reshape(count, 3, 6)
        self.error: FrameError | None = None
        """What those of them that are known told of the frame's error."""
        self.coarse: Bool[np.ndarray, "n"] = np.array([s.coarse for s in lifted], bool)
        straight = self.faces[:, STRAIGHT]
        self.middle: Float64[np.ndarray, "n 3"] = straight.mean(axis=2)
        self.half: Float64[np.ndarray, "n 3"] = (straight[..., 1] - straight[..., 0]) / 2
        pixel_m = np.array([s.pixel_m for s in lifted], float)
        self.face_var: Float64[np.ndarray, "n"] = (FACE_SIGMA_M + FACE_SIGMA_PX * pixel_m) ** 2
        yaw = np.array([s.yaw_rad for s in lifted], float)
        pixels = np.sqrt(np.array([len(s.points_W) for s in lifted], float))
        self.turn: Float64[np.ndarray, "n 2"] = np.stack([np.cos(4 * yaw), np.sin(4 * yaw)], axis=1) * pixels[:, None]

    def __len__(self) -> int:
        return len(self.lifted)


def begin(table: Table, rows: Int64[np.ndarray, "n"], seen: Sightings, which: Int64[np.ndarray, "n"]) -> None:
    """Fill the rows of new objects from these sightings: at rest, in the middle of what was seen."""
    p, cov = seen.middle[which], seen.covariance[which]
    table.rest[rows], table.rest_cov[rows] = p, cov + np.eye(3) * seen.face_var[which, None, None]
    restart(table, rows)
    if seen.error is not None:
        moved, left = corrected(seen.error, seen.sway[which], leave_out=False)
        sway = seen.sway[which] @ seen.sway[which].transpose(0, 2, 1)
        table.motion[rows, :3] -= moved
        table.motion_cov[rows, :3, :3] += left - sway
    table.faces[rows] = seen.faces[which] - _along(p)[..., None]
    table.faces_var[rows] = seen.face_var[which, None, None]
    table.known[rows] = seen.seen[which]
    table.turn[rows] = seen.turn[which]


def follow(
    table: Table,
    rows: Int64[np.ndarray, "n"],
    seen: Sightings,
    which: Int64[np.ndarray, "n"],
    *,
    stamp_ns: int,
    noise_m2_s3: float,
    coast_s: float,
) -> None:
    """Carry known objects on to stamp_ns, and take these sightings in."""
    dt_s = np.maximum(stamp_ns - table.stamp_ns[rows], 0) * 1e-9
    lost = dt_s > coast_s
    halt(table, rows[lost])
    table.rest_cov[rows] = rest_predict(table.rest_cov[rows], dt_s)
    moved, moved_cov = predict(table.motion[rows], table.motion_cov[rows], np.minimum(dt_s, coast_s), noise_m2_s3)
    expected = np.where(table.moving[rows, None], moved[:, :3], table.rest[rows])
    z, noise, alone_var = _measured(table, rows, seen, which, expected)
    steady, steady_noise = _steadied(table, rows, seen, which, z, noise)
    steady_noise[:, [0, 1, 2], [0, 1, 2]] += alone_var
    turned = is_manoeuvre(moved, moved_cov, steady, steady_noise)
    if turned.any():
        table.motion_cov[rows[turned], 3:, 3:] += np.eye(3) * SPEED_SIGMA_M_S**2
        moved, moved_cov = predict(table.motion[rows], table.motion_cov[rows], np.minimum(dt_s, coast_s), noise_m2_s3)
    gained = surprise(table.rest[rows], table.rest_cov[rows], steady, steady_noise)
    gained -= surprise(moved, moved_cov, steady, steady_noise)
    rest, table.rest_cov[rows] = correct(table.rest[rows], table.rest_cov[rows], z, noise)
    gained = np.where(seen.coarse[which], np.clip(gained, -GAINED_COARSE, GAINED_COARSE), gained)
    moved, moved_cov = correct(moved, moved_cov, steady, steady_noise)
    table.motion[rows], table.motion_cov[rows] = moved, moved_cov
    table.moving[rows], elsewhere, table.evidence[rows] = settle_motion(
        table.moving[rows],
        table.evidence[rows],
        gained,
        refuted=turned | lost,
        way_chi2=squared_distance(steady - table.since[rows], 2 * steady_noise),
        velocity_m_s=moved[:, 3:],
        velocity_cov=moved_cov[:, 3:, 3:],
    )
    anew = table.evidence[rows] == 0
    table.since[rows[anew]] = steady[anew]
    away = (table.moving[rows] | elsewhere)[:, None]
    table.rest[rows] = np.where(away, table.motion[rows, :3], rest)
    table.rest_cov[rows] = np.where(away[..., None], table.motion_cov[rows, :3, :3], table.rest_cov[rows])
    _shape(table, rows, seen, which)


def _steadied(
    table: Table,
    rows: Int64[np.ndarray, "n"],
    seen: Sightings,
    which: Int64[np.ndarray, "n"],
    z: Float64[np.ndarray, "n 3"],
    noise: Float64[np.ndarray, "n 3 3"],
) -> tuple[Float64[np.ndarray, "n 3"], Float64[np.ndarray, "n 3 3"]]:
    """Return measurements and their covariances without what the others say that the whole frame is wrong by.

    How things move is told by these. Where they rest is not: the error of a first frame would stay with all that it
    showed, where those of many frames cancel out.
    """
    sway = seen.sway[which]
    own = noise - sway @ sway.transpose(0, 2, 1)
    apart = z - table.rest[rows]
    usable = (table.known[rows] & seen.seen[which])[:, STRAIGHT].any(axis=2)
    spread = table.rest_cov[rows] + seen.covariance[which] - sway @ sway.transpose(0, 2, 1)
    own_var = np.diagonal(spread, axis1=1, axis2=2) + seen.face_var[which, None]
    seen.error = frame_error(apart, own_var, sway, usable & ~table.moving[rows, None])
    moved, left = corrected(seen.error, sway, leave_out=True)
    return z - moved, own + left


def halt(table: Table, rows: Int64[np.ndarray, "n"]) -> None:
    """Let objects rest where they are: nobody has seen for long what they do."""
    table.moving[rows], table.evidence[rows] = False, 0.0
    restart(table, rows)


def halt_unseen(table: Table, *, stamp_ns: int, noise_m2_s3: float, coast_s: float) -> Int64[np.ndarray, "n"]:
    """Let what moved and was not seen for more than coast_s rest where it was carried on to; return those rows."""
    rows = np.flatnonzero(table.moving & (table.ids > 0))
    rows = rows[(stamp_ns - table.stamp_ns[rows]) * 1e-9 > coast_s]
    if len(rows):
        dt_s = np.full(len(rows), float(coast_s))
        moved, moved_cov = predict(table.motion[rows], table.motion_cov[rows], dt_s, noise_m2_s3)
        table.rest[rows], table.rest_cov[rows] = moved[:, :3], moved_cov[:, :3, :3]
        halt(table, rows)
        derive(table, rows, coast_s=coast_s)
    return rows


def restart(table: Table, rows: Int64[np.ndarray, "n"]) -> None:
    """Let the filter of the motion begin anew, with any velocity."""
    table.since[rows] = table.rest[rows]
    table.motion[rows, :3], table.motion[rows, 3:] = table.rest[rows], 0.0
    table.motion_cov[rows] = 0.0
    table.motion_cov[rows, :3, :3] = table.rest_cov[rows]
    table.motion_cov[rows, 3:, 3:] = np.eye(3) * SPEED_SIGMA_M_S**2


def _along(p_W: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 5"]:
    """Return how far points are along each axis of the faces."""
    return np.einsum("ai,ni->na", AXES_W, p_W)


def _measured(
    table: Table,
    rows: Int64[np.ndarray, "n"],
    seen: Sightings,
    which: Int64[np.ndarray, "n"],
    expected_W: Float64[np.ndarray, "n 3"],
) -> tuple[Float64[np.ndarray, "n 3"], Float64[np.ndarray, "n 3 3"], Float64[np.ndarray, "n 3"]]:
    """Return where the reference points are by the faces seen again, with covariance; as expected along other axes.

    Besides, the variance that counts for motion only [m^2]: a face whose opposite is not seen again may have been
    hidden or cut off unnoticed by as much as the two disagree.
    """
    known, implied = table.known[rows][:, STRAIGHT], (seen.faces[which] - table.faces[rows])[:, STRAIGHT]
    usable = known & seen.seen[which][:, STRAIGHT]
    agree = np.abs(implied[..., 1] - implied[..., 0]) <= WHOLE_SIGMAS * np.sqrt(2 * seen.face_var[which, None])
    usable |= (known.all(axis=2) & usable.any(axis=2) & agree)[..., None]
    count = usable.sum(axis=2)
    z = np.where(count > 0, (implied * usable).sum(axis=2) / np.maximum(count, 1), expected_W)
    apart = implied[..., 1] - implied[..., 0]
    quarrel = np.where(count == 2, apart, 0.0)
    share = np.where(count == 2, FACE_SHARE, FACE_SHARE_ALONE)
    width = table.faces[rows][:, STRAIGHT, 1] - table.faces[rows][:, STRAIGHT, 0]
    sigma2 = seen.face_var[which, None] + (share * width) ** 2 + (quarrel / 2) ** 2
    sigma2 = np.where(count > 0, sigma2, UNSEEN_SIGMA_M**2)
    noise = seen.covariance[which].copy()
    noise[:, [0, 1, 2], [0, 1, 2]] += sigma2
    return z, noise, np.where(count == 1, (apart / 2) ** 2, 0.0)


def _shape(table: Table, rows: Int64[np.ndarray, "n"], seen: Sightings, which: Int64[np.ndarray, "n"]) -> None:
    """Move the faces: those seen by a Kalman step each, others outwards only."""
    target = seen.faces[which] - _along(table.rest[rows])[..., None]
    spread = np.einsum("ai,nij,aj->na", AXES_W, seen.covariance[which], AXES_W)
    noise = (spread + seen.face_var[which, None])[..., None]
    sees, known = seen.seen[which], table.known[rows]
    faces, var = table.faces[rows], np.maximum(table.faces_var[rows], FACE_SIGMA_LEAST_M**2)
    target = target - _together(target - faces, sees & known)[..., None]
    beyond = (target - faces) * np.array([-1.0, 1.0])
    gain = var / (var + noise)
    reaches = ~sees & (beyond > BEYOND_SIGMAS * np.sqrt(noise))
    gain = np.where(sees & ~known, 1.0, np.where(sees, gain, np.where(reaches, np.maximum(gain, REACH_GAIN), 0.0)))
    gain = np.where(~sees & ~known & (beyond > 0), 0.5, gain)
    faces = faces + gain * (target - faces)
    middle = faces.mean(axis=2, keepdims=True)
    table.faces[rows] = np.where(faces[..., :1] > faces[..., 1:], middle, faces)  # nothing is thinner than nothing
    table.faces_var[rows] = np.where(sees & ~known, noise, var * (1 - np.where(sees, gain, 0.0)))
    table.known[rows] = known | sees
    table.turn[rows] += seen.turn[which]


def _together(apart_m: Float64[np.ndarray, "n 5 2"], again: Bool[np.ndarray, "n 5 2"]) -> Float64[np.ndarray, "n 5"]:
    """Return how far both faces of an axis have gone the same way, where one was seen again at least.

    That is motion which the filters have not followed yet, and no other shape. Where one of them is not seen again, it
    may have come nearer or been hidden besides: both have gone as far as the one that went less.
    """
    low, high = apart_m[..., 0], apart_m[..., 1]
    less = np.where(np.abs(low) < np.abs(high), low, high)
    common = np.where(again.all(axis=2), (low + high) / 2, np.where(low * high > 0, less, 0.0))
    return np.where(again.any(axis=2), common, 0.0)


def derive(table: Table, rows: Int64[np.ndarray, "n"], *, coast_s: float) -> None:
    """Bring up to date what follows from the rows: boxes and velocities."""
    faces = table.faces[rows] + _along(table.rest[rows])[..., None]
    straight = faces[:, STRAIGHT]
    velocity = np.where(table.moving[rows, None], table.motion[rows, 3:], 0.0)
    table.middle[rows] = straight.mean(axis=2)
    table.half[rows] = (straight[..., 1] - straight[..., 0]) / 2 + np.abs(velocity) * coast_s
    yaw = folded(np.arctan2(table.turn[rows, 1], table.turn[rows, 0]) / 4)
    table.center[rows], table.size[rows] = boxes_of(faces, np.asarray(yaw))
    table.yaw[rows], table.velocity[rows] = yaw, velocity
