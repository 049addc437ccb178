"""Points of objects against a picture: the kernel and its plain form give the same kinds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem.geometry import look_at
from spatialmem.kernels import looking
from spatialmem.kernels.warmup import warm_up


def random_look(seed: int):
    """A camera, steps and holes in its picture, and boxes with points in view and out of it, near and far."""
    warm_up()
    rng = np.random.default_rng(seed)
    width, height = (int(n) for n in rng.integers(20, 60, 2))
    depth = rng.integers(300, 5000) + 3 * np.arange(width) + rng.normal(0, 20, (height, width))
    depth[:, : int(rng.integers(0, width))] += rng.uniform(-900, 900)
    depth[: int(rng.integers(0, height))] -= rng.uniform(0, 900)
    depth[rng.random(depth.shape) < rng.choice([0.0, 0.1, 0.6])] = 0
    X_WC = look_at(rng.uniform(-3, 3, 3), rng.uniform(-3, 3, 3))
    camera = np.array([*X_WC[:3, :3].flat, *X_WC[:3, 3], 0.9 * width, 0.8 * width, width / 2 + 0.2, height / 2 - 0.3])
    root = rng.normal(0, 0.01, (6, 6)) * rng.choice([0.1, 0.5, 1.0])
    sensor = np.array([0.001, 0.2, 4.0, rng.choice([0.0, 3.0]), rng.choice([0.0, 1.0])])
    count = 40
    along = rng.uniform(-1, 6, (count, 1)) * X_WC[:3, 2] + rng.normal(0, 0.8, (count, 3))
    boxes = np.concatenate(
        [
            X_WC[:3, 3] + along,
            rng.uniform(0.02, 1.0, (count, 3)),
            rng.uniform(-0.8, 0.8, (count, 1)),
            rng.uniform(0, 0.03, (count, 1)),
            rng.choice([0.0, 2.0, 9.0], (count, 1)),
        ],
        axis=1,
    )
    points_mm = np.rint(1000 * rng.uniform(-0.5, 0.5, (count, 9, 3)) * boxes[:, None, 3:6]).astype(np.int16)
    counts = rng.integers(0, 10, count)
    return depth.clip(0, 65000).astype(np.uint16), camera, root @ root.T, sensor, boxes, points_mm, counts


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_equals_the_plain_form(seed):
    look = random_look(seed)
    kinds = np.full((len(look[4]), looking.KIND_COUNT), -1, np.int16)
    looking.look_through(0, len(kinds), *look, kinds)
    assert (kinds == looking.look_reference(*look)).all()
    assert (kinds.sum(axis=1) == look[-1]).all()


def test_the_drawn_looks_show_every_kind():
    seen = np.sum([looking.look_reference(*random_look(seed)).sum(axis=0) for seed in range(40)], axis=0)
    assert (seen > 0).all()
