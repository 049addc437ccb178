"""The launch file: Python that can be read, and that asks `launch` for what it has."""

import ast
import runpy
import sys
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).resolve().parents[4] / "launch" / "spatialmem.launch.py"


class Said:
    """What a class of `launch` was asked for."""

    def __init__(self, *arguments, **named):
        self.arguments, self.named = arguments, named


class LaunchConfiguration(Said):
    def in_context(self, values):
        (name,) = self.arguments
        return values.get(name, self.named.get("default"))


@pytest.fixture
def description(monkeypatch):
    kinds = {name: type(name, (Said,), {}) for name in ("LaunchDescription", "DeclareLaunchArgument", "ExecuteProcess")}
    parts = {
        "launch": {"LaunchDescription": kinds["LaunchDescription"]},
        "launch.actions": {name: kinds[name] for name in ("DeclareLaunchArgument", "ExecuteProcess")},
        "launch.substitutions": {"LaunchConfiguration": LaunchConfiguration},
    }
    for name, members in parts.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    return runpy.run_path(str(FILE))["generate_launch_description"]()


def said(substitutions, values):
    """What substitutions come to, one after the other."""
    return "".join(s if isinstance(s, str) else s.in_context(values) for s in substitutions)


def test_it_imports_launch_alone():
    tree = ast.parse(FILE.read_text("utf-8"))
    imports = {
        node.module.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    assert imports == {"launch"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    assert "generate_launch_description" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_it_starts_attach_with_the_arguments_of_ros(description):
    (entities,) = description.arguments
    *declared, attach = entities
    defaults = {}
    for argument in declared:
        default = argument.named.get("default_value")
        defaults[argument.arguments[0]] = (
            default if default is None or isinstance(default, str) else default.in_context({})
        )
    assert defaults == {
        "config": None, "namespace": "/", "use_sim_time": "false", "ros_args": "", "command": "spatialmem",
    }  # fmt: skip
    values = {**defaults, "config": "robot.yaml", "namespace": "/robot1", "ros_args": "-r depth:=/camera/depth"}
    words = [said([word], values) for word in attach.named["cmd"]]
    assert words == ["spatialmem", "attach", "robot.yaml"]
    environment = {name: said(value, values) for name, value in attach.named["additional_env"].items()}
    assert environment == {"SPATIALMEM_ROS_ARGS": "-r __ns:=/robot1 -p use_sim_time:=false -r depth:=/camera/depth"}


def test_the_namespace_is_that_of_who_includes_it(description):
    namespace = next(one for one in description.arguments[0] if one.arguments == ("namespace",))
    assert namespace.named["default_value"].in_context({"ros_namespace": "/robot2"}) == "/robot2"
