"""Shapes and types of annotated functions are checked while the tests run, and only then: see `shapes`.

The kernels are left out: Numba compiles them as they are, for the types that they declare. No property fails for being
slow: what else the machine does is not known. Where CI is set, they are tried on the same examples every time.
"""

import importlib.util
import os
import pkgutil

import pytest
from examples import choose
from hypothesis import HealthCheck, settings
from jaxtyping import config, install_import_hook
from shapes import check_again

settings.register_profile(
    "spatialmem", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("spatialmem")


def _rooms(package: str) -> list[str]:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    return [f"{package}.{m.name}" for m in pkgutil.iter_modules(spec.submodule_search_locations) if m.name != "kernels"]


PACKAGES = "spatialmem", "planners.navigation", "planners.manipulation"
CHECKED = [*(room for package in PACKAGES for room in _rooms(package)), "planners.tasks", "perception", "sim"]
install_import_hook(CHECKED, "shapes.checked")


def pytest_configure(config):
    choose(config.option.markexpr)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    check_again()


@pytest.fixture
def unchecked_shapes():
    """Switch the checks off, to see what a user sees who hands in something else."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)
