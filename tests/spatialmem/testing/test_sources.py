"""The checker of sources passes good ones and names what is wrong with bad ones."""

import dataclasses

import numpy as np
import pytest

from spatialmem import Pinhole, RgbdFrame
from spatialmem.testing import check_source


class Frames:
    """Three good frames, each changed by `spoil`."""

    def __init__(self, spoil=lambda i, frame: frame, world="home"):
        self.name, self.world, self._spoil = "frames", world, spoil

    def __len__(self):
        return 3

    def __iter__(self):
        for i in range(3):
            frame = RgbdFrame(
                source="camera", stamp_ns=i * 10**8, received_ns=i * 10**8, world="home", X_WC=np.eye(4),
                depth=np.full((6, 8), 900, np.uint16), camera=Pinhole(8, 6, 8.0, 8.0, 3.5, 2.5),
            )  # fmt: skip
            yield self._spoil(i, frame)


def test_a_good_source_passes():
    check_source(Frames())


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (Frames(world="office"), "of world 'home'"),
        (Frames(lambda i, f: dataclasses.replace(f, stamp_ns=0)), "not later"),
        (Frames(lambda i, f: "frame"), "none of the input types"),
        (Frames(lambda i, f: dataclasses.replace(f, depth=np.zeros((6, 8), np.uint16))), "rejects every input"),
    ],
)
def test_a_bad_source_is_named(source, says):
    with pytest.raises(AssertionError, match=says):
        check_source(source)


@pytest.mark.usefixtures("unchecked_shapes")
def test_a_source_must_look_like_one():
    with pytest.raises(AssertionError, match="lacks"):
        check_source([])  # pyright: ignore[reportArgumentType]


def test_a_source_must_repeat_itself():
    seen = []

    def drift(i, frame):
        seen.append(i)
        return dataclasses.replace(frame, stamp_ns=len(seen) * 10**8, received_ns=len(seen) * 10**8)

    with pytest.raises(AssertionError, match="the same inputs"):
        check_source(Frames(drift))
