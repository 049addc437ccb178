"""Makes PyBullet bodies of a `Model`: contact and looks of its parts, doors on hinges, friction, mass.

PyBullet gives the pose of a body's centre of mass, frame I; ours is frame K of the model. X_KI is kept beside the
body. A leaf's frame L is at its hinge, with K's axes when the leaf is closed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Float64

from sim import bullet
from sim.poses import rpy_pose, to_bullet, yaw_pose
from sim.worlds.shapes import Leaf, Model, Shape
from spatialmem import ConfigError

__all__ = ["Body", "Builder", "Hinge", "Kind", "Part", "closed_X_KL"]

Kind = Literal["room", "door", "furniture", "thing", "person", "robot"]
Pose = Float64[np.ndarray, "4 4"]

Link = tuple[tuple[Shape, ...], tuple[Shape, ...], Leaf | None]
"""Contact shapes, looks, and the leaf; no leaf for a link that is fixed to the base."""

SHAPES_MAX = 16
"""So many shapes PyBullet takes for one link; more make it write past an array."""
HINGE_TORQUE_NM = 1.0
"""What a door's hinge holds against; so a door stays where it is and can still be pushed."""
LEAF_KG_PER_M3 = 250.0
ROLLING = 0.002
"""Rolling and spinning friction: balls and lying bottles come to rest."""


@dataclass(frozen=True, slots=True)
class Body:
    """One body of the world."""

    name: str
    label: str
    unique_id: int
    """PyBullet's."""
    kind: Kind
    links: dict[str, int] = field(default_factory=dict)
    """The index of the link of each leaf, by the leaf's name."""


@dataclass(frozen=True, slots=True)
class Hinge:
    """A leaf of a body. How far it is open is never negative, whichever way it turns; 0 is closed."""

    body: str
    leaf: Leaf
    link: int

    @property
    def sign(self) -> float:
        """+1 where it opens turning left, -1 where it opens turning right."""
        return turn_sign(self.leaf)

    @property
    def high_rad(self) -> float:
        """How far it can be open."""
        return open_max_rad(self.leaf)


@dataclass(frozen=True, slots=True)
class Part:
    """What a body of the home is made of, and where its frames are."""

    model: Model
    X_WK: Pose
    """Where it was built; of what stands still, where it is."""
    X_KI: Pose
    looks: tuple[Shape, ...]
    """What its base looks like, in K; the contact shapes are those of the model."""


def closed_X_KL(leaf: Leaf) -> Pose:
    """Return the pose of a leaf's hinge frame when it is closed."""
    x, y, z = leaf.hinge_m
    return yaw_pose(x, y, 0.0, z)


