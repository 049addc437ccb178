"""The checker of live sources passes those that there are, and names what is wrong with broken ones."""

import dataclasses
import os
import threading
import time

import pytest
from live_inputs import S, frame, state, unposed
from ros2_robot import START_NS, drive, settings
from ros2_stand_in import install

from spatialmem.live import sources
from spatialmem.live.ros2.node import ros2
from spatialmem.testing import check_live_source


class Camera:
    """A device that is polled: a frame each 5 ms, each changed by `spoil`, until it is unplugged."""

    def __init__(self, spoil=lambda number, x: x, why="the camera is unplugged"):
        self.spoil, self.why, self.number, self.plugged = spoil, why, 0, True

    def __call__(self):
        if not self.plugged:
            raise OSError(self.why)
        time.sleep(0.005)
        self.number += 1
        return self.spoil(self.number, frame(self.number * S // 50))

    def unplug(self):
        self.plugged = False


def test_a_good_one_passes():
    check_live_source(Camera, unplug=Camera.unplug)


def test_frames_may_come_without_a_pose_where_states_come_too():
    def give():
        for i in range(1, 100):
            yield [state(i * S // 10), unposed(i * S // 10 - S // 20)] if i % 2 else []
            yield [state(i * S // 10 + S // 20, x_m=0.01)]

    check_live_source(give)


def test_a_recording_at_its_own_speed_passes():
    check_live_source(lambda: sources.episode({"episode": "synthetic", "speed": 10.0}, "kitchen"), world="kitchen")


def test_a_callable_of_ones_own_passes():
    check_live_source(lambda: sources.python({"python": "live_inputs:walking", "call": True}, "world"))


def test_ros_2_passes(monkeypatch):
    network = install(monkeypatch)
    network.now_ns = START_NS
    ended = threading.Event()

    def send():
        while not ended.wait(0.02):
            nodes = [node for node in network.nodes if not node.destroyed]
            if nodes and len(network.subscriptions) >= 10 and nodes[-1] not in told:
                told.append(nodes[-1])
                for topic, message, ns in drive().in_time():
                    network.send(topic, message, ns)

    told = []
    sender = threading.Thread(target=send)
    sender.start()
    try:
        check_live_source(lambda: ros2(settings(), "home"), world="home")
    finally:
        ended.set()
        sender.join()


def blocking():
    yield frame(S)
    threading.Event().wait(6.0)
    yield frame(2 * S)


def slow_to_make():
    time.sleep(1.2)
    return Camera()


def raising():
    yield frame(S)
    raise ValueError("no calibration")


class LeavesAThread(Camera):
    """Starts a thread, and ends it never in time."""

    def __init__(self):
        super().__init__()
        threading.Thread(target=time.sleep, args=(4.0,), name="grabber", daemon=True).start()


class LeavesADescriptor(Camera):
    """Opens a pipe, and never closes it."""

    def __init__(self):
        super().__init__()
        ends.extend(os.pipe())


class Closes(LeavesADescriptor):
    """Closes its own at the end."""

    def __init__(self):
        super().__init__()
        self.own = ends[-2:]

    def close(self):
        for end in self.own:
            os.close(end)
            ends.remove(end)


ends: list[int] = []


@pytest.fixture
def closed_ends():
    yield
    while ends:
        os.close(ends.pop())


class Silent(Camera):
    """Fails in silence."""

    def __call__(self):
        return super().__call__() if self.plugged else time.sleep(0.01)


class OpensOnce(Camera):
    """Holds its device for ever."""

    opened = 0

    def __init__(self):
        super().__init__()
        OpensOnce.opened += 1
        if OpensOnce.opened > 1:
            raise OSError("the device is busy")


def once(number, x):
    return x if number == 1 else None


BROKEN = {
    "is no source": (lambda: 5, "an iterable of inputs, or a callable that returns them; this is a int"),
    "is slow to make": (slow_to_make, "s to make, 1 s are allowed"),
    "blocks": (blocking, "not stopped within 1 s"),
    "raises": (raising, "the source raised: ValueError: no calibration"),
    "is silent": (lambda: Camera(lambda number, x: None), "nothing came within"),
    "gives too few": (lambda: Camera(once), "only 1 inputs came within"),
    "gives nothing": (list, "nothing came within"),
    "gives None": (lambda: iter([frame(S), None]), "input 1 is rejected, not_an_input.* yields"),
    "gives what is no input": (lambda: Camera(lambda number, x: "frame"), "not_an_input"),
    "is of another world": (lambda: Camera(lambda n, x: dataclasses.replace(x, world="attic")), "other_world"),
    "stands still": (lambda: Camera(lambda n, x: frame(S)), "duplicate"),
    "goes back": (lambda: Camera(lambda n, x: frame(100 * S - n * S // 50)), "stamps must advance"),
    "is ahead": (lambda: Camera(lambda n, x: dataclasses.replace(x, stamp_ns=x.stamp_ns + 9 * S)), "stamp_future"),
    "jumps": (lambda: Camera(lambda n, x: frame(n * S // 50, x_m=50.0 * (n % 2))), "teleport"),
    "gives no depth": (lambda: Camera(lambda n, x: frame(n * S // 50, depth_mm=0)), "depth_all_invalid"),
    "gives no pose": (lambda: Camera(lambda n, x: unposed(x.stamp_ns)), "no UnposedFrame of .* found a pose"),
    "opens once": (OpensOnce, "opened again, it raises OSError: the device is busy"),
    "leaves a thread": (LeavesAThread, "threads are left behind: grabber"),
    "leaves a descriptor": (LeavesADescriptor, "descriptors are left behind, of pipe"),
}


@pytest.mark.usefixtures("closed_ends", "unchecked_shapes")
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_one_is_named(name):
    make, says = BROKEN[name]
    with pytest.raises(AssertionError, match=says):
        check_live_source(make, wait_s=1.5)  # pyright: ignore[reportArgumentType]


@pytest.mark.usefixtures("closed_ends")
def test_one_that_closes_what_it_opened_passes():
    check_live_source(Closes)


@pytest.mark.parametrize(
    ("make", "says"),
    [(Silent, "nobody learns that it has failed"), (lambda: Camera(why=""), "that says nothing; say what happened")],
)
def test_one_that_fails_without_a_word_is_named(make, says):
    with pytest.raises(AssertionError, match=says):
        check_live_source(make, unplug=Camera.unplug, wait_s=1.5)
