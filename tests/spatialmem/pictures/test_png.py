import os

import cv2
import numpy as np
import pytest

from spatialmem import InputError
from spatialmem.pictures import refuse_unwritable, write_png


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
    (tmp_path / "folder.png").mkdir()
    for path, words in (
        (tmp_path / "a.jpg", "does not end in .png"),
        (tmp_path / "folder.png", "is a folder"),
        (tmp_path / "missing" / "a.png", "does not exist"),
    ):
        with pytest.raises(InputError, match=words):
            refuse_unwritable(path)
        with pytest.raises(InputError, match=words):
            write_png(path, np.zeros((2, 2, 3), np.uint8))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="permission denied"):
        refuse_unwritable(tmp_path / "a.png")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_an_error(tmp_path):
    (tmp_path / "a.png").symlink_to("/dev/full")
    with pytest.raises(InputError, match="No space left"):
        write_png(tmp_path / "a.png", np.zeros((2, 2, 3), np.uint8))
