"""Rows that were kept are there again; what was cut off is not, and rows of another run are refused."""

import pytest

from sim.suites.keeping import FILE, KeptRows
from spatialmem import InputError

HEADER = {"suite": "counted", "settings": {"sizes": (1, 2)}}


def row(seed: int, arm: str, episode: int):
    return {"seed": seed, "arm": arm, "episode": episode, "error": "", "metres": float("nan"), "wall": {}}


def fill(folder):
    with KeptRows(folder, HEADER) as kept:
        for episode in range(2):
            kept.take(row(0, "none", episode))
        kept.finish(0, "none")
        kept.take(row(0, "both", 0))


def test_what_is_complete_is_there_again(tmp_path):
    fill(tmp_path)
    with KeptRows(tmp_path, HEADER) as kept:
        assert set(kept.rows) == {(0, "none", 0), (0, "none", 1)}  # the other trial's memory is gone
        assert kept.complete == {(0, "none")}
        kept.take(row(0, "both", 0))
        kept.finish(0, "both")
    with KeptRows(tmp_path, HEADER) as kept:
        assert set(kept.rows) == {(0, "none", 0), (0, "none", 1), (0, "both", 0)}


@pytest.mark.parametrize("cut", [1, 7, 30])
def test_a_last_line_that_was_cut_off_is_dropped(tmp_path, cut):
    fill(tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-cut])
    with KeptRows(tmp_path, HEADER) as kept:
        assert set(kept.rows) == {(0, "none", 0), (0, "none", 1)}


def test_damage_before_the_last_line_is_refused(tmp_path):
    fill(tmp_path)
    lines = (tmp_path / FILE).read_text().splitlines()
    lines[1] = lines[1][:-5]
    (tmp_path / FILE).write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match=r"line 2 of .* is no JSON; --fresh begins anew"):
        KeptRows(tmp_path, HEADER)


def test_rows_of_other_settings_are_refused(tmp_path):
    fill(tmp_path)
    with pytest.raises(InputError, match=r"its settings is .*--out, or begin anew with --fresh"):
        KeptRows(tmp_path, {"suite": "counted", "settings": {"sizes": (1, 3)}})


def test_fresh_drops_what_is_there(tmp_path):
    fill(tmp_path)
    with KeptRows(tmp_path, {"suite": "other", "settings": {}}, fresh=True) as kept:
        assert not kept.rows
    assert (tmp_path / FILE).read_text().count("\n") == 1


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        KeptRows(tmp_path / "taken", HEADER)
