"""What every simulated robot has in common: one multibody in a world that is commanded and asked as a `Robot`."""

from __future__ import annotations

import abc
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float64

from sim import bullet
from sim.poses import compose, from_bullet, to_bullet, yaw_of, yaw_pose
from sim.robots import urdf
from sim.robots.arm import GlidingArm, MotorArm
from sim.robots.command import ArmJoint, Gripper, checked_joints, checked_velocity, checked_width
from sim.robots.driving import DrivingBase, Wheels
from sim.robots.gliding import GlidingBase
from sim.worlds.built.world import Body, World
from sim.worlds.shapes import Shape
from spatialmem import ConfigError, InputError, ManualClock, RgbdFrame, RobotState

__all__ = ["SimRobot"]

Pose = Float64[np.ndarray, "4 4"]


class SimRobot(abc.ABC):
    """A robot in a simulated world; it is a `spatialmem.Robot`. A subclass says what it is made of.

    In mode "physical" its motors drive it through the physics: call `advance` before each step of the world. In mode
    "fast" its base and joints move kinematically: call `advance` once per tick. What it reports is true, unless
    `report` is set to a function that adds the errors of odometry. Parts of one robot do not collide with each other.
    """

    linear_max_m_s: ClassVar[float] = 1.0
    """Faster commands are clipped."""
    angular_max_rad_s: ClassVar[float] = 1.5
    """Faster commands are clipped."""
    footprint_m: ClassVar[tuple[float, float]]
    """Length and width, arm stowed."""
    radius_m: ClassVar[float]
    """Of the disc round B that the footprint lies in."""
    pass_m: ClassVar[float]
    """So much room to both sides is enough to drive along."""
    turn_m: ClassVar[float]
    """So much room round B is enough to turn on the spot."""
    X_BC: Pose
    """Where the camera is; C is its optical frame. Of a class: where it is as long as nobody turns it."""
    X_BR: ClassVar[Pose]
    """Where the URDF's root link is."""
    wheels: ClassVar[Wheels]
    arm: ClassVar[tuple[ArmJoint, ...]] = ()
    head: ClassVar[tuple[ArmJoint, ...]] = ()
    """The joints that turn the camera: pan, to the left, and tilt, down."""
    head_p_B: ClassVar[tuple[float, float, float]] = (0.0, 0.0, 0.0)
    """Where the axis of the pan is, at the height of the lens."""
    own_boxes: ClassVar[tuple[tuple[str, Shape], ...]] = ()
    """In B, what an arm must not touch: boxes, upright, by name."""
    gripper: ClassVar[Gripper | None] = None

    def __init__(
        self,
        world: World,
        X_WB: Pose,
        *,
        mode: Literal["physical", "fast"] = "physical",
        clock: ManualClock,
        world_name: str | None = None,
        name: str = "robot",
    ):
        """Build the robot and stand it at X_WB, upright on the floor, arm stowed.

        world_name: the `world` of its states, by default the name of the world's home. name: of its body in the world,
        and the `source` of its states. Raises ConfigError for an unknown mode, InputError for a pose that is not
        upright on the floor.
        """
        if mode not in ("physical", "fast"):
            raise ConfigError(f"a robot's mode is {mode!r}; it is physical or fast.")
        X_WB = _upright(X_WB)
        self.name, self.mode = name, mode
        self.camera: Callable[[], RgbdFrame] | None = None
        self.report: Callable[[RobotState], RobotState] | None = None
        self._clock, self._client, self._p = clock, world.client, bullet.api()
        self._world_name = world.home.name if world_name is None else world_name
        self._speeds = (0.0, 0.0)
        self._body = urdf.load(world.client, self.parts(), fixed_base=mode == "fast")
        self.unique_ids = (self._body,)
        joints, links = self._names()
        self._grip_link = links[self.gripper.link] if self.gripper else -1
        X_BM = compose(self.X_BR, self._X_RM())
        p_WM, q_WM = to_bullet(compose(X_WB, X_BM))
        self._p.resetBasePositionAndOrientation(self._body, p_WM, q_WM, physicsClientId=world.client)
        self._base: DrivingBase | GlidingBase
        if mode == "physical":
            self._base = DrivingBase(world.client, self._body, X_BM, joints, self.wheels)
        else:
            self._base = GlidingBase(world, self._body, X_BM, X_WB, radius_m=self.radius_m)
        kind = MotorArm if mode == "physical" else GlidingArm
        self._arm = kind(world.client, self._body, joints, (*self.arm, *self.head), self.gripper)
        world.adopt(Body(name=name, label="robot", unique_id=self._body, kind="robot", links={}))

    @classmethod
    @abc.abstractmethod
    def parts(cls) -> Sequence[ET.Element]:
        """Return what the robot is made of, for `urdf.load`."""

    @classmethod
    def urdf_text(cls) -> str:
        """Return the robot as one URDF; its root link is at X_BR."""
        return urdf.text(cls.parts())

    def command(
        self,
        *,
        base_velocity_B: tuple[float, float, float] | None = None,
        joint_positions_rad: dict[str, float] | None = None,
        gripper_width_m: float | None = None,
    ) -> None:
        """Set new targets; None leaves one as it is, and so does a refused command all of them.

        base_velocity_B: forward m/s, left m/s (must be 0: wheels cannot), turn rad/s, until the next command; it is
        clipped to `linear_max_m_s` and `angular_max_rad_s`. joint_positions_rad: some or all of the arm's joints and
        the camera head's, by name. gripper_width_m: between the fingers. Raises InputError for what is no number, out
        of range, or of a part that the robot does not have.
        """
        speeds, joints, width = self._speeds, None, None
        if base_velocity_B is not None:
            speeds = checked_velocity(base_velocity_B, self.linear_max_m_s, self.angular_max_rad_s)
        if joint_positions_rad is not None:
            joints = checked_joints(joint_positions_rad, {joint.name: joint for joint in (*self.arm, *self.head)})
        if gripper_width_m is not None:
            width = checked_width(gripper_width_m, self.gripper)
        self._speeds = speeds
        if joints is not None:
            self._arm.aim(joints)
        if width is not None:
            self._arm.open_to(width)

    def state(self) -> RobotState:
        """Return where it believes it is now: base, arm and gripper."""
        return self.true_state() if self.report is None else self.report(self.true_state())

    def true_state(self) -> RobotState:
        """Return where it truly is now."""
        linear, angular = self._base.twist_B()
        now_ns = self._clock.now_ns()
        return RobotState(
            source=self.name,
            stamp_ns=now_ns,
            received_ns=now_ns,
            world=self._world_name,
            X_WB=self._base.X_WB(),
            linear_velocity_B_m_s=linear,
            angular_velocity_B_rad_s=angular,
            joint_positions_rad=self._arm.positions_rad(),
            X_WG=self._X_WG(),
            gripper_width_m=self._arm.width_m(),
        )

    def frame(self) -> RgbdFrame:
        """Return what its camera sees now. Raises InputError where nobody has set `camera`."""
        if self.camera is None:
            raise InputError("this robot has no eyes yet: set robot.camera to a function that returns an RgbdFrame.")
        return self.camera()

    def advance(self, step_s: float) -> None:
        """Let it act for a span of time [s]: before each step of the physics, or once per tick in the fast mode."""
        self._base.advance(step_s, *self._speeds)
        self._arm.advance(step_s)

    def X_WB(self) -> Pose:
        """Return where its base truly is."""
        return self._base.X_WB()

    def X_WC(self) -> Pose:
        """Return where its camera truly is."""
        return compose(self._base.X_WB(), self.X_BC)

    def holding_W(self) -> Float64[np.ndarray, "3"] | None:
        """Return where its fingers are held apart by something [m], as it feels itself; None where they are not."""
        X_WG = self._X_WG() if self._arm.is_holding else None
        return None if X_WG is None else X_WG[:3, 3]

    def head_rad(self) -> tuple[float, ...]:
        """Return how the camera head is turned now: pan and tilt."""
        positions = self._arm.positions_rad()
        return tuple(positions[joint.name] for joint in self.head)

    @property
    def blocked_count(self) -> int:
        """In how many ticks the base stood because something was in the way; 0 in the physical mode."""
        return self._base.blocked_count

    def _names(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the number of every joint by its name, and by its link's name."""
        count = self._p.getNumJoints(self._body, physicsClientId=self._client)
        infos = [self._p.getJointInfo(self._body, index, physicsClientId=self._client) for index in range(count)]
        return {info[1].decode(): info[0] for info in infos}, {info[12].decode(): info[0] for info in infos}

    def _X_RM(self) -> Pose:
        """Return where the root link's centre of mass is in it."""
        info = self._p.getDynamicsInfo(self._body, -1, physicsClientId=self._client)
        return from_bullet(info[3], info[4])

    def _X_WG(self) -> Pose | None:
        """Return where the gripper is; None without one."""
        if self.gripper is None:
            return None
        link = self._p.getLinkState(
            self._body, self._grip_link, computeForwardKinematics=True, physicsClientId=self._client
        )
        return from_bullet(link[4], link[5])


def _upright(X_WB: Pose) -> Pose:
    """Return X_WB with exactly level axes. Raises InputError where it is not upright on the floor."""
    if X_WB.shape != (4, 4):
        raise InputError(f"X_WB has the shape {X_WB.shape}; a pose is a 4x4 matrix.")
    level = yaw_pose(float(X_WB[0, 3]), float(X_WB[1, 3]), yaw_of(X_WB))
    if not np.abs(level - X_WB).max() < 1e-6:  # NaN is not either
        raise InputError(
            f"a robot starts upright on the floor, but X_WB is {X_WB.round(4).tolist()}; "
            f"give a pose that is only turned about z, with z = 0."
        )
    return level
