"""`kill -9` at random moments. What was acknowledged is written down outside the process that is killed."""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from store_workload import WORLD, assert_prefix

from spatialmem.store import Store
from spatialmem.store.checking import verify

SCRIPT = Path(__file__).parent / "appending.py"
SUPPORT = Path(__file__).parents[1] / "support"
KILLS_A_FILE = 10


def killed_after(path, seed, wait_s):
    """Run the process and kill it; return the newest (row, checkpoint) that it was told is durable."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), *sys.path])}
    command = [sys.executable, str(SCRIPT), str(path), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        timer = threading.Timer(wait_s, process.kill)
        timer.start()
        lines = [first, *process.stdout.readlines()]
        errors = process.stderr.read()
        timer.join()
    assert process.returncode == -9, errors.decode()
    assert lines[-1].endswith(b"\n"), "a line is written whole"
    seq, checkpoint = map(int, lines[-1].split())
    return seq, checkpoint


def kill_often(folder, count, seed):
    rng = random.Random(seed)
    acknowledged, path = (0, 0), folder / "0.smem"
    for kill in range(count):
        if kill % KILLS_A_FILE == 0:
            acknowledged, path = (0, 0), folder / f"{kill}.smem"
        acknowledged = max(acknowledged, killed_after(path, seed + kill, rng.uniform(0, 0.4)))
        with Store.open(path, read_only=True) as store:
            assert store.durable_seq >= acknowledged[0]
            assert store.checkpoint_seq >= acknowledged[1]
            assert_prefix(store)
        if kill % 3 == 0:
            assert verify(path).problems == ()
        if kill % 4 == 0:
            with Store.open(path, world=WORLD) as store:
                assert_prefix(store)
    return acknowledged


def test_kill_at_12_random_moments(tmp_path):
    assert kill_often(tmp_path, 12, seed=1)[0] > 0


@pytest.mark.slow
def test_kill_at_200_random_moments(tmp_path):
    assert kill_often(tmp_path, 200, seed=1000)[0] > 0
