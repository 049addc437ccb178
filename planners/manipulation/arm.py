"""What an arm is: its joints in a row, where its links are, and how far its gripper is open.

Frames: R is the root link of the robot's URDF, G the gripper (the tip link), L any link. Frame k of the chain turns
with joint k about its own z; frame 0 is R's. The robot's base stands while its arm moves, so R does.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

import spatialmem as sm

__all__ = ["ArmModel", "Finger", "Joint", "Place", "arm_model"]

Pose = Float64[np.ndarray, "4 4"]


@dataclass(frozen=True, slots=True)
class Joint:
    """One joint of an arm, and how far and fast it may turn."""

    name: str
    low_rad: float
    high_rad: float
    speed_max_rad_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where something is fixed to an arm."""

    frame: int
    """Of the chain: 0 is the root's, k the one that joint k turns."""
    X_FL: Pose


@dataclass(frozen=True, slots=True, eq=False)
class Finger:
    """A finger that slides by half of the gripper's width."""

    link: str
    closed: Place
    """Of its link, where the width is 0."""
    axis_F: Float64[np.ndarray, "3"]
    """The way it slides as the gripper opens."""

    def at(self, width_m: float) -> Place:
        """Return where its link is with the gripper this far open."""
        X_FL = self.closed.X_FL.copy()
        X_FL[:3, 3] += self.axis_F * width_m / 2
        return Place(self.closed.frame, X_FL)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ArmModel:
    """A chain of joints from a robot's root link to the tip of its gripper; see `arm_model`."""

    urdf: str
    root: str
    tip: str
    joints: tuple[Joint, ...]
    X_PF: Float64[np.ndarray, "n 3 4"]
    """The frame of each joint in the frame before it, where the joint is at 0."""
    places: Mapping[str, Place]
    """Of every link that neither slides with a finger nor hangs on a joint beside the chain."""
    fingers: tuple[Finger, ...]
    width_max_m: float
    """How far the gripper opens; 0 without fingers."""

    @property
    def names(self) -> tuple[str, ...]:
        """The joints' names, root first."""
        return tuple(joint.name for joint in self.joints)

    @property
    def low_rad(self) -> Float64[np.ndarray, "n"]:
        """How far each joint turns one way."""
        return np.array([joint.low_rad for joint in self.joints])

    @property
    def high_rad(self) -> Float64[np.ndarray, "n"]:
        """How far each joint turns the other way."""
        return np.array([joint.high_rad for joint in self.joints])

    @property
    def speed_max_rad_s(self) -> Float64[np.ndarray, "n"]:
        """How fast each joint turns."""
        return np.array([joint.speed_max_rad_s for joint in self.joints])

    def vector(self, positions_rad: Mapping[str, float]) -> Float64[np.ndarray, "n"]:
        """Return the joint vector of positions by name, such as `RobotState.joint_positions_rad`.

        Raises InputError where one of the joints is missing.
        """
        missing = [name for name in self.names if name not in positions_rad]
        if missing:
            raise sm.InputError(f"no position is given of {', '.join(missing)}; the arm needs {', '.join(self.names)}.")
        return np.array([float(positions_rad[name]) for name in self.names])

    def positions(self, joints_rad: Float64[np.ndarray, "n"]) -> dict[str, float]:
        """Return the positions by name of a joint vector, as `Command` wants them."""
        return dict(zip(self.names, joints_rad.tolist(), strict=True))

    def is_within(self, joints_rad: Float64[np.ndarray, "n"], tolerance_rad: float = 1e-9) -> bool:
        """Whether every joint is within its limits."""
        return bool(
            (joints_rad >= self.low_rad - tolerance_rad).all() and (joints_rad <= self.high_rad + tolerance_rad).all()
        )

    def frames(
        self, joints_rad: Float64[np.ndarray, "m n"], X_WR: Pose | None = None
    ) -> Float64[np.ndarray, "m frames 3 4"]:
        """Return the frames of the chain for m joint vectors, in W, or in R where X_WR is not given."""
        from planners.manipulation.kernels import chain

        root = np.eye(4) if X_WR is None else X_WR
        out = np.empty((len(joints_rad), len(self.joints) + 1, 3, 4))
        chain.frames_of(self.X_PF, np.ascontiguousarray(joints_rad), np.ascontiguousarray(root[:3]), out)
        return out

    def X_RG(self, joints_rad: Float64[np.ndarray, "n"]) -> Pose:
        """Return where the gripper is."""
        return _at(self.frames(joints_rad[None])[0], self.places[self.tip])

    def X_RL(self, joints_rad: Float64[np.ndarray, "n"], width_m: float = 0.0) -> dict[str, Pose]:
        """Return where all links are, the fingers for a gripper that is open by width_m."""
        frames = self.frames(joints_rad[None])[0]
        places = dict(self.places) | {finger.link: finger.at(width_m) for finger in self.fingers}
        return {link: _at(frames, place) for link, place in places.items()}


