"""What the commands answer when all is well, and their exit codes when it is not quite."""

import csv
import subprocess
import sys

import cv2
import numpy as np
import pytest
from recordings import OFFICE_WALK, needs_office_walk

from spatialmem import __version__
from spatialmem.cli.app import COMMANDS, build_app
from spatialmem.cli.console import EXIT_CODES


def test_help_names_every_command_and_every_exit_code(spatialmem):
    answer = spatialmem("--help")
    assert answer.code == 0
    for name in COMMANDS:
        assert name in answer.out
    for code in EXIT_CODES:
        assert f" {code}  " in answer.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(spatialmem, command):
    answer = spatialmem(command, "--help")
    assert answer.code == 0
    assert "--json" in answer.out


def test_version(spatialmem):
    assert spatialmem("--version").out == f"spatialmem {__version__}\n"


def test_replay_as_json_is_one_document_and_nothing_else(spatialmem, folder):
    answer = spatialmem("replay", folder, "--json")
    assert answer.code == 0
    summary = answer.json  # raises where stdout holds anything more
    assert summary["frames"]["in_episode"] == summary["frames"]["played"] == summary["frames"]["admitted"] == 6
    assert summary["frames"]["rejected"] == {}
    assert summary["map"]["leaves"] > 100
    assert summary["map"]["free_m3"] > summary["map"]["occupied_m3"] > 0
    assert summary["map"]["voxel_size_m"] == 0.05
    low, high = np.array(summary["map"]["bounds_m"])
    assert (low < high).all()
    assert summary["path_length_m"] > 0.1
    assert summary["duration_s"] == pytest.approx(0.5, abs=0.11)
    assert summary["picture"] is None
    assert "6/6" in answer.err


def test_replay_says_what_came_of_it(spatialmem, folder):
    answer = spatialmem("replay", folder)
    assert answer.code == 0
    for words in ("walk", "6 of 6 played", "rejected", "leaves", "frames/s", "m³ occupied"):
        assert words in answer.out


def test_the_same_replay_gives_the_same_map(spatialmem, folder):
    first, second = (spatialmem("replay", folder, "--json", "--threads", n).json["map"] for n in (1, 2))
    assert first == second


def test_limit_stops_early(spatialmem, folder):
    frames = spatialmem("replay", folder, "--limit", 2, "--json").json["frames"]
    assert (frames["in_episode"], frames["played"], frames["admitted"]) == (6, 2, 2)


def test_options_win_over_the_file_and_the_file_over_defaults(spatialmem, folder, tmp_path):
    config = tmp_path / "map.yaml"
    config.write_text("octree: {voxel_size_m: 0.2}\ndepth: {range_max_m: 1.0}\nsensors: {camera: {range_max_m: 1.0}}\n")
    from_file = spatialmem("replay", folder, "--config", config, "--json").json["map"]
    assert from_file["voxel_size_m"] == 0.2
    over = spatialmem("replay", folder, "--config", config, "--voxel-size-m", 0.1, "--range-max-m", 4, "--json").json
    assert over["map"]["voxel_size_m"] == 0.1
    assert over["map"]["free_m3"] > 2 * from_file["free_m3"]  # the range holds for the source's own settings too


@pytest.mark.parametrize("kind", ["map", "color", "both"])
def test_picture_draws_what_is_asked_for(spatialmem, folder, tmp_path, kind):
    out = tmp_path / "map.png"
    answer = spatialmem("picture", folder, "--out", out, "--kind", kind, "--json")
    assert answer.code == 0
    assert answer.json["picture"] == str(out)
    image = cv2.imread(str(out))
    assert image is not None
    assert image.shape[1] <= 2400
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 20


