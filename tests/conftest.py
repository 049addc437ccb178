"""Shapes and types of annotated functions are checked while the tests run, and only then.

The kernels are left out: Numba compiles them as they are, for the types that they declare.
"""

import importlib.util
import pkgutil

import pytest
from jaxtyping import config, install_import_hook

_spec = importlib.util.find_spec("spatialmem")
assert _spec is not None
_rooms = [f"spatialmem.{m.name}" for m in pkgutil.iter_modules(_spec.submodule_search_locations) if m.name != "kernels"]
install_import_hook([*_rooms, "perception", "planners", "sim"], "beartype.beartype")


@pytest.fixture
def unchecked_shapes():
    """Switch the checks off, to see what a user sees who hands in something else."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)