def arm_model(
    urdf: str,
    *,
    tip: str,
    root: str | None = None,
    limits: Iterable[Joint] = (),
    fingers: Sequence[str] = (),
) -> ArmModel:
    """Make an arm of a robot's URDF: the joints that turn between `root` (by default the URDF's) and the tip link.

    limits: softer ones than the URDF's, by name. fingers: the names of the joints that slide, each by half of the
    gripper's width. Raises ConfigError for text that is no such robot, and for limits of joints that it does not have.
    """
    robot = _parsed(urdf)
    links = [link.get("name", "") for link in robot.findall("link")]
    above = {_end(joint, "child"): joint for joint in robot.findall("joint")}
    roots = [link for link in links if link not in above]
    root = roots[0] if root is None and roots else root
    if root not in links or tip not in links:
        raise sm.ConfigError(f"the arm: it goes from {root!r} to {tip!r}; the URDF's links are {', '.join(links)}.")
    chain = _chain(above, root, tip)
    turning = [joint for joint in chain if joint.get("type") != "fixed"]
    softer = {joint.name: joint for joint in limits}
    unknown = set(softer) - {joint.get("name", "") for joint in turning}
    if unknown or not turning:
        raise sm.ConfigError(
            f"the arm: there are limits of {sorted(unknown)}, which are no joints from {root} to {tip}."
        )
    X_PF, places = _placed(root, chain)
    slides = [above[link] for link in links if link in above and above[link].get("name") in fingers]
    if len(slides) != len(fingers):
        raise sm.ConfigError(f"the arm: its fingers are {list(fingers)}; these are no joints of the URDF.")
    _hang_on(places, links, above)
    return ArmModel(
        urdf=urdf,
        root=root,
        tip=tip,
        joints=tuple(softer.get(joint.get("name", ""), _limits(joint)) for joint in turning),
        X_PF=X_PF,
        places=places,
        fingers=tuple(_finger(joint, places) for joint in slides),
        width_max_m=float(sum(_number(joint.find("limit"), "upper", 0.0) for joint in slides)),
    )


def _parsed(urdf: str) -> ET.Element:
    try:
        robot = ET.fromstring(urdf)
    except ET.ParseError as error:
        raise sm.ConfigError(f"the arm: the URDF cannot be read ({error}); give the text of one robot.") from None
    if robot.tag != "robot":
        raise sm.ConfigError(f"the arm: the URDF's outermost element is <{robot.tag}>; it must be <robot>.")
    return robot


def _chain(above: Mapping[str, ET.Element], root: str, tip: str) -> list[ET.Element]:
    """Return the joints from the root to the tip."""
    chain, link = [], tip
    while link != root:
        if link not in above or len(chain) > len(above):
            raise sm.ConfigError(f"the arm: no joints lead from the link {root!r} to {tip!r}.")
        joint = above[link]
        if joint.get("type") not in ("fixed", "revolute", "continuous"):
            raise sm.ConfigError(
                f"the arm: its joint {joint.get('name')!r} is {joint.get('type')}; between {root} and {tip} only "
                f"fixed and turning joints can be planned for."
            )
        chain.append(joint)
        link = _end(joint, "parent")
    return chain[::-1]


