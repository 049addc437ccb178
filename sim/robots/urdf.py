"""Composes a robot's URDF from parts, and loads it as one multibody.

Parts are read from PyBullet's data or made of simple solids; they are `xml.etree` elements until they are loaded.
The text then lies in a temporary directory for as long as PyBullet reads it.
"""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from pathlib import Path

from sim import bullet
from sim.robots.command import ArmJoint
from sim.worlds.shapes import Shape

__all__ = ["fixed", "hinged", "link", "load", "paint", "read", "text", "turning"]

Vector = tuple[float, float, float]


def read(path: str, *, prefix: str = "", without: Iterable[str] = ()) -> ET.Element:
    """Return the robot of a URDF in PyBullet's data folder, its mesh paths made absolute.

    `prefix` is put before the name of every link and joint. The links `without`, and the joints that lead to or
    from them, are left out, and so are the contact settings: a robot's class sets its own.
    """
    file = bullet.data_path() / path
    robot = ET.parse(file).getroot()
    unwanted = set(without)
    for child in list(robot):
        names = {child.get("name")} | {end.get("link") for end in child if end.tag in ("parent", "child")}
        if child.tag not in ("link", "joint") or names & unwanted:
            robot.remove(child)
    for element in robot.iter():
        if element.tag == "mesh":
            element.set("filename", str(file.parent / element.get("filename", "").removeprefix("package://")))
        elif element.tag in ("link", "joint"):
            element.set("name", prefix + element.get("name", ""))
        elif element.tag in ("parent", "child"):
            element.set("link", prefix + element.get("link", ""))
    for part in robot.iter("link"):
        for contact in part.findall("contact"):
            part.remove(contact)
    return robot


def paint(robot: ET.Element, colors: dict[str, tuple[int, int, int]]) -> None:
    """Colour the named links (0-255); those that hang on the first by fixed joints become a part of it.

    PyBullet would give links without a mass 1 kg each, and they would cost time in every step. What they had to touch
    is dropped.
    """
    root, *rest = colors
    links = {part.get("name", ""): part for part in robot.iter("link")}
    for name, color in colors.items():
        for visual in links[name].findall("visual"):
            for material in visual.findall("material"):
                visual.remove(material)
            visual.append(_material(color))
    for joint in list(robot.findall("joint")):
        child = joint.find("child")
        name = "" if child is None else child.get("link", "")
        if joint.get("type") == "fixed" and name in rest:
            for visual in links[name].findall("visual"):
                visual.extend(joint.findall("origin"))
                links[root].append(visual)
            robot.remove(joint)
            robot.remove(links[name])


def link(name: str, mass_kg: float, shapes: Sequence[Shape], *, looks: Sequence[Shape] | None = None) -> ET.Element:
    """Return a link of boxes, cylinders and spheres; `looks` is what is seen of it, if it is not the same.

    Its mass is spread over the first shape: the centre of mass is there.
    """
    part = ET.Element("link", name=name)
    inertial = ET.SubElement(part, "inertial")
    ET.SubElement(inertial, "origin", xyz=_text(shapes[0].center_m), rpy="0 0 0")
    ET.SubElement(inertial, "mass", value=str(mass_kg))
    ET.SubElement(inertial, "inertia", ixx="1", ixy="0", ixz="0", iyy="1", iyz="0", izz="1")  # PyBullet finds its own
    for shape in shapes if looks is None else looks:
        _solid(ET.SubElement(part, "visual"), shape).append(_material(shape.color))
    for shape in shapes:
        _solid(ET.SubElement(part, "collision"), shape)
    return part


def fixed(parent: str, child: str, xyz_m: Vector, rpy_rad: Vector = (0.0, 0.0, 0.0)) -> ET.Element:
    """Return a joint that does not move."""
    return _joint(f"{child}_mount", "fixed", parent, child, xyz_m, rpy_rad)


def turning(name: str, parent: str, child: str, xyz_m: Vector, axis: Vector) -> ET.Element:
    """Return a joint that turns about an axis without end: a wheel's."""
    joint = _joint(name, "continuous", parent, child, xyz_m, (0.0, 0.0, 0.0))
    ET.SubElement(joint, "axis", xyz=_text(axis))
    return joint


def hinged(joint: ArmJoint, parent: str, child: str, xyz_m: Vector, axis: Vector) -> ET.Element:
    """Return a joint that turns about an axis within its limits."""
    made = _joint(joint.name, "revolute", parent, child, xyz_m, (0.0, 0.0, 0.0))
    ET.SubElement(made, "axis", xyz=_text(axis))
    limits = {
        "lower": joint.low_rad,
        "upper": joint.high_rad,
        "velocity": joint.speed_max_rad_s,
        "effort": joint.torque_max_n_m,
    }
    ET.SubElement(made, "limit", {name: str(value) for name, value in limits.items()})
    return made


def text(parts: Iterable[ET.Element]) -> str:
    """Return the URDF of one multibody made of the parts, whose first link is its root.

    Every part may be a link, a joint or a whole robot.
    """
    robot = ET.Element("robot", name="robot")
    for part in parts:
        robot.extend(list(part) if part.tag == "robot" else [part])
    return ET.tostring(robot, encoding="unicode")


def load(client: int, parts: Iterable[ET.Element], *, fixed_base: bool) -> int:
    """Load one multibody from the parts, as `text` has them, and return its id."""
    with tempfile.TemporaryDirectory() as folder, bullet.quiet():
        file = Path(folder) / "robot.urdf"
        file.write_text(text(parts), encoding="utf-8")
        p = bullet.api()
        return p.loadURDF(  # wheels that are round: else PyBullet makes prisms of 32 sides of them
            str(file), useFixedBase=fixed_base, flags=p.URDF_USE_IMPLICIT_CYLINDER, physicsClientId=client
        )


def _joint(name: str, kind: str, parent: str, child: str, xyz_m: Vector, rpy_rad: Vector) -> ET.Element:
    joint = ET.Element("joint", name=name, type=kind)
    ET.SubElement(joint, "parent", link=parent)
    ET.SubElement(joint, "child", link=child)
    ET.SubElement(joint, "origin", xyz=_text(xyz_m), rpy=_text(rpy_rad))
    return joint


def _solid(element: ET.Element, shape: Shape) -> ET.Element:
    """Write a shape's place and geometry into a visual or collision, and return it."""
    ET.SubElement(element, "origin", xyz=_text(shape.center_m), rpy=_text(shape.rpy_rad))
    geometry = ET.SubElement(element, "geometry")
    if shape.kind == "box":
        ET.SubElement(geometry, "box", size=_text(shape.size_m))
    elif shape.kind == "cylinder":
        radius, height = shape.size_m
        ET.SubElement(geometry, "cylinder", radius=str(radius), length=str(height))
    else:
        ET.SubElement(geometry, "sphere", radius=str(shape.size_m[0]))
    return element


def _material(color: tuple[int, int, int]) -> ET.Element:
    material = ET.Element("material", name="color-{:02x}{:02x}{:02x}".format(*color))
    ET.SubElement(material, "color", rgba=_text((*(round(c / 255, 4) for c in color), 1.0)))
    return material


def _text(numbers: Sequence[float]) -> str:
    return " ".join(str(float(number)) for number in numbers)