def test_replay_draws_the_same_picture(spatialmem, folder, tmp_path):
    spatialmem("picture", folder, "--out", tmp_path / "a.png")
    spatialmem("replay", folder, "--picture", tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_the_band_of_obstacles_can_be_chosen(spatialmem, folder, tmp_path):
    images = []
    for band in ((0.3, 0.5), (1.5, 1.8)):
        out = tmp_path / "map.png"
        spatialmem("picture", folder, "--out", out, "--kind", "map", "--band-min-m", band[0], "--band-max-m", band[1])
        images.append(np.asarray(cv2.imread(str(out))))
    assert images[0].shape != images[1].shape or (images[0] != images[1]).any()


def test_a_picture_below_the_current_directory_is_named_from_there(spatialmem, folder, tmp_path, monkeypatch):
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "\npicture          below/a.png\n" in spatialmem("replay", folder, "--picture", tmp_path / "below/a.png").out
    monkeypatch.chdir("below")
    elsewhere = tmp_path / "a.png"
    assert f"\npicture          {elsewhere}\n" in spatialmem("replay", folder, "--picture", elsewhere).out


def test_picture_and_text_give_the_same_figures(spatialmem, folder, tmp_path, monkeypatch):
    """Where rounding decides: 5.746 MiB are 5.75 in the document."""
    drawn = {}
    monkeypatch.setattr("spatialmem.octree.Queryable.nbytes", property(lambda self: round(5.746 * 2**20)))
    monkeypatch.setattr("spatialmem.cli.walk.Walk.path_length_m", property(lambda self: 30.6496))
    monkeypatch.setattr(
        "spatialmem.cli.mapping.draw_map",
        lambda *_, notes, **__: drawn.update(notes=notes) or np.zeros((2, 2, 3), "u1"),
    )
    out = spatialmem("replay", folder, "--picture", tmp_path / "a.png").out
    size, walked = (next(note for note in drawn["notes"] if unit in note) for unit in ("MiB", "walked"))
    assert f" {size}," in out
    assert f" {walked}\n" in out


def test_unreadable_frames_are_losses(spatialmem, folder):
    for name in ("depth/0002.png", "depth/0004.png"):
        (folder / name).write_bytes((folder / name).read_bytes()[:20])
    answer = spatialmem("replay", folder, "--json")
    assert answer.code == 3
    assert answer.json["frames"]["admitted"] == 4
    assert answer.json["frames"]["rejected"] == {"depth_empty": 2}
    assert answer.json["frames"]["unreadable_files"] == {"depth": 2}
    assert "lost: unreadable_depth 2" in answer.err


def test_unreadable_colour_is_a_loss_but_costs_no_depth(spatialmem, folder):
    (folder / "color/0003.png").unlink()
    answer = spatialmem("replay", folder, "--json")
    assert answer.code == 3
    assert answer.json["frames"]["admitted"] == 6
    assert answer.json["frames"]["unreadable_files"] == {"color": 1}
    assert "lost: unreadable_color 1" in answer.err


def test_images_without_a_pose_are_named_but_no_loss(spatialmem, folder, walk_frames):
    """The same folder as TUM has it, with poses for all but the last image."""
    (folder / "frames.csv").unlink()
    stamps = [f"{10 + index}.000000" for index in range(len(walk_frames))]
    rows = [f"{stamp} depth/{index:04d}.png" for index, stamp in enumerate(stamps)]
    (folder / "depth.txt").write_text("\n".join(rows) + "\n")
    (folder / "groundtruth.txt").write_text("".join(f"{stamp} 0 0 1 0.5 -0.5 0.5 -0.5\n" for stamp in stamps[:-1]))
    answer = spatialmem("replay", folder, "--json")
    assert answer.code == 0
    assert answer.json["frames"]["admitted"] == 5
    assert answer.json["frames"]["left_out_by_reader"] == {"depth_without_pose": 1}
    assert "depth_without_pose 1" in spatialmem("replay", folder).out


def test_a_full_map_is_a_loss(spatialmem, folder, tmp_path):
    config = tmp_path / "small.yaml"
    config.write_text("octree: {budget_mib: 1, voxel_size_m: 0.03}\n")
    answer = spatialmem("replay", "synthetic", "--config", config, "--limit", "40", "--json")
    frames = answer.json["frames"]
    assert frames["admitted"] > 0
    assert frames["rejected"]["map_full"] > 0
    assert answer.code == 3
    assert "budget_mib" in answer.err


def test_a_map_of_nothing_is_a_bad_answer(spatialmem, folder, tmp_path):
    config = tmp_path / "elsewhere.yaml"
    config.write_text("gate: {world_min_m: [900, 900, -1], world_max_m: [999, 999, 9]}\n")
    picture = tmp_path / "a.png"
    answer = spatialmem("replay", folder, "--config", config, "--json", "--picture", picture)
    assert answer.code == 1
    assert answer.json["frames"]["rejected"] == {"outside_world": 6}
    assert answer.json["picture"] is None
    assert not picture.exists()
    assert "No frame was admitted" in answer.err
    assert "walked" not in spatialmem("replay", folder, "--config", config).out  # a path of nothing is no figure


def test_check_says_that_a_good_episode_is_good(spatialmem):
    answer = spatialmem("check", "synthetic", "--json")
    assert answer.code == 0
    assert answer.json["good"] is True
    assert answer.json["facts"]["frames"] == 120
    text = spatialmem("check", "synthetic")
    assert text.code == 0
    assert "synthetic is good." in text.out
    assert "as given" in text.out


@needs_office_walk
def test_check_names_an_inverted_pose_and_its_fix(spatialmem, tmp_path):
    broken = tmp_path / "inverted"
    broken.mkdir()
    for name in ("color", "depth", "intrinsics.json"):
        (broken / name).symlink_to(OFFICE_WALK / name)
    with (OFFICE_WALK / "frames.csv").open(newline="") as source, (broken / "frames.csv").open("w", newline="") as out:
        reader = csv.reader(source)
        writer = csv.writer(out)
        header = next(reader)
        writer.writerow(header)
        first = header.index("X_WC_00")
        for row in list(reader)[::3]:
            X_WC = np.array([float(value) for value in row[first:]]).reshape(-1, 4)
            X_WC = np.vstack([X_WC[:3], [0, 0, 0, 1]])
            writer.writerow(row[:first] + [f"{value:.9f}" for value in np.linalg.inv(X_WC).ravel()[: len(row) - first]])
    answer = spatialmem("check", broken)
    assert answer.code == 1
    assert "not good" in answer.out
    assert "error pose_inverted" in answer.out
    assert "fix: " in answer.out
    document = spatialmem("check", broken, "--json")
    assert document.code == 1
    assert document.json["good"] is False
    assert "pose_inverted" in [finding["name"] for finding in document.json["findings"]]


def test_warmup_says_how_many_kernels_there_are_and_names_them(spatialmem):
    fresh = subprocess.run(
        [sys.executable, "-c", "from spatialmem.cli import main; raise SystemExit(main(['warmup', '--json']))"],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert fresh.returncode == 0, fresh.stderr
    assert fresh.stdout.startswith("{")
    lines = fresh.stderr.strip().splitlines()
    assert f"{len(lines)}/{len(lines)}" in lines[-1]
    assert spatialmem("warmup").code == 0


def test_typers_own_runner_gets_the_same_answers(folder):
    from typer.testing import CliRunner

    result = CliRunner().invoke(build_app(), ["replay", str(folder), "--limit", "1", "--json"])
    assert result.exit_code == 0
    assert '"played": 1' in result.output
