"""The pool runs every unit once, hands on errors, and survives a fork."""

import os
import threading
from queue import SimpleQueue

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.kernels import threads
from spatialmem.kernels.threads import run_ranges


@given(count=st.integers(0, 1000), threads=st.integers(1, 4), grain=st.integers(1, 300))
def test_every_unit_runs_once(count, threads, grain):
    runs = np.zeros(count, int)

    def kernel(start, stop, runs):
        runs[start:stop] += 1

    run_ranges(kernel, count, runs, threads=threads, grain=grain)
    assert (runs == 1).all()


def test_small_work_stays_in_the_caller():
    where = []
    run_ranges(lambda start, stop: where.append(threading.get_ident()), 99, threads=4, grain=50)
    assert where == [threading.get_ident()]


def test_an_error_reaches_the_caller():
    def kernel(start, stop):
        if stop == 100:
            raise ValueError("bad range")

    with pytest.raises(ValueError, match="bad range"):
        run_ranges(kernel, 100, threads=2, grain=1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_a_pool_of_its_own():
    def kernel(start, stop, runs):
        runs[start:stop] += 1

    runs = np.zeros(100, int)
    run_ranges(kernel, 100, runs, threads=2, grain=1)
    child = os.fork()
    if child == 0:
        run_ranges(kernel, 100, runs, threads=2, grain=1)
        os._exit(0 if (runs == 2).all() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_caller_does_not_wait_for_threads_that_are_busy_elsewhere(monkeypatch):
    monkeypatch.setattr(threads, "_jobs", SimpleQueue())
    monkeypatch.setattr(threads, "_thread_count", 9)  # none of which serves this queue
    runs = np.zeros(100, int)

    def kernel(start, stop):
        runs[start:stop] += 1

    run_ranges(kernel, 100, threads=2, grain=1)
    assert (runs == 1).all()
    monkeypatch.setattr(threads, "_thread_count", 0)  # now one does, and finds what is done already
    run_ranges(kernel, 100, threads=2, grain=1)
    assert (runs == 2).all()
