"""Questions to a view of the objects that make no sense are one sentence, whatever they are made of."""

from typing import Any, cast

import numpy as np
import pytest

import spatialmem as sm
from spatialmem.config import ShortTermConfig
from spatialmem.shortterm import ShortTerm

VIEW = ShortTerm(ShortTermConfig()).view()


@pytest.mark.parametrize("name", ["horizon_s", "robot_radius_m", "robot_height_m", "ground_m"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, "1.0", None, True])
def test_what_an_obstacle_is_measured_by_is_a_finite_number(unchecked_shapes, name, value):
    with pytest.raises(sm.InputError, match=rf"{name} is .*; a finite number is needed"):
        VIEW.nearest_obstacles(**{name: value})


@pytest.mark.parametrize("k", [0, -1, True, 1.5, np.nan, "2", None])
def test_a_number_of_answers_is_a_whole_number(unchecked_shapes, k):
    with pytest.raises(sm.InputError, match=r"k is .*; a whole number of 1 or more is needed"):
        VIEW.nearest_obstacles(k)
    with pytest.raises(sm.InputError, match=r"k is .*; a whole number of 1 or more is needed"):
        VIEW.similar(np.ones(3), k)


def test_numbers_of_numpy_are_numbers(unchecked_shapes):
    two, second, row = cast(Any, (np.int64(2), np.float32(1), [1, 0, 0]))
    assert isinstance(VIEW.nearest_obstacles(two, second, ground_m=second), sm.Unknown)
    assert VIEW.similar(row, two) == ()


@pytest.mark.parametrize(
    "embedding",
    [
        *("mug", None, 1.0, ["1", "2"], [[1.0], [1.0, 2.0]], [None, 1.0], {"a": 1}),
        *(np.array(["1", "2"]), np.ones(3, complex), np.ones(3, bool), np.ones(3, object), np.ones((2, 2))),
        *(np.empty(0), np.zeros(3), np.array([np.nan, 1.0]), np.array([np.inf, 1.0]), np.array([1e200, 1.0])),
    ],
)
def test_an_embedding_is_one_row_of_finite_numbers(unchecked_shapes, embedding):
    with pytest.raises(
        sm.InputError, match=r"the embedding .*; one row of finite numbers, not all of them 0, is needed"
    ):
        VIEW.similar(embedding)