def _placed(root: str, chain: Sequence[ET.Element]) -> tuple[np.ndarray, dict[str, Place]]:
    """Return the frames of the turning joints, each in the one before, and where the links of the chain are."""
    frames: list[np.ndarray] = []
    X_FL = np.eye(4)  # of the link at hand, in the last frame
    places = {root: Place(0, X_FL)}
    for joint in chain:
        X_FL = X_FL @ _origin(joint)
        if joint.get("type") != "fixed":
            X_JF = _turned_to(_axis(joint))
            frames.append((X_FL @ X_JF)[:3])
            X_FL = sm.inverse(X_JF)
        places[_end(joint, "child")] = Place(len(frames), X_FL)
    return np.ascontiguousarray(frames), places


def _hang_on(places: dict[str, Place], links: Sequence[str], above: Mapping[str, ET.Element]) -> None:
    """Add the links that are fixed to those which are placed already."""
    pending = True
    while pending:
        pending = False
        for link in links:
            joint = above.get(link)
            if link in places or joint is None or joint.get("type") != "fixed" or _end(joint, "parent") not in places:
                continue
            parent = places[_end(joint, "parent")]
            places[link] = Place(parent.frame, parent.X_FL @ _origin(joint))
            pending = True


def _finger(joint: ET.Element, places: Mapping[str, Place]) -> Finger:
    parent = places.get(_end(joint, "parent"))
    if parent is None or joint.get("type") != "prismatic":
        raise sm.ConfigError(f"the arm: {joint.get('name')!r} is no finger; a finger slides on a link of the arm.")
    X_FL = parent.X_FL @ _origin(joint)
    return Finger(_end(joint, "child"), Place(parent.frame, X_FL), X_FL[:3, :3] @ _axis(joint))


def _limits(joint: ET.Element) -> Joint:
    limit = joint.find("limit")
    turns = joint.get("type") == "continuous"
    return Joint(
        joint.get("name", ""),
        -math.pi if turns else _number(limit, "lower", -math.pi),
        math.pi if turns else _number(limit, "upper", math.pi),
        _number(limit, "velocity", 1.0),
    )


def _at(frames: np.ndarray, place: Place) -> Pose:
    X = np.eye(4)
    X[:3] = frames[place.frame] @ place.X_FL
    return X


def _end(joint: ET.Element, which: str) -> str:
    element = joint.find(which)
    return "" if element is None else element.get("link", "")


def _axis(joint: ET.Element) -> np.ndarray:
    """Return the unit axis of a joint in its own frame."""
    element = joint.find("axis")
    axis = np.array(_numbers("1 0 0" if element is None else element.get("xyz", "1 0 0")))
    length = float(np.linalg.norm(axis))
    if not length > 0:
        raise sm.ConfigError(f"the arm: the axis of joint {joint.get('name')!r} is {axis.tolist()}; it has no way.")
    return axis / length


def _turned_to(axis: np.ndarray) -> Pose:
    """Return a frame whose z is the axis; no turn where it is already."""
    X = np.eye(4)
    if axis[2] < 1 - 1e-12:
        aside = np.eye(3)[int(np.argmin(np.abs(axis)))]
        x = np.cross(aside, axis)
        x /= np.linalg.norm(x)
        X[:3, 0], X[:3, 1], X[:3, 2] = x, np.cross(axis, x), axis
    return X


def _origin(joint: ET.Element) -> Pose:
    element = joint.find("origin")
    xyz, rpy = ("0 0 0", "0 0 0") if element is None else (element.get("xyz", "0 0 0"), element.get("rpy", "0 0 0"))
    (cr, cp, cy), (sr, sp, sy) = np.cos(_numbers(rpy)), np.sin(_numbers(rpy))
    X = np.eye(4)
    X[0, :3] = cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr
    X[1, :3] = sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr
    X[2, :3] = -sp, cp * sr, cp * cr
    X[:3, 3] = _numbers(xyz)
    return X


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(word) for word in text.split()]
    except ValueError:
        numbers = []
    if len(numbers) != 3 or not all(map(math.isfinite, numbers)):
        raise sm.ConfigError(f"the arm: the URDF says {text!r} where three numbers are needed.")
    return numbers


def _number(element: ET.Element | None, name: str, otherwise: float) -> float:
    text = None if element is None else element.get(name)
    try:
        return otherwise if text is None else float(text)
    except ValueError:
        raise sm.ConfigError(f"the arm: the URDF says {name}={text!r} where a number is needed.") from None
