"""The rules of the house: the public surface, what an import loads, who imports whom, sizes, scripts."""

import ast
import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("spatialmem", "perception", "planners", "sim")
SCRIPTS = sorted([*(ROOT / "launch").glob("*.sh"), ROOT / ".ci" / "run"])
COMMANDS = sorted(path for path in SCRIPTS if not path.name.startswith("_"))

PUBLIC = {
    "spatialmem": [
        "Action",
        "Attached",
        "BeliefConfig",
        "Believed",
        "Box",
        "Boxes",
        "Broken",
        "Candidate",
        "Capsule",
        "Change",
        "ClearanceField",
        "Clock",
        "ColorSampler",
        "Command",
        "Config",
        "ConfigError",
        "DepthConfig",
        "Detection",
        "Detections",
        "Detector",
        "Embedder",
        "EncodedImage",
        "EpisodeError",
        "Evidence",
        "ExpectedDepth",
        "Explanation",
        "ExploreSpot",
        "Floor",
        "FloorPlan",
        "FormatError",
        "GateConfig",
        "GraphConfig",
        "Grounding",
        "Health",
        "Held",
        "Input",
        "InputError",
        "Lease",
        "LiveConfig",
        "LongTermConfig",
        "ManualClock",
        "MapFull",
        "MemoryCorrupt",
        "MemoryLocked",
        "MemoryVersion",
        "Mention",
        "MergingPolicy",
        "Mesh",
        "Nearby",
        "ObjectState",
        "Obstacle",
        "Octree",
        "OctreeConfig",
        "Pace",
        "PassageFree",
        "PastObject",
        "PastRelation",
        "PastView",
        "Pinhole",
        "Place",
        "Planner",
        "PointScan",
        "Policy",
        "Premise",
        "Presence",
        "QueryError",
        "RayHits",
        "Reason",
        "Recall",
        "Receipt",
        "Rejected",
        "Relation",
        "RelativeObject",
        "RgbdFrame",
        "Robot",
        "RobotState",
        "Room",
        "Route",
        "SearchPlan",
        "SearchStep",
        "ShortTermConfig",
        "SimilarObject",
        "Source",
        "SpatialMemError",
        "SpatialMemory",
        "Spheres",
        "Stand",
        "State",
        "StaysAt",
        "Stop",
        "StoreConfig",
        "StoreError",
        "StoreFull",
        "Surface",
        "SystemClock",
        "Tick",
        "Unknown",
        "UnknownLabel",
        "UnposedFrame",
        "View",
        "ViewExpired",
        "Way",
        "Whereabouts",
        "__version__",
        "attach",
        "draw_map",
        "inverse",
        "load_config",
        "look_at",
        "open_episode",
        "parse_settings",
        "read_octomap",
        "read_scene_graph",
        "read_spark_dsg",
        "record_mcap",
        "transform",
        "write_nav2_map",
        "write_octomap",
        "write_ply",
        "write_png",
        "write_scene_graph",
    ],
    "spatialmem.cli": [
        "AsJson",
        "BAD",
        "BAD_INPUT",
        "ConfigFile",
        "GOOD",
        "INTERRUPTED",
        "Threads",
        "VoxelSize",
        "answers",
        "asides",
        "goal_meant",
        "interrupt_asked",
        "main",
        "map_facts",
        "map_figures",
        "object_facts",
        "object_figures",
        "prepare_kernels",
        "print_facts",
        "print_json",
        "print_table",
        "refuse_unwritable",
        "settings",
        "shown_end",
        "shown_path",
        "takes_points",
    ],
    "spatialmem.testing": [
        "check_detector",
        "check_embedder",
        "check_live_source",
        "check_planner",
        "check_policy",
        "check_source",
    ],
}

HEAVY = ("numba", "llvmlite", "scipy", "networkx", "rustworkx", "cv2", "typer", "rich", "yaml", "apsw", "zstandard")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, timeout=300)


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("name", PUBLIC)
def test_the_public_surface_is_exactly_this(name):
    module = importlib.import_module(name)
    assert sorted(module.__all__) == PUBLIC[name]
    assert PUBLIC[name] == sorted(PUBLIC[name])
    missing = [member for member in PUBLIC[name] if not hasattr(module, member)]
    assert missing == []


def test_an_import_loads_nothing_heavy():
    code = f"import sys, spatialmem; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    result = run(sys.executable, "-c", code)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []


def test_a_wrong_name_is_refused():
    import spatialmem

    with pytest.raises(AttributeError, match="no attribute 'octre'"):
        spatialmem.octre  # noqa: B018


def test_rooms_import_from_lower_levels_only():
    linter = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert linter, "import-linter is not installed: pip install -e .[dev]"
    result = run(linter, "--no-cache")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_other_packages_import_the_public_surface_only():
    """Their own modules apart, they import `spatialmem` and what else is in PUBLIC."""
    inner = []
    for path in modules():
        if path.relative_to(ROOT).parts[0] == "spatialmem":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            inner += [(str(path), name) for name in named if name.startswith("spatialmem.") and name not in PUBLIC]
    assert inner == []


def test_the_top_level_is_exactly_this():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so what belongs to the repository is not known")
    result = run("git", "ls-files", "--cached", "--others", "--exclude-standard")
    assert result.returncode == 0, result.stderr
    top = {line.split("/")[0] for line in result.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} == {
        *PACKAGES,
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "launch",
        "pyproject.toml",
        "tests",
    }


def test_modules_are_short():
    lines = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n") for path in modules()}
    assert {path: count for path, count in lines.items() if count > 400} == {}


def test_functions_are_short():
    """Kernels are exempt: fission and unrolling make them long."""
    long = {}
    for path in modules():
        if "kernels" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                count = (node.end_lineno or node.lineno) - node.lineno + 1
                if count > 60:
                    long[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = count
    assert long == {}


def test_every_module_says_its_job():
    silent = [str(path.relative_to(ROOT)) for path in modules() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_only_the_clock_asks_for_the_time():
    asking = re.compile(r"time\.(time|time_ns|monotonic)\(|datetime\.(now|utcnow)\(")
    found = [str(path.relative_to(ROOT)) for path in modules() if asking.search(path.read_text(encoding="utf-8"))]
    assert found == ["spatialmem/clock.py"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_bash(script):
    result = run("bash", "-n", script)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("script", COMMANDS, ids=lambda path: path.name)
def test_scripts_stop_at_the_first_error_and_can_be_run(script):
    assert script.stat().st_mode & 0o111, f"{script} is not executable"
    assert "set -euo pipefail" in script.read_text()


def test_the_readme_names_commands_that_exist():
    named = set(re.findall(r"\b(launch/[\w.]+|tests/benchmarks/[\w.]+)", (ROOT / "README.md").read_text("utf-8")))
    assert {"launch/demo.sh", "launch/test.sh"} <= named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_changelog_has_this_version():
    import spatialmem

    assert f"## [{spatialmem.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
