import cv2
import numpy as np
import pytest

from spatialmem import InputError
from spatialmem.pictures import write_png


def read(path):
    image = cv2.imread(str(path))
    assert image is not None
    return image


def test_an_image_comes_back_as_it_was(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    write_png(tmp_path / "a.png", image)
    assert (read(tmp_path / "a.png")[..., ::-1] == image).all()
    write_png(tmp_path / "a.png", image[:10])  # writes over it
    assert read(tmp_path / "a.png").shape == (10, 40, 3)


def test_what_cannot_be_written_is_refused_with_the_reason(tmp_path):
    for path, words in ((tmp_path / "a.jpg", "does not end in .png"), (tmp_path / "missing" / "a.png", "not exist")):
        with pytest.raises(InputError, match=words):
            write_png(path, np.zeros((2, 2, 3), np.uint8))
