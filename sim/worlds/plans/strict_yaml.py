"""The YAML of plans: `on` is a word, not a yes; a key given twice is an error; an entry is one line."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

from spatialmem import ConfigError

__all__ = ["line", "read_yaml"]


def read_yaml(path: str | Path) -> Any:
    """Return what a YAML file holds. Raises ConfigError, with the place, where it cannot be read."""
    import yaml

    loader, _ = _yaml_with_words()
    try:
        return yaml.load(Path(path).read_text(encoding="utf-8"), Loader=loader)
    except OSError as error:
        raise ConfigError(f"cannot read the plan {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not YAML: {error}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date such as 2000-99-99
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise ConfigError(f"{path} is not YAML: {problem}{where}.") from error


def line(value: Any) -> str:
    """Return a value as YAML on one line; tuples become lists, and floats are read back to the bit."""
    import yaml

    _, dumper = _yaml_with_words()
    text = yaml.dump(
        _plain(value), Dumper=dumper, default_flow_style=True, sort_keys=False, width=math.inf, allow_unicode=True
    )
    return text.removesuffix("...\n").strip()


def _plain(value: Any) -> Any:
    """Return a value with lists for tuples, which YAML would tag."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, (tuple, list)) else value


@functools.cache
def _yaml_with_words() -> tuple[Any, Any]:
    """Return a loader and a dumper for which only true and false are truth values; YAML 1.1 has on, off, yes and no."""
    import yaml

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            seen = set()
            for key_node, _ in node.value:
                key = self.construct_object(key_node, deep=True)
                if isinstance(key, str) and key in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"'{key}' is given twice", key_node.start_mark)
                if isinstance(key, str):
                    seen.add(key)
            return super().construct_mapping(node, deep)

    class Dumper(yaml.SafeDumper):
        pass

    for kind in (Loader, Dumper):
        kind.yaml_implicit_resolvers = {
            first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }
    return Loader, Dumper
