"""Kernels are declared with their types, cached where they can be, and never compiled behind one's back."""

import os
import subprocess
import sys

import numba
import numpy as np
import pytest

from spatialmem import Octree, OctreeConfig
from spatialmem.kernels import compile as compiling
from spatialmem.kernels import rays


def in_a_new_process(code: str, **environment: str) -> str:
    """Run code in a fresh interpreter; its output, both streams."""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout + done.stderr


def test_the_second_process_compiles_nothing(tmp_path):
    few = "from spatialmem.kernels import compile as c; c._declared = c._declared[:5]"  # all of them take a minute
    code = f"from spatialmem.kernels.warmup import warm_up; {few}; print('compiled', warm_up())"
    first = in_a_new_process(code, NUMBA_CACHE_DIR=str(tmp_path))
    second = in_a_new_process(code, NUMBA_CACHE_DIR=str(tmp_path))
    assert first.count("compiling") == 1
    assert "compiled 5" in first
    assert second.strip() == "compiled 0"


def test_every_kernel_is_announced_to_a_progress_line():
    code = "from spatialmem.kernels.warmup import warm_up; warm_up(lambda *step: print(*step))"
    lines = in_a_new_process(code).splitlines()
    count = int(lines[0].split()[2])
    assert [int(line.split()[1]) for line in lines] == list(range(count))
    assert any(line.startswith("cast_rays ") for line in lines)


def test_other_argument_types_are_an_error_and_not_a_pause():
    octree = Octree(OctreeConfig(budget_mib=1))
    with pytest.raises(TypeError, match="No matching definition"):
        rays.cast_rays(
            0, 1, *octree._snapshot().arrays, 0.1, *np.zeros((2, 1, 3), np.float32), 5.0, 0, *np.zeros((2, 1))
        )


def test_a_place_that_cannot_be_written_costs_the_cache_only(monkeypatch):
    real = numba.njit

    def without_a_place(*arguments, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available for file")
        return real(*arguments, **options)

    monkeypatch.setattr(compiling.numba, "njit", without_a_place)
    monkeypatch.setattr(compiling, "_declared", [])
    twice = compiling.kernel((numba.int64,))(lambda n: n * 2)
    assert twice(21) == 42
