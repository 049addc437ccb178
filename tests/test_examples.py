"""Every program in launch/examples/ is short, runs as it stands, and says what it promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "launch" / "examples"
SAYS = {
    "clearance": r"clearance 0\.\d\d m at the start, [0-3]\.\d\d m at .*\na robot of 0\.3 m radius fits at \d+%",
    "export": r"room\.bt .*\n(.*\n)*.*OctoMap nodes.*\nthe same after reading it back: True",
    "integrate": r"10 frames, \d+ leaves, \d+ KiB\nknown from",
    "missing": r"teddy-6: there, P = 0.*\nteddy: not known, .* was not there\n(.*\n)*.*missing, last(.*\n)*teddy-6 is",
    "objects": r"\d\d objects of \d\d labels\n(.*seen \d+ times\n){3}nearest obstacle: .*\nrefused: .* mean 'chair'",
    "query": r"is FREE\n.* is OCCUPIED\n.* is UNKNOWN\n(.*\n)*a ball of 0\.2 m fits: \[ True False False\]",
    "ray_cast": r"0 deg: OCCUPIED after 1\.95 m\n(.*\n)*\d+ pixels, half of them within \d\d mm",
    "simulate": r"60 inputs; found: .*\nwhere the mugs truly are: .*mug-1.*\nequal after replay: True",
    "ways": r"living-room-\d+: .* things\n(.*\n)*to plate-.* it\n(.*\n)*.* say which\nmemory version",
    "read_while_writing": r"from ([6-9]|\d\d+) different moments\nhalf within .*\nafter frame 120: \d+% of the points",
}


def test_there_are_ten_of_at_most_forty_lines():
    lengths = {path.stem: len(path.read_text("utf-8").splitlines()) for path in EXAMPLES.glob("*.py")}
    assert sorted(lengths) == sorted(SAYS)
    assert {name: length for name, length in lengths.items() if length > 40} == {}


@pytest.mark.parametrize("name", sorted(SAYS))
def test_it_runs_and_says_what_it_promises(name, tmp_path):
    if name in ("missing", "objects", "simulate", "ways"):
        pytest.importorskip("pybullet")
    arguments = [str(tmp_path)] if name == "export" else []
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert re.search(SAYS[name], result.stdout), result.stdout
