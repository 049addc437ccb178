"""A memory beside a control loop: the loop never waits, whoever hangs is replaced, nothing is left over at the end."""

import threading
import time

import numpy as np
import pytest
from live_inputs import S, base_at, frame, state, unplugged, unposed, until

from spatialmem import ConfigError, InputError, RobotState, SpatialMemory
from spatialmem.leases import Lease
from spatialmem.live import Health, LiveConfig, Tally, attach

QUICK = LiveConfig(hung_s=0.6, stale_s=0.25)


class Hanging(SpatialMemory):
    """One whose `observe` does not return while `hangs` is set; before it has taken anything in."""

    def __init__(self):
        super().__init__()
        self.free = threading.Event()
        self.free.set()

    def observe(self, x):
        self.free.wait()
        return super().observe(x)


def frames(hz=50.0, stopped=None):
    """Give frames for ever; the camera looks about."""
    began_ns = time.monotonic_ns()
    while stopped is None or not stopped.is_set():
        yield frame(S + time.monotonic_ns() - began_ns)
        time.sleep(1.0 / hz)


def test_the_memory_takes_in_what_comes_and_the_loop_sees_it():
    memory, before = SpatialMemory(), set(threading.enumerate())
    with attach(memory, {"camera": frames()}) as attached:
        until(lambda: attached.tick().view.seq > 3)
        until(lambda: attached.tick().health is Health.OK)
        turn = attached.tick()
        assert turn.view.state(np.array([[1.0, 0.0, 1.0]]))[0] == 1  # before the wall it is free
        own = {one for one in set(threading.enumerate()) - before if one.name.startswith("spatialmem-")}
        assert len(own) == 3  # it takes in, it reads, it watches
    until(lambda: not any(one.is_alive() for one in own))
    tally = attached.status().tallies["camera"]
    assert tally.sent == tally.acknowledged + tally.dropped + tally.lost


