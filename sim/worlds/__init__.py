"""Homes: as data, by chance and from files, and as bodies in PyBullet.

    home        rooms, doorways, furniture, things: where everything is at the start
    shapes      what solid things are made of
    furniture   kinds of furniture -> Model       (open_furniture, hollow_furniture, carpentry)
    catalogue   movable things -> Model, label    (mesh_things)
    doors       where a doorway's door hangs and how it turns
    generate    a seed -> Home                    (floor_plan, furnish, interiors, stock; outlines, drivable)
    plan_file   a YAML plan -> Home, and back     (plans/*.yaml)
    world       a Home as bodies in PyBullet      (bodies, walls, solids, settle, resting, meshes)
    truth       what is true of a World now       (floor_grid, footprints)
    route       ways over its free floor

Others import from here; `sim.worlds` knows nothing of robots, sensors and people.
"""

from __future__ import annotations

from sim.worlds.catalogue import LABELS, MODELS, label_of
from sim.worlds.floor_grid import FloorGrid, clearance_m, floor_grid
from sim.worlds.furniture import KINDS, model_of
from sim.worlds.generate import generate_home
from sim.worlds.home import Doorway, Furniture, Home, Room, Thing
from sim.worlds.plan_file import load_home, save_home
from sim.worlds.route import RouteFinder
from sim.worlds.shapes import Leaf, Model, Shape, Support
from sim.worlds.truth import ObjectTruth, Truth, truth_of
from sim.worlds.world import Body, PlacedSupport, World

__all__ = [
    "KINDS",
    "LABELS",
    "MODELS",
    "Body",
    "Doorway",
    "FloorGrid",
    "Furniture",
    "Home",
    "Leaf",
    "Model",
    "ObjectTruth",
    "PlacedSupport",
    "Room",
    "RouteFinder",
    "Shape",
    "Support",
    "Thing",
    "Truth",
    "World",
    "clearance_m",
    "floor_grid",
    "generate_home",
    "label_of",
    "load_home",
    "model_of",
    "save_home",
    "truth_of",
]
