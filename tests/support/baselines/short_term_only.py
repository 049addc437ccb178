"""The short-term memory without belief, behind the questions that all memories of objects here are asked."""

from __future__ import annotations

from baselines.asked import Place, most_alike
from baselines.hearing import Hearing
from spatialmem import Action, Input, Recall, RgbdFrame, RobotState, Unknown
from spatialmem.shortterm import Lifted, ShortTerm

__all__ = ["ShortTermOnly"]


class ShortTermOnly(Hearing):
    """What it is sure of, confirmed objects, is what it says; of several of one label the one seen last.

    It is told detections and nothing of what the frames show beside them: what is gone it keeps.
    """

    name = "ours without belief"

    def __init__(self) -> None:
        super().__init__()
        self.memory = ShortTerm(self.settings)

    def observe(self, x: Input) -> None:
        """Take in any input that says something about objects."""
        super().observe(x)
        if isinstance(x, Action):
            self.memory.act(x)
        elif isinstance(x, Recall):
            self.memory.recall(x.object_ids, x.stamp_ns)

    def moved(self, state: RobotState) -> None:
        """Follow the robot, and what it holds."""
        self.memory.move(state)

    def saw(self, lifted: list[Lifted], frame: RgbdFrame, source: str) -> None:
        """Associate, and update the tracks."""
        self.memory.see(lifted, stamp_ns=frame.stamp_ns, X_WC=frame.X_WC, source=source)

    def objects(self) -> tuple[Place, ...]:
        """Return the confirmed objects by id."""
        return tuple(
            Place(label=one.label, p_W=one.center_W, stamp_ns=one.stamp_ns, score=one.score)
            for one in self.memory.view().objects()
        )

    def where(self, label: str) -> Place | Unknown:
        """Return where the confirmed object of this label is that was seen last."""
        same = [one for one in self.objects() if one.label == label]
        return max(same, key=lambda one: one.stamp_ns, default=Unknown(f"no {label} is confirmed"))

    def nearest(self, text: str, k: int) -> tuple[Place, ...]:
        """Return the k confirmed objects whose labels are most like a text."""
        return most_alike(text, self.objects(), k)

    @property
    def stored_bytes(self) -> int:
        """All that it dumps, doubtful objects included."""
        return len(self.memory.dump())
