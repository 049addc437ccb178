"""`kill -9` while a memory observes: the file opens, with every acknowledged input, as the clean run of that prefix.

What was acknowledged is written down outside the process that is killed.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from memory_workload import LONG_INPUTS, LONG_SEED, CleanRun, as_after_a_crash, assert_changes, assert_prefix, stream

from spatialmem import SpatialMemory

SCRIPT = Path(__file__).parent / "observing.py"
SUPPORT = Path(__file__).parents[1] / "support"
KILLS_A_FILE = 6


@pytest.fixture(scope="module")
def clean():
    return CleanRun(stream(LONG_SEED, LONG_INPUTS))


@pytest.fixture
def observing():
    """The process that is told which file to fill, and whose children are killed."""
    path = os.pathsep.join([str(SUPPORT), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
    assert process.returncode == 0


def killed_after(process, path, seed, wait_s):
    """Have a file filled for a while; return the newest input that was acknowledged before the kill."""
    process.stdin.write(f"{path} {seed}\n")
    process.stdin.flush()
    acknowledged, timer = 0, None
    for line in process.stdout:
        words = line.split()
        if words[0] == "pid":
            timer = threading.Timer(wait_s, os.kill, (int(words[1]), signal.SIGKILL))
            timer.start()
        elif words[0] == "end":
            assert words[1] == "-9", "it ended by itself"
            break
        else:
            acknowledged = int(words[0])
    assert timer is not None
    timer.join()
    return acknowledged


def kill_often(folder, process, clean, count, seed):
    rng, reached, end = random.Random(seed), [], len(clean.hashes) - 1
    acknowledged, path = 0, folder / "none"
    for kill in range(count):
        if kill % KILLS_A_FILE == 0 or acknowledged == end:
            acknowledged, path = 0, folder / f"{kill}.smem"
        acknowledged = max(acknowledged, killed_after(process, path, seed + kill, rng.uniform(0, 0.15)))
        if not path.exists():  # killed before it was made
            assert acknowledged == 0
            continue
        with SpatialMemory.open(path, read_only=True) as memory:
            seq = assert_prefix(memory, clean)
            assert seq >= acknowledged
            reached.append(seq)
        copy = as_after_a_crash(path, folder / "copy")
        SpatialMemory.open(copy).close()
        assert_changes(copy, clean)
    return reached


def test_kill_at_12_random_moments(tmp_path, observing, clean):
    reached = kill_often(tmp_path, observing, clean, 12, seed=1)
    assert len(set(reached)) > 2, "they were killed at different inputs; a busy machine gets to few"


@pytest.mark.slow
def test_kill_at_200_random_moments(tmp_path, observing, clean):
    reached = kill_often(tmp_path, observing, clean, 200, seed=1000)
    assert len(set(reached)) > 30