class Builder:
    """Makes bodies in one physics server. What is made of the same model shares its shapes."""

    def __init__(self, client: int):
        self._bullet: Any = bullet.api()
        self._client = client
        self._shapes: dict[tuple[tuple[Shape, ...], bool], int] = {}

    def fixed(self, model: Model, X_WK: Pose, *, looks: tuple[Shape, ...] | None = None) -> tuple[int, Part, list[int]]:
        """Build what stands still, with its leaves. Returns its unique id, its parts, and the link of each leaf."""
        looks = model.shapes if looks is None else looks
        groups = [model.shapes[i : i + SHAPES_MAX] for i in range(0, len(model.shapes), SHAPES_MAX)] or [()]
        looked = [looks[i : i + SHAPES_MAX] for i in range(0, len(looks), SHAPES_MAX)] or [()]
        count = max(len(groups), len(looked))
        groups += [()] * (count - len(groups))
        looked += [()] * (count - len(looked))
        more: list[Link] = [(contact, look, None) for contact, look in zip(groups[1:], looked[1:], strict=True)]
        links = [*more, *((leaf.shapes, leaf.shapes, leaf) for leaf in model.leaves)]
        p_WK, q_WK = to_bullet(X_WK)
        unique_id = self._bullet.createMultiBody(
            baseMass=0.0,
            baseCollisionShapeIndex=self._contact(groups[0]),
            baseVisualShapeIndex=self._look(looked[0]),
            basePosition=p_WK,
            baseOrientation=q_WK,
            physicsClientId=self._client,
            **self._links(links),
        )
        self._surface(unique_id, [-1, *range(len(links))], model.friction)
        indices = list(range(len(more), len(links)))
        for link, leaf in zip(indices, model.leaves, strict=True):
            self._hang(unique_id, link, leaf)
        return unique_id, Part(model, X_WK, np.eye(4), looks), indices

    def movable(self, name: str, model: Model, X_WK: Pose, center_K: tuple[float, float, float]) -> tuple[int, Part]:
        """Build a thing that can be moved; center_K is its centre of mass. Returns its unique id and its parts."""
        if model.mass_kg <= 0 or len(model.shapes) > SHAPES_MAX or model.leaves:
            raise ConfigError(
                f"'{name}' cannot be a movable thing: it has {model.mass_kg} kg, {len(model.shapes)} shapes and "
                f"{len(model.leaves)} leaves; it needs a mass, at most {SHAPES_MAX} shapes and no leaf."
            )
        p_WK, q_WK = to_bullet(X_WK)
        unique_id = self._bullet.createMultiBody(
            baseMass=model.mass_kg,
            baseCollisionShapeIndex=self._contact(model.shapes),
            baseVisualShapeIndex=self._look(model.shapes),
            basePosition=p_WK,
            baseOrientation=q_WK,
            baseInertialFramePosition=center_K,
            flags=self._bullet.URDF_ENABLE_SLEEPING,
            physicsClientId=self._client,
        )
        self._surface(unique_id, [-1], model.friction)
        return unique_id, Part(model, X_WK, yaw_pose(center_K[0], center_K[1], 0.0, center_K[2]), model.shapes)

    def _surface(self, unique_id: int, links: list[int], friction: float) -> None:
        """Set how the surfaces of some links rub."""
        for link in links:
            self._bullet.changeDynamics(
                unique_id,
                link,
                lateralFriction=friction,
                rollingFriction=ROLLING,
                spinningFriction=ROLLING,
                restitution=0.0,
                physicsClientId=self._client,
            )

    def _hang(self, unique_id: int, link: int, leaf: Leaf) -> None:
        """Give a leaf its limits, its inertia about the hinge, and a hinge that does not turn by itself."""
        bullet_, client = self._bullet, self._client
        mass = _leaf_mass(leaf)
        reach = max(
            abs(c) + s / 2 for shape in leaf.shapes for c, s in zip(shape.center_m[:2], shape.size_m, strict=False)
        )
        inertia = mass * reach * reach / 3
        bullet_.changeDynamics(
            unique_id,
            link,
            jointLowerLimit=0.0,
            jointUpperLimit=open_max_rad(leaf),
            localInertiaDiagonal=(inertia, inertia, inertia),
            physicsClientId=client,
        )
        bullet_.setJointMotorControl2(
            unique_id,
            link,
            bullet_.VELOCITY_CONTROL,
            targetVelocity=0.0,
            force=HINGE_TORQUE_NM,
            physicsClientId=client,
        )

    def _links(self, links: list[Link]) -> dict[str, Any]:
        """Return the arguments of createMultiBody for links on the base: fixed, or turning as a leaf."""
        if not links:
            return {}
        leaves = [leaf for _, _, leaf in links]
        still = (0.0, 0.0, 0.0, 1.0)
        axis = [(0.0, 0.0, 1.0) if leaf is None else (0.0, 0.0, turn_sign(leaf)) for leaf in leaves]
        return {
            "linkMasses": [0.0 if leaf is None else _leaf_mass(leaf) for leaf in leaves],
            "linkCollisionShapeIndices": [self._contact(contact) for contact, _, _ in links],
            "linkVisualShapeIndices": [self._look(look) for _, look, _ in links],
            "linkPositions": [(0.0, 0.0, 0.0) if leaf is None else leaf.hinge_m for leaf in leaves],
            "linkOrientations": [still] * len(links),
            "linkInertialFramePositions": [(0.0, 0.0, 0.0)] * len(links),
            "linkInertialFrameOrientations": [still] * len(links),
            "linkParentIndices": [0] * len(links),
            "linkJointTypes": [
                self._bullet.JOINT_FIXED if leaf is None else self._bullet.JOINT_REVOLUTE for leaf in leaves
            ],
            "linkJointAxis": axis,
        }

    def _contact(self, shapes: tuple[Shape, ...]) -> int:
        """Return the collision shape of some shapes."""
        return self._made(shapes, contact=True)

    def _look(self, shapes: tuple[Shape, ...]) -> int:
        """Return the visual shape of some shapes."""
        return self._made(shapes, contact=False)

    def _made(self, shapes: tuple[Shape, ...], *, contact: bool) -> int:
        """Return PyBullet's index of a compound of shapes, made at the first call; -1 where there are none."""
        if not shapes:
            return -1
        key = (shapes, contact)
        if key not in self._shapes:
            made = self._compound(shapes, contact=contact)
            if made < 0:
                files = sorted({s.mesh for s in shapes if s.kind == "mesh"})
                raise ConfigError(f"PyBullet cannot make a shape of {files or shapes}; is the file there and whole?")
            self._shapes[key] = made
        return self._shapes[key]

    def _compound(self, shapes: tuple[Shape, ...], *, contact: bool) -> int:
        """Hand shapes to PyBullet."""
        b = self._bullet
        kinds = {"box": b.GEOM_BOX, "cylinder": b.GEOM_CYLINDER, "sphere": b.GEOM_SPHERE, "mesh": b.GEOM_MESH}
        poses = [to_bullet(rpy_pose(shape.center_m, shape.rpy_rad)) for shape in shapes]
        arguments: dict[str, Any] = {
            "shapeTypes": [kinds[shape.kind] for shape in shapes],
            "halfExtents": [tuple(s / 2 for s in _box_size(shape)) for shape in shapes],
            "radii": [shape.size_m[0] if shape.kind in ("cylinder", "sphere") else 1.0 for shape in shapes],
            "lengths": [shape.size_m[1] if shape.kind == "cylinder" else 1.0 for shape in shapes],
            "fileNames": [_file(shape, contact=contact) for shape in shapes],
            "meshScales": [shape.size_m if shape.kind == "mesh" else (1.0, 1.0, 1.0) for shape in shapes],
            "physicsClientId": self._client,
        }
        name = "collision" if contact else "visual"
        arguments[f"{name}FramePositions"] = [position for position, _ in poses]
        arguments[f"{name}FrameOrientations"] = [quaternion for _, quaternion in poses]
        if contact:
            return b.createCollisionShapeArray(**arguments)
        arguments["rgbaColors"] = [(*(c / 255 for c in shape.color), 1.0) for shape in shapes]
        return b.createVisualShapeArray(**arguments)


def _box_size(shape: Shape) -> tuple[float, ...]:
    """Return the size of a box; of other shapes, one that is not used."""
    return shape.size_m if shape.kind == "box" else (1.0, 1.0, 1.0)


def _file(shape: Shape, *, contact: bool) -> str:
    """Return the file of a mesh, in full; "" for other shapes."""
    if shape.kind != "mesh":
        return ""
    return str(bullet.data_path() / (shape.mesh_collision or shape.mesh if contact else shape.mesh))


def turn_sign(leaf: Leaf) -> float:
    """Return -1 for a leaf that opens turning right, else 1."""
    return -1.0 if -leaf.low_rad > leaf.high_rad else 1.0


def open_max_rad(leaf: Leaf) -> float:
    """Return how far a leaf can be open, whichever way it turns."""
    return max(leaf.high_rad, -leaf.low_rad)


def _leaf_mass(leaf: Leaf) -> float:
    """Return a believable mass [kg] from the volume of the leaf's boxes."""
    volume = sum(float(np.prod(shape.size_m)) for shape in leaf.shapes if shape.kind == "box")
    return max(volume * LEAF_KG_PER_M3, 0.5)
