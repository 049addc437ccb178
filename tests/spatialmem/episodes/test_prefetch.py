"""Reading ahead: the same inputs in the same order, errors where they belong, and no thread left behind."""

import gc
import threading

import pytest

from spatialmem import InputError, Recall
from spatialmem.episodes.prefetch import prefetch


def numbered(count):
    return [Recall(source="test", stamp_ns=i, received_ns=i, object_ids=(i,)) for i in range(count)]


class Watched:
    """A source that remembers how far it was read, by which threads, and whether it was closed."""

    def __init__(self, inputs, *, fail_at=None):
        self.inputs, self.fail_at = inputs, fail_at
        self.read_count, self.threads, self.closed = 0, set(), False
        self.moved = threading.Condition()

    def __iter__(self):
        try:
            for index, x in enumerate(self.inputs):
                if index == self.fail_at:
                    raise OSError("the disk is gone")
                with self.moved:
                    self.read_count += 1
                    self.threads.add(threading.current_thread())
                    self.moved.notify_all()
                yield x
        finally:
            self.closed = True

    def wait_for(self, read_count):
        with self.moved:
            assert self.moved.wait_for(lambda: self.read_count >= read_count, timeout=10)


def alive():
    return [thread for thread in threading.enumerate() if thread.name == "spatialmem-prefetch"]


@pytest.mark.parametrize("ahead", [1, 2, 100])
@pytest.mark.parametrize("count", [0, 1, 50])
def test_the_same_inputs_in_the_same_order(count, ahead):
    inputs = numbered(count)
    assert all(a is b for a, b in zip(prefetch(inputs, ahead=ahead), inputs, strict=True))
    assert not alive()


def test_it_reads_in_one_other_thread_and_no_further_ahead_than_told():
    source = Watched(numbered(20))
    items = prefetch(source, ahead=3)
    next(items)
    source.wait_for(4)
    assert source.read_count == 4, "one handed out, three ahead"
    for number in range(2, 11):
        next(items)
        source.wait_for(number + 3)
        assert source.read_count == number + 3
    items.close()
    assert len(source.threads) == 1
    assert threading.main_thread() not in source.threads


def test_an_error_comes_after_the_inputs_before_it():
    items = prefetch(Watched(numbered(10), fail_at=3), ahead=4)
    assert [x.stamp_ns for x in (next(items), next(items), next(items))] == [0, 1, 2]
    with pytest.raises(OSError, match="the disk is gone"):
        next(items)
    assert not alive()
    assert list(items) == []


def test_an_error_in_the_first_step():
    class Broken:
        def __iter__(self):
            raise OSError("no such disk")

    with pytest.raises(OSError, match="no such disk"):
        next(prefetch(Broken()))
    assert not alive()


def test_stopping_early_ends_the_thread_and_closes_the_source():
    source = Watched(numbered(1000))
    items = prefetch(source)
    next(items)
    assert len(alive()) == 1
    items.close()
    assert not alive()
    assert source.closed
    assert source.read_count < 10


def test_dropping_the_iterator_ends_the_thread():
    items = prefetch(Watched(numbered(1000)))
    next(items)
    del items
    gc.collect()
    assert not alive()


def test_a_consumer_that_fails_ends_the_thread():
    def consume():
        return [1 / x.stamp_ns for x in prefetch(Watched(numbered(1000)))]

    with pytest.raises(ZeroDivisionError):
        consume()
    gc.collect()
    assert not alive()


@pytest.mark.parametrize("ahead", [0, -1])
def test_ahead_is_positive(ahead):
    with pytest.raises(InputError, match=f"ahead is {ahead}; it must be 1 or more"):
        prefetch([], ahead=ahead)
