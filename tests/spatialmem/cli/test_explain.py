"""`spatialmem explain`: the reasons in words, and the pictures on a sheet."""

from typing import Any

import cv2
import numpy as np
import pytest

from spatialmem import SpatialMemory, Unknown


def test_the_reasons_are_the_librarys(gone, spatialmem):
    kept: Any = SpatialMemory.open(gone, read_only=True).explain(1)
    told = spatialmem("explain", gone, "mug-1", "--json").json
    assert told["sentences"] == list(kept.sentences)
    assert [one["kind"] for one in told["changes"]] == ["first_seen", "missing"]
    assert told["whereabouts"]["presence"] == "missing"
    assert told["whereabouts"]["missing_since_ns"] == kept.whereabouts.missing_since_ns
    assert (told["sightings"], told["looks"], told["seen_through"]) == (kept.sightings, kept.looks, kept.seen_through)
    assert told["half_life_s"] == round(kept.half_life_s, 1)
    assert (len(told["pictures"]), told["sheet"]) == (1, None)
    text = spatialmem("explain", gone, "mug-1").out
    assert text.splitlines()[: len(kept.sentences)] == list(kept.sentences)
    assert "a mug stays" in text
    assert "pictures     1; --sheet PNG draws them" in text


def test_the_sheet_has_the_pictures(found_again, spatialmem, tmp_path):
    sheet = tmp_path / "mug.png"
    told = spatialmem("explain", found_again, "mug-1", "--sheet", sheet, "--json").json
    assert (len(told["pictures"]), told["sheet"]) == (2, str(sheet))
    assert told["pictures"][0]["stamp_ns"] > told["pictures"][1]["stamp_ns"]
    image: Any = cv2.imread(str(sheet))
    red = (image[..., 2] > 180) & (image[..., 1] < 100) & (image[..., 0] < 100)
    across: np.ndarray = red.any(axis=0)
    assert (across[1:] & ~across[:-1]).sum() == 2  # the mug is seen on both
    assert f"pictures     2, in {sheet}" in spatialmem("explain", found_again, "mug-1", "--sheet", sheet).out


def test_without_pictures_there_is_no_sheet(gone, spatialmem, tmp_path, monkeypatch):
    monkeypatch.setattr(SpatialMemory, "evidence", lambda *_: ())
    answer = spatialmem("explain", gone, "mug-1", "--sheet", tmp_path / "mug.png")
    assert (answer.code, "pictures     none are kept" in answer.out) == (0, True)
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_that_cannot_be_written_is_refused_before_anything_is_read(spatialmem, tmp_path):
    answer = spatialmem("explain", "nowhere.smem", "mug-1", "--sheet", tmp_path / "mug.jpg")
    assert (answer.code, "does not end in .png" in answer.err) == (2, True)


@pytest.mark.parametrize("as_json", [True, False])
def test_what_was_never_seen_is_not_known(gone, spatialmem, monkeypatch, as_json):
    monkeypatch.setattr(SpatialMemory, "explain", lambda *_: Unknown("mug-1 was never seen here"))
    answer = spatialmem("explain", gone, "mug-1", *(["--json"] if as_json else []))
    assert answer.code == 0
    if as_json:
        assert (answer.json["unknown"], answer.json["reason"]) == (True, "mug-1 was never seen here")
    else:
        assert "unknown  mug-1 was never seen here" in answer.out
