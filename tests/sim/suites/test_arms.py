"""Each arm remembers what it says, no more and no less."""

import numpy as np
import pytest
from homes import two_rooms

from sim.suites.arms import ARMS, ArmMemory, Seen
from sim.suites.setup import Setup
from spatialmem import Receipt, RobotState

SETUP = Setup(robot="differential", budget_mib=64)
HOME = two_rooms()


def heard(memory) -> int:
    """How many inputs it was told."""
    return memory.view().seq


class Told:
    """Tells an arm's memories one thing in each episode, and takes down how much the one that is asked knew before."""

    def __init__(self, arm: str):
        self.arm, self.stamp_ns = ArmMemory(arm, SETUP), 0

    def tell(self, memory) -> None:
        self.stamp_ns += 10**9
        x = RobotState(
            source="robot", stamp_ns=self.stamp_ns, received_ns=self.stamp_ns, world=HOME.name, X_WB=np.eye(4)
        )
        assert isinstance(memory.observe(x), Receipt)

    def visit(self, number: int, episodes: int = 2) -> list[tuple[int, dict[str, Seen]]]:
        self.arm.begin_visit(HOME, self.tell)
        knew = []
        for episode in range(episodes):
            held = self.arm.begin_episode()
            knew.append((heard(held[0].memory), dict(held[0].seen)))
            for one in held:
                self.tell(one.memory)
                one.note({f"thing-{number}-{episode}": (0.0, 0.0)}, number)
        self.arm.end_visit()
        return knew


@pytest.mark.parametrize(
    ("arm", "first", "second", "third"),
    [
        ("none", [0, 0], [0, 0], [0, 0]),
        ("short", [0, 1], [0, 1], [0, 1]),
        ("long", [0, 0], [2, 2], [4, 4]),
        ("both", [0, 1], [2, 3], [4, 5]),
        ("oracle", [1, 1], [1, 1], [1, 1]),
    ],
)
def test_an_arm_remembers_what_it_says(arm, first, second, third):
    told = Told(arm)
    for number, expected in enumerate((first, second, third), 1):
        assert [count for count, _ in told.visit(number)] == expected


def test_what_was_in_view_goes_with_the_memory():
    long, short = Told("long"), Told("short")
    long.visit(1)
    short.visit(1)
    assert [seen for _, seen in long.visit(2)] == [{"thing-1-0": Seen(1, 0.0, 0.0), "thing-1-1": Seen(1, 0.0, 0.0)}] * 2
    assert [seen for _, seen in short.visit(2)] == [{}, {"thing-2-0": Seen(2, 0.0, 0.0)}]


def test_a_memory_can_be_brought_along():
    before = Told("both")
    before.visit(0)
    before.arm.begin_visit(HOME)
    data, seen = before.arm.begin_episode()[0].memory.dump(), {"mug-1": Seen(0, 1.0, 2.0)}
    long = Told("long")
    long.stamp_ns = before.stamp_ns
    long.arm.remember(data, seen)
    assert long.visit(1, episodes=1) == [(2, {"mug-1": Seen(0, 1.0, 2.0)})]


def test_nothing_is_learnt_for_later_on_the_last_visit():
    told = Told("long")
    told.visit(1)
    told.arm.begin_visit(HOME, last=True)
    held = told.arm.begin_episode()
    assert [heard(one.memory) for one in held] == [2]


def test_an_arm_that_there_is_none_of_is_refused():
    assert ARMS == ("none", "short", "long", "both", "oracle")
    with pytest.raises(ValueError, match="there is no arm 'much'; there are none, short"):
        ArmMemory("much", SETUP)
