"""Homes: as data, by chance and from files, as bodies in PyBullet, and what is true of them.

home, shapes   a home as data: rooms, doorways, furniture, things; what solid things are made of
outlines       polygons on the floor
kinds/         furniture, doors and the catalogue of movable things: kind -> Model
making/        a seed -> Home
plans/         a YAML plan -> Home, and back
built/         a Home -> World: bodies in PyBullet, at rest
truth/         a World -> Truth: rooms, free floor, objects; and ways over the floor
"""

from __future__ import annotations

from sim.worlds.built.world import Body, PlacedSupport, World
from sim.worlds.home import Doorway, Furniture, Home, Room, Thing
from sim.worlds.kinds.catalogue import LABELS, MODELS, label_of
from sim.worlds.kinds.furniture import KINDS, model_of
from sim.worlds.making.generate import generate_home
from sim.worlds.plans.plan_file import load_home, save_home
from sim.worlds.shapes import Leaf, Model, Shape, Support
from sim.worlds.truth.floor_grid import FloorGrid, clearance_m, floor_grid
from sim.worlds.truth.route import RouteFinder
from sim.worlds.truth.truth import ObjectTruth, Truth, truth_of

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
