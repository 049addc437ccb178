"""Hours of a day that revisits one flat, through an attached memory with a file: nothing grows that must not.

A robot goes round two rooms, sees the same furniture and things again and again, and finds them elsewhere now and then.
There is room for few objects: they go to long-term memory and come back. The file has a small budget.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from days_in_a_flat import PICTURE_NS

PICTURES_AN_HOUR = 3600 * 10**9 // PICTURE_NS
ROUND = 72
JOURNAL_MIB, EVIDENCE_MIB = 16, 2
"""The budgets of days.py."""
BETWEEN_CHECKPOINTS_MIB = 2.0
"""What came since the last checkpoint stays whatever the budget: 256 inputs of at most 8 kB."""
LOG_MIB, LINE_BYTES = 20.0, 200
"""The log beside the file, and what the file keeps of each input for ever, and its pages that wait to be used again."""


def lived(path: Path, pictures: int, every: int) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """Live through so many pictures; return what the process held every so often, what became of its inputs, and what
    it held at the end."""
    command = [sys.executable, Path(__file__).with_name("days.py"), path, pictures, every]
    lines = []
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(json.loads(line))
    assert process.returncode == 0
    *samples, told, left = lines
    assert told["lost"] == dict.fromkeys(("camera", "eyes", "robot"), 0)
    assert told["seq"] == told["sent"] == 8 * pictures
    return samples, told, left


def test_two_rounds_leave_no_thread_and_no_descriptor_behind(tmp_path):
    (first, second), _, left = lived(tmp_path / "home.smem", 2 * ROUND, ROUND)
    assert (first["threads"], first["descriptors"]) == (second["threads"], second["descriptors"])
    assert left["threads"] == 1
    assert left["descriptors"] < first["descriptors"]


@pytest.mark.slow
def test_four_hours_hold_no_more_than_one(tmp_path):
    samples, _, left = lived(tmp_path / "home.smem", 4 * PICTURES_AN_HOUR, PICTURES_AN_HOUR // 6)
    warm = [one for one in samples if one["pictures"] >= PICTURES_AN_HOUR]
    hours = [one["pictures"] / PICTURES_AN_HOUR for one in warm]
    growth = float(np.polyfit(hours, [one["resident_mib"] for one in warm], 1)[0])
    print(f"resident: {growth:+.2f} MiB a simulated hour after the first")
    assert growth < 1.0
    assert len({one["threads"] for one in warm}) == 1
    assert len({one["descriptors"] for one in warm}) == 1
    assert left["threads"] == 1
    for one in warm:
        assert one["payload_mib"]["payload"] <= JOURNAL_MIB + BETWEEN_CHECKPOINTS_MIB
        assert one["payload_mib"]["evidence"] <= EVIDENCE_MIB
        lines_mib = LINE_BYTES * one["rows"]["journal"] / 2**20
        assert one["file_mib"] <= JOURNAL_MIB + BETWEEN_CHECKPOINTS_MIB + EVIDENCE_MIB + LOG_MIB + lines_mib
