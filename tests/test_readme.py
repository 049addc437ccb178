"""The README's examples run as they stand and print what they say."""

import importlib.util
import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
BLOCKS = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
if importlib.util.find_spec("pybullet") is None:  # it has no wheel for Python 3.12
    EXAMPLES = [code for code in EXAMPLES if "from sim import" not in code]


def test_the_library_examples_run_and_print_what_their_comments_say(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # one of them writes a file
    names = {}
    for code in EXAMPLES:
        exec(compile(code, "README.md", "exec"), names)
    said = re.findall(r"^print\(.*\)  # (.*)$", "".join(EXAMPLES), flags=re.MULTILINE)
    assert len(said) == "".join(EXAMPLES).count("print(") > 0
    assert capsys.readouterr().out.splitlines() == said


def test_the_first_example_is_short():
    assert len([line for line in EXAMPLES[0].splitlines() if line.strip()]) <= 12


def test_the_schedule_shown_is_one(tmp_path):
    from sim import load_schedule

    (yaml,) = [block for block in BLOCKS if block.startswith("tasks:")]
    path = tmp_path / "day.yaml"
    path.write_text(yaml)
    assert [task.verb for task in load_schedule(path).tasks] == ["move", "open", "take_away"]


def test_the_settings_shown_are_settings(tmp_path):
    from spatialmem import load_config

    (yaml,) = [block for block in BLOCKS if block.startswith("octree:")]
    path = tmp_path / "memory.yaml"
    path.write_text(yaml)
    assert load_config(path).sensors["lidar"].range_max_m == 80.0