def test_frames_get_their_pose_from_the_states_at_their_stamp():
    with attach(SpatialMemory(), config=LiveConfig(queue_max=32)) as attached:
        for i in range(10):
            attached.put(state(S + i * S // 10, x_m=i / 10))
            attached.put(unposed(S + i * S // 10 - S // 20))
        until(lambda: attached.status().tallies["camera"].admitted == 9)  # before the first there is no state
        until(lambda: attached.status().tallies["camera"].unposed == 1)


def test_a_tick_never_waits_for_the_memory():
    memory = Hanging()
    with attach(memory, {"camera": frames()}, config=QUICK) as attached:
        until(lambda: attached.tick().view.seq > 0)
        memory.free.clear()
        until(lambda: attached._ingest.busy_s > 0.05)
        began = time.perf_counter()
        for _ in range(100):
            attached.tick()
        assert time.perf_counter() - began < 1.0
        memory.free.set()


def test_whoever_hangs_is_told_of_and_replaced():
    memory = Hanging()
    with attach(memory, {"camera": frames()}, config=QUICK) as attached:
        until(lambda: attached.tick().health is Health.OK)
        memory.free.clear()
        until(lambda: attached.tick().health is Health.STALE)
        assert "taken in for" in attached.tick().reason
        until(lambda: attached.status().restarts >= 1)
        until(lambda: attached.tick().health is Health.FAULT)
        memory.free.set()
        until(lambda: attached.tick().health is Health.OK or attached.tick().health is Health.DEGRADED)


@pytest.mark.usefixtures("unchecked_shapes")
def test_poison_ends_nothing():
    memory = SpatialMemory()
    poison = [None, "text", 5, object(), np.zeros(3), frame(S, X_WC=np.full((4, 4), np.nan))]
    with attach(memory, {"odd": poison, "camera": frames()}) as attached:
        until(lambda: attached.status().tallies["odd"].acknowledged == len(poison) - 1)
        until(lambda: attached.status().tallies["camera"].admitted > 2)
        assert set(attached.status().tallies["odd"].rejected) == {"not_an_input"}
        until(lambda: "odd/camera" in attached.status().tallies)
        until(lambda: attached.status().tallies["odd/camera"].rejected == {"bad_pose": 1})


@pytest.mark.parametrize("as_callable", [True, False])
def test_what_a_source_raises_is_told(as_callable):
    def ask():
        raise OSError("the camera is unplugged")

    def give():
        yield from ()
        raise OSError("the camera is unplugged")

    with attach(SpatialMemory(), {"left": ask if as_callable else give(), "right": frames()}) as attached:
        until(lambda: attached.tick().health is Health.DEGRADED)
        assert "left has failed: OSError: the camera is unplugged" in attached.tick().reason


def test_a_source_that_fails_before_it_gave_anything_is_told_of():
    def give():
        yield from ()
        raise OSError("the camera is unplugged")

    with attach(SpatialMemory(), {"left": give()}) as attached:
        until(lambda: "left has failed: OSError: the camera is unplugged" in attached.tick().reason)
        assert attached.tick().health is Health.STALE
        assert attached.status().failed == {"left": "OSError: the camera is unplugged"}


def test_a_callable_is_asked_again():
    answers = iter([frame(S), None, [frame(2 * S), frame(3 * S)]])
    with attach(SpatialMemory(), {"camera": lambda: next(answers, None)}) as attached:
        until(lambda: attached.status().tallies.get("camera", Tally()).admitted == 3)


def test_a_callable_that_has_nothing_is_left_alone():
    asked = []
    with attach(SpatialMemory(), {"camera": lambda: asked.append(1) or []}):
        until(lambda: asked)
        time.sleep(0.2)
        assert len(asked) < 200


class Unspeakable(Exception):
    """Its own text raises."""

    def __str__(self):
        raise ValueError("no words")


@pytest.mark.parametrize(("error", "said"), [(SystemExit("driver"), "SystemExit: driver"), (Unspeakable(), "Unspeak")])
@pytest.mark.parametrize("as_callable", [True, False])
def test_whatever_a_source_raises_ends_no_thread_unheard(error, said, as_callable):
    def ask():
        raise error

    def give():
        yield from ()
        raise error

    with attach(SpatialMemory(), {"left": ask if as_callable else give()}) as attached:
        until(lambda: said in attached.status().failed.get("left", ""))
        assert attached.has_ended is not as_callable


def test_it_has_not_ended_while_a_detector_looks_at_the_last_frame():
    class Slow:
        labels: tuple[str, ...] = ("wall",)

        def detect(self, frame):
            time.sleep(0.3)
            return []

    with attach(SpatialMemory(), {"camera": iter([frame(S)])}, detectors={"slow": Slow()}) as attached:
        until(lambda: attached.has_ended)
        assert attached.status().tallies["slow"].admitted == 1


def test_the_watchdog_goes_on_and_says_what_kept_it(monkeypatch):
    with attach(SpatialMemory()) as attached:
        silent = attached._inbox.silent
        monkeypatch.setattr(attached._inbox, "silent", lambda now_ns: 1 // 0)
        until(lambda: "ZeroDivisionError" in attached.status().failed.get("watchdog", ""))
        monkeypatch.setattr(attached._inbox, "silent", silent)
        until(lambda: attached.status().failed == {})


def test_it_stops_within_a_second_though_everything_hangs():
    memory, held = Hanging(), threading.Event()

    def waits():
        held.wait(30.0)
        yield frame(S)

    attached = attach(memory, {"camera": frames(), "device": waits()})
    until(lambda: attached.tick().view.seq > 0)
    memory.free.clear()
    until(lambda: attached._ingest.busy_s > 0.01)
    began = time.monotonic()
    assert not attached.stop()
    assert time.monotonic() - began < 1.0
    memory.free.set()
    held.set()


def test_a_robot_is_asked_in_a_thread_of_its_own():
    class Still:
        stamp_ns = S

        def command(self, **targets):
            pass

        def state(self):
            self.stamp_ns += S // 50
            return RobotState(source="robot", stamp_ns=self.stamp_ns, received_ns=self.stamp_ns, X_WB=base_at(0.0))

        def frame(self):
            self.stamp_ns += 1
            return frame(self.stamp_ns)

    with attach(SpatialMemory(), robot=Still()) as attached:
        until(lambda: attached.tick().view.robot is not None and attached.tick().age_s < 1.0)


@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_arguments_are_refused():
    with pytest.raises(InputError, match="the source 'camera' is int"):
        attach(SpatialMemory(), {"camera": 5})  # pyright: ignore[reportArgumentType]
    with pytest.raises(ConfigError, match="queue_max"):
        attach(SpatialMemory(), config=LiveConfig(queue_max=0))
    with pytest.raises(InputError, match="sources is a list; each has a name"):
        attach(SpatialMemory(), [unplugged])  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="a source is called 0; a name is printable text"):
        attach(SpatialMemory(), {0: unplugged})  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="the memory is a str; a SpatialMemory is needed"):
        attach("home.smem")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="the clock is a int; a spatialmem"):
        attach(SpatialMemory(), clock=5)  # pyright: ignore[reportArgumentType]
    with attach(SpatialMemory()) as attached, pytest.raises(InputError, match="a source is called ''"):
        attached.feed("")
    with pytest.raises(InputError, match="detectors is a list; each has a name"):
        attach(SpatialMemory(), detectors=[unplugged])  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="a method broken"):
        Lease([5])  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="premises is a int; it is a list of them"):
        Lease(5)  # pyright: ignore[reportArgumentType]
    with attach(SpatialMemory()) as attached, pytest.raises(InputError, match="object has no attribute lease"):
        attached.follow(object())  # pyright: ignore[reportArgumentType]
    with attach(SpatialMemory()) as attached, pytest.raises(InputError, match="a Lease is needed, this is a list"):
        attached.lease([1])  # pyright: ignore[reportArgumentType]


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_no_input_is_counted():
    with attach(SpatialMemory()) as attached:
        attached.put("text")
        until(lambda: attached.status().tallies["unnamed"].rejected == {"not_an_input": 1})


def test_a_function_that_makes_a_generator_is_to_be_called():
    with pytest.raises(InputError, match="the source 'walk' is a function that returns a generator"):
        attach(SpatialMemory(), {"walk": unplugged})
