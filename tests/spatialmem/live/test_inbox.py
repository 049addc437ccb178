"""The queues: bounded, in order, every input accounted for, and a frame that waits for its pose holds up no other."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_inputs import S, clock, found, frame, state, unposed

from spatialmem import Detections, RgbdFrame
from spatialmem.live import LiveConfig
from spatialmem.live.inbox import Inbox
from spatialmem.live.poses import Posing
from spatialmem.types import Reason, Receipt, Rejected


def taken(inbox) -> Any:
    one = inbox.take(0.0)
    return None if one is None else one.input


def test_the_oldest_gives_way_and_is_counted():
    inbox = Inbox(LiveConfig(queue_max=2), clock())
    feed = inbox.feed("camera")
    assert [feed.put(frame(i * S)) for i in (1, 2, 3)] == [True, True, False]
    assert [taken(inbox).stamp_ns for _ in range(2)] == [2 * S, 3 * S]
    assert taken(inbox) is None
    assert feed.tally.sent == 3
    assert feed.tally.dropped == 1


def test_sources_are_taken_from_in_order_of_arrival():
    now = clock()
    inbox = Inbox(LiveConfig(), now)
    for stamp_ns, name in ((3 * S, "left"), (1 * S, "right"), (4 * S, "left")):
        inbox.feed(name).put(frame(stamp_ns, name))
        now.advance(1)
    assert [(x.source, x.stamp_ns) for x in (taken(inbox), taken(inbox), taken(inbox))] == [
        ("left", 3 * S),
        ("right", 1 * S),
        ("left", 4 * S),
    ]


def test_what_was_found_in_a_frame_comes_right_after_it_however_many_come_meanwhile():
    inbox = Inbox(LiveConfig(queue_max=2), clock())
    camera, detector = inbox.feed("camera"), inbox.feed("detector")
    for number in range(1, 8):
        camera.put(frame(number * S))
        detector.put(found(number * S))
        if number == 2:
            assert (type(taken(inbox)), detector.tally.dropped) == (RgbdFrame, 0)
    assert [(type(x), x.stamp_ns // S) for x in iter(lambda: taken(inbox), None)] == [
        (Detections, 1),
        (RgbdFrame, 6),
        (Detections, 6),
        (RgbdFrame, 7),
        (Detections, 7),
    ]
    assert (camera.tally.dropped, detector.tally.dropped) == (4, 4)


def test_detections_wait_for_the_frame_that_waits_for_its_pose():
    now = clock()
    inbox = Inbox(LiveConfig(pose_wait_s=0.2), now)
    inbox.feed("camera").put(unposed(10 * S))
    inbox.feed("detector").put(found(10 * S))
    inbox.feed("other").put(found(10 * S, "left"))
    assert taken(inbox).camera_source == "left"  # nobody waits for that
    assert taken(inbox) is None
    for stamp_ns in (10 * S - 1, 10 * S + 1):
        inbox.poses.add(state(stamp_ns))
    assert [type(taken(inbox)), type(taken(inbox))] == [RgbdFrame, Detections]
    inbox.feed("camera").put(unposed(20 * S))
    inbox.feed("detector").put(found(20 * S))
    now.advance(S)
    assert [type(taken(inbox)), taken(inbox)] == [Detections, None]  # the frame was given up: the gate says so of these


def test_what_follows_a_frame_is_dropped_and_counted_at_the_end():
    inbox = Inbox(LiveConfig(), clock())
    inbox.feed("camera").put(frame(S))
    inbox.feed("detector").put(found(S))
    taken(inbox)
    inbox.close()
    assert taken(inbox) is None
    assert inbox.feed("detector").tally.dropped == 1


def test_a_frame_is_posed_between_two_states():
    inbox = Inbox(LiveConfig(), clock())
    inbox.feed("robot").put(state(10 * S, x_m=1.0))
    inbox.feed("camera").put(unposed(10 * S + S // 20))
    assert taken(inbox).stamp_ns == 10 * S  # the state itself
    assert taken(inbox) is None  # where the robot was then is not known yet
    inbox.feed("robot").put(state(10 * S + S // 10, x_m=1.2))
    found = [taken(inbox), taken(inbox)]
    posed = next(x for x in found if isinstance(x, RgbdFrame))
    np.testing.assert_allclose(posed.X_WC[:3, 3], [1.2, 0.0, 1.0], atol=1e-9)  # 1.1 of the base, 0.1 of the camera


def test_a_frame_waits_for_its_pose_for_so_long_and_holds_up_its_own_source_only():
    now = clock()
    inbox = Inbox(LiveConfig(pose_wait_s=0.2), now)
    inbox.feed("camera").put(unposed(10 * S))
    inbox.feed("camera").put(frame(11 * S))
    inbox.feed("other").put(frame(12 * S, "other"))
    assert taken(inbox).stamp_ns == 12 * S
    assert taken(inbox) is None
    now.advance(S // 5)
    assert taken(inbox).stamp_ns == 11 * S
    assert inbox.feed("camera").tally.unposed == 1


@pytest.mark.parametrize(("stamps_s", "why"), [((10.0, 12.0), "gap"), ((11.5, 12.0), "older than all")])
def test_a_frame_that_will_never_have_a_pose_does_not_wait(stamps_s, why):
    inbox = Inbox(LiveConfig(pose_gap_s=0.25), clock())
    for stamp_s in stamps_s:
        inbox.feed("robot").put(state(int(stamp_s * S)))
        taken(inbox)
    inbox.feed("camera").put(unposed(11 * S))
    assert taken(inbox) is None
    assert inbox.feed("camera").tally.unposed == 1, why


def test_poses_come_from_states_that_were_dropped_too():
    inbox = Inbox(LiveConfig(queue_max=1), clock())
    for i in range(5):
        inbox.feed("robot").put(state(10 * S + i * S // 10, x_m=i / 10))
    inbox.feed("camera").put(unposed(10 * S + S // 4))
    posed = next(x for x in (taken(inbox), taken(inbox)) if isinstance(x, RgbdFrame))
    assert posed.X_WC[0, 3] == pytest.approx(0.35)


def test_a_clock_that_is_set_back_begins_new_poses_when_the_gate_believes_it():
    inbox = Inbox(LiveConfig(), clock())
    inbox.feed("robot").put(state(100 * S, x_m=5.0))
    for i in range(30):
        assert not isinstance(inbox.poses.at(10 * S), np.ndarray)
        assert isinstance(inbox.poses.at(100 * S), np.ndarray)
        inbox.feed("robot").put(state(10 * S + i * S // 100, x_m=1.0))
    assert inbox.poses.at(100 * S) is Posing.NOT_YET
    X_WB = inbox.poses.at(10 * S + 29 * S // 100)
    assert isinstance(X_WB, np.ndarray)
    assert X_WB[0, 3] == 1.0


@given(st.lists(st.sampled_from(["frame", "unposed", "state", "take", "reject", "lose", "wait"]), max_size=60))
def test_every_input_is_accounted_for(steps):
    now = clock()
    inbox = Inbox(LiveConfig(queue_max=3, pose_wait_s=0.1), now)
    sent = 0
    for number, step in enumerate(steps, 1):
        stamp_ns = number * S // 10
        made = {"frame": frame, "unposed": unposed, "state": state}.get(step)
        if made is not None:
            inbox.feed("robot" if step == "state" else "camera").put(made(stamp_ns))
            sent += 1
        elif step == "wait":
            now.advance(S // 10)
        elif (one := inbox.take(0.0)) is not None:
            answers = {"take": Receipt(number), "reject": Rejected(Reason.DUPLICATE, ""), "lose": None}
            inbox.note(one, answers[step])
    inbox.close()
    tallies = inbox.tallies().values()
    told = sum(one.acknowledged + one.dropped + one.unposed + one.lost for one in tallies)
    assert sum(one.sent for one in tallies) == sent == told
