"""Messages that wait: bounded by topic, in their order, and none of another topic is lost."""

from hypothesis import given
from hypothesis import strategies as st

from spatialmem.live.ros2.backlog import Backlog, Waiting

BOUNDS = {"/image": 2, "/tf": 4}


@given(st.lists(st.one_of(st.sampled_from(sorted(BOUNDS)), st.none()), max_size=40))
def test_the_newest_of_each_topic_wait_in_their_order(steps):
    """A list of what was put is the model; None takes one out."""
    backlog, model = Backlog(BOUNDS), []
    for number, topic in enumerate(steps):
        if topic is None:
            assert backlog.take(0.0) == (model.pop(0) if model else None)
            continue
        same = [one for one in model if one.topic == topic]
        assert backlog.put(topic, number, number) == (len(same) < BOUNDS[topic])
        if len(same) == BOUNDS[topic]:
            model.remove(same[0])
        model.append(Waiting(topic, number, number))
    assert [backlog.take(0.0) for _ in model] == model
    assert backlog.take(0.0) is None
