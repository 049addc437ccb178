"""A home in PyBullet: builds its bodies, moves them, opens its doors, and steps the physics.

Bodies are built in one order: floor, walls, doors, furniture, things, each as the home lists them; so the same home
gives the same physics to the bit. Poses are of frame K, as in the Home, never of PyBullet's centre of mass.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from sim import bullet
from sim.poses import compose, from_bullet, pose, position_quaternion, to_bullet, yaw_pose
from sim.worlds.built.assembly import PlacedSupport, assemble
from sim.worlds.built.bodies import Body, Hinge, Part, closed_X_KL
from sim.worlds.home import Home
from sim.worlds.shapes import Model, Shape
from spatialmem import ConfigError, InputError, inverse

__all__ = ["Body", "PlacedSupport", "World", "settled"]

Pose = Float64[np.ndarray, "4 4"]

GRAVITY = -9.81
CELLAR_M = 50.0
"""So far below the floor things wait that are taken out of the world."""


class World:
    """The bodies of one home in a physics server of their own. Not thread-safe."""

    STEP_S = 1.0 / 240.0

    def __init__(self, home: Home, *, gui: bool = False):
        """Build the home and let its things come to rest; what went wrong with that is in `trouble`.

        Raises BulletMissing, ConfigError for a home that cannot be built, InputError where no window opens.
        """
        self.home = home
        self.client = bullet.connect(gui=gui)
        self.bodies: dict[str, Body] = {}
        self.absent: set[str] = set()
        self.hinges: dict[str, tuple[float, float]] = {}
        """How far each leaf can be open [rad], (0, most), by BODY/LEAF."""
        self.supports: dict[str, PlacedSupport] = {}
        self.revision = 0
        """Counts every change, so that whoever keeps geometry knows when to look again."""
        self.trouble: list[str] = []
        """What is wrong with the home as it settled; empty if it is sound."""
        self._bullet = bullet.api()
        self._by_id: dict[int, Body] = {}
        self._parts: dict[str, Part] = {}
        self._hinge: dict[str, Hinge] = {}
        self._adopted_X_KI: dict[str, Pose] = {}
        try:
            with bullet.quiet():
                self._build()
            self.trouble = _settle(self)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop the physics server. May be called again."""
        if self.client >= 0:
            self._bullet.disconnect(physicsClientId=self.client)
        self.client = -1

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Bodies

    def body_of(self, unique_id: int) -> Body | None:
        """Return the body with PyBullet's id; None where the world does not know it."""
        return self._by_id.get(unique_id)

    def adopt(self, body: Body) -> None:
        """Take in a body that was made elsewhere: a robot's or a person's. Its frame K is that of its base link."""
        self._add(body)
        info = self._bullet.getDynamicsInfo(body.unique_id, -1, physicsClientId=self.client)
        self._adopted_X_KI[body.name] = from_bullet(info[3], info[4])
        self.revision += 1

    def model(self, name: str) -> Model:
        """Return what a body of the home is made of. Raises InputError for adopted bodies and unknown names."""
        self._body(name)
        if name not in self._parts:
            raise InputError(f"'{name}' is not of the home: what it is made of only PyBullet knows.")
        return self._parts[name].model

    def geometry(self, name: str) -> dict[int, tuple[Shape, ...]]:
        """Return what a body of the home looks like: the shapes of each link in the link's frame, the base as -1."""
        model = self.model(name)
        links = self.bodies[name].links
        return {-1: self._parts[name].looks, **{links[leaf.name]: leaf.shapes for leaf in model.leaves}}

    # Where they are

    def X_WK(self, name: str) -> Pose:
        """Return where a body is. Raises InputError for an unknown name, or a thing out of the world."""
        body = self._body(name)
        if name in self.absent:
            raise InputError(f"'{name}' is out of the world; restore() it to a pose first.")
        if name in self._parts and body.kind != "thing":
            return self._parts[name].X_WK.copy()
        X_KI = self._adopted_X_KI[name] if name not in self._parts else self._parts[name].X_KI
        X_WI = from_bullet(*self._bullet.getBasePositionAndOrientation(body.unique_id, physicsClientId=self.client))
        return compose(X_WI, inverse(X_KI))

    def link_poses(self, name: str) -> dict[int, Pose]:
        """Return X_WL of the base (-1) and each leaf of a body of the home."""
        X_WK = self.X_WK(name)
        poses = {-1: X_WK}
        for leaf in self.model(name).leaves:
            hinge = self._hinge[f"{name}/{leaf.name}"]
            X_LH = yaw_pose(0.0, 0.0, hinge.sign * self.hinge_rad(f"{name}/{leaf.name}"))
            poses[hinge.link] = compose(compose(X_WK, closed_X_KL(leaf)), X_LH)
        return poses

    def place(self, name: str, X_WK: Pose) -> None:
        """Put a thing somewhere, at rest. What lay against it wakes. Raises InputError if it cannot be moved."""
        body = self._thing(name)
        if name in self.absent:
            raise InputError(f"'{name}' is out of the world; restore() it instead.")
        self._wake_near(body)
        self._put(body, X_WK)
        self._wake_near(body)
        self.revision += 1

    def remove(self, name: str) -> None:
        """Take a thing out of the world: nothing sees or touches it until restore()."""
        body = self._thing(name)
        if name in self.absent:
            raise InputError(f"'{name}' is already out of the world.")
        self._wake_near(body)
        self._bullet.setCollisionFilterGroupMask(body.unique_id, -1, 0, 0, physicsClientId=self.client)
        self.absent.add(name)
        self._park(body)
        self.revision += 1

    def restore(self, name: str, X_WK: Pose) -> None:
        """Bring a thing back into the world, at rest."""
        body = self._thing(name)
        if name not in self.absent:
            raise InputError(f"'{name}' is in the world; place() moves it.")
        self.absent.discard(name)
        self._bullet.setCollisionFilterGroupMask(body.unique_id, -1, 1, -1, physicsClientId=self.client)
        self._put(body, X_WK)
        self._wake_near(body)
        self.revision += 1

    def wake(self, name: str) -> None:
        """Let physics look at a thing again. One at rest sleeps until something that moves touches it."""
        b, body = self._bullet, self._thing(name)
        b.changeDynamics(body.unique_id, -1, activationState=b.ACTIVATION_STATE_WAKE_UP, physicsClientId=self.client)

    # Doors

    def hinge_rad(self, name: str) -> float:
        """Return how far a leaf is open: BODY/LEAF, such as fridge-1/door or door-1/leaf. 0 is closed."""
        hinge = self._hinge_of(name)
        body = self.bodies[hinge.body].unique_id
        return float(self._bullet.getJointState(body, hinge.link, physicsClientId=self.client)[0])

    def set_hinge(self, name: str, angle_rad: float) -> None:
        """Turn a leaf, at once and without pushing. Raises InputError beyond its limits."""
        hinge = self._hinge_of(name)
        if not -1e-6 <= angle_rad <= hinge.high_rad + 1e-6:
            raise InputError(
                f"'{name}' cannot be open by {angle_rad:.3f} rad: from 0, closed, to {hinge.high_rad:.3f} is possible."
            )
        body = self.bodies[hinge.body]
        self._wake_near(body)
        angle_rad = min(max(angle_rad, 0.0), hinge.high_rad)
        self._bullet.resetJointState(body.unique_id, hinge.link, angle_rad, 0.0, physicsClientId=self.client)
        self._wake_near(body)
        self.revision += 1

    # Time

    def step(self, count: int = 1) -> None:
        """Let physics run for so many steps of STEP_S."""
        for _ in range(count):
            self._bullet.stepSimulation(physicsClientId=self.client)
        for name in sorted(self.absent):
            self._park(self.bodies[name])
        self.revision += 1

    @property
    def settled(self) -> Home:
        """The home as it is now: things where they rest, doors as they are open; without what is out of the world."""
        carried_by = _supports_of(self)
        things = tuple(
            replace(thing, support=carried_by[thing.name] or thing.support, p_WK=p_WK, q_WK=q_WK)
            for thing in self.home.things
            if thing.name not in self.absent
            for p_WK, q_WK in [position_quaternion(self.X_WK(thing.name))]
        )
        open_now = {name: min(max(self.hinge_rad(name), low), high) for name, (low, high) in self.hinges.items()}
        doorways = tuple(
            replace(doorway, angle_rad=open_now.get(f"{doorway.name}/leaf", doorway.angle_rad))
            for doorway in self.home.doorways
        )
        furniture = tuple(
            replace(piece, open_rad={leaf: open_now[f"{piece.name}/{leaf}"] for leaf in self.bodies[piece.name].links})
            for piece in self.home.furniture
        )
        return replace(self.home, doorways=doorways, furniture=furniture, things=things)

    # Building

    def _build(self) -> None:
        """Make every body, and open the doors as the home says."""
        b, client = self._bullet, self.client
        b.setGravity(0.0, 0.0, GRAVITY, physicsClientId=client)
        b.setTimeStep(self.STEP_S, physicsClientId=client)
        b.setPhysicsEngineParameter(deterministicOverlappingPairs=1, physicsClientId=client)
        for made in assemble(client, self.home):
            self._add(made.body, made.part)
            self.supports.update(made.supports)
            self._hinge.update(made.hinges)
            self.hinges.update({name: (0.0, hinge.high_rad) for name, hinge in made.hinges.items()})
            self._hang_clear(made.body)
            for name, angle in made.open_rad.items():
                self._set_open(name, angle)

    def _hang_clear(self, body: Body) -> None:
        """Let a body's leaves pass the floor and the walls: they hang clear of them, by less than contact is exact."""
        for link in body.links.values():
            for still in self.bodies.values():
                if still.kind == "room":
                    self._bullet.setCollisionFilterPair(
                        body.unique_id, still.unique_id, link, -1, 0, physicsClientId=self.client
                    )

    def _set_open(self, name: str, angle_rad: float) -> None:
        """Open a leaf as the home says. Raises ConfigError where that is not possible."""
        try:
            self.set_hinge(name, angle_rad)
        except InputError as error:
            raise ConfigError(f"the home opens a door as it cannot be: {error}") from error

    def _add(self, body: Body, part: Part | None = None) -> None:
        """Keep a body under its name."""
        if body.name in self.bodies:
            raise ConfigError(f"two bodies of this world are named '{body.name}'; give one of them another number.")
        self.bodies[body.name] = self._by_id[body.unique_id] = body
        if part is not None:
            self._parts[body.name] = part

    # Moving

    def _body(self, name: str) -> Body:
        """Return a body by its name."""
        if name not in self.bodies:
            raise InputError(f"there is no '{name}' in this world; it has {', '.join(sorted(self.bodies))}.")
        return self.bodies[name]

    def _thing(self, name: str) -> Body:
        """Return a thing by its name."""
        body = self._body(name)
        if body.kind != "thing":
            raise InputError(
                f"'{name}' is a {body.kind}, which stays where it is or moves itself; only things can be moved."
            )
        return body

    def _hinge_of(self, name: str) -> Hinge:
        """Return a hinge by its name."""
        if name not in self._hinge:
            raise InputError(f"there is no hinge '{name}'; this home has {', '.join(self._hinge) or 'none'}.")
        return self._hinge[name]

    def _put(self, body: Body, X_WK: Pose) -> None:
        """Teleport a thing and take its speed."""
        p_WI, q_WI = to_bullet(compose(X_WK, self._parts[body.name].X_KI))
        self._bullet.resetBasePositionAndOrientation(body.unique_id, p_WI, q_WI, physicsClientId=self.client)
        self._bullet.resetBaseVelocity(body.unique_id, (0, 0, 0), (0, 0, 0), physicsClientId=self.client)

    def _park(self, body: Body) -> None:
        """Hold a thing where nothing sees it."""
        order = list(self.bodies).index(body.name)
        self._put(body, pose((2.0 * order, 0.0, -CELLAR_M)))

    def _wake_near(self, body: Body) -> None:
        """Wake the things in and next to the bounds of a body: what they rest on may be gone."""
        for link in [-1, *body.links.values()]:
            low, high = self._bullet.getAABB(body.unique_id, link, physicsClientId=self.client)
            low, high = [c - 0.02 for c in low], [c + 0.02 for c in high]
            near = self._bullet.getOverlappingObjects(low, high, physicsClientId=self.client) or ()
            for unique_id in sorted({unique_id for unique_id, _ in near}):
                other = self._by_id.get(unique_id)
                if other is not None and other.kind == "thing":
                    self.wake(other.name)


# What settles and what rests is asked of a world, so those modules import this one.


def _settle(world: World) -> list[str]:
    """Let the things come to rest."""
    from sim.worlds.built.settle import settle

    return settle(world)


def _supports_of(world: World) -> dict[str, str]:
    """Return what carries each thing."""
    from sim.worlds.built.resting import supports_of

    return supports_of(world)


def settled(home: Home) -> Home:
    """Return a home with its things where physics lets them come to rest. Raises ConfigError where it is unsound."""
    with World(home) as world:
        if world.trouble:
            raise ConfigError(f"the home '{home.name}' does not stand: {'; '.join(world.trouble)}.")
        return world.settled
