"""The movable things: enough classes, sizes that are true, and every one stands stably as the catalogue has it."""

import numpy as np
import pytest

pytest.importorskip("pybullet")

from sim.worlds.built.solids import bounds, center_of_mass, triangles_of
from sim.worlds.kinds.catalogue import LABELS, MODELS, label_of
from sim.worlds.making.stock import BELONGS, ROOM_SHELVES
from spatialmem import ConfigError

FLOOR_M = 0.0015
"""What is nearer to the floor than this touches it."""


def test_there_are_classes_enough():
    assert len(LABELS) >= 20
    assert sum(key.startswith("random_") for key in MODELS) >= 15
    assert {label_of(key) for key in MODELS} == set(LABELS)
    assert [key for keys in LABELS.values() for key in keys if label_of(key) not in LABELS] == []
    assert all(label.isalpha() and label.islower() for label in LABELS)


def test_everything_belongs_somewhere():
    somewhere = {label for labels in (*BELONGS.values(), *ROOM_SHELVES.values()) for label in labels.split()}
    assert somewhere == set(LABELS)


@pytest.mark.parametrize("key", MODELS)
def test_its_extent_is_what_it_says(key):
    model = MODELS[key]
    assert 0.01 <= model.mass_kg <= 3.0
    assert not model.leaves
    assert 1 <= len(model.shapes) <= 16  # so many PyBullet takes for one body
    low, high = bounds(model.shapes, np.eye(4))
    length, width = model.footprint_m
    assert low == pytest.approx([-length / 2, -width / 2, 0.0], abs=0.004)
    assert high == pytest.approx([length / 2, width / 2, model.height_m], abs=0.004)


@pytest.mark.parametrize("key", [key for key in MODELS if MODELS[key].shapes[0].kind != "sphere"])
def test_it_stands_stably(key):
    """Its centre of mass is above the hull of what touches the floor, by 3 mm or more."""
    from scipy.spatial import ConvexHull

    model = MODELS[key]
    touching = [p[:2] for shape in model.shapes for p in triangles_of(shape)[0] if p[2] < FLOOR_M]
    center = np.array(center_of_mass(model.shapes)[:2])
    sides = ConvexHull(np.array(touching)).equations  # outward normals and offsets
    assert (sides[:, :2] @ center + sides[:, 2]).max() < -0.003


def test_an_unknown_model_is_refused_by_name():
    with pytest.raises(ConfigError, match="no thing is made like 'mugg'; there are apple, apple_green"):
        label_of("mugg")
