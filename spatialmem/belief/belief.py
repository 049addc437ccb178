"""`Belief`: whether each remembered object is still where it was seen; the room's one stateful class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spatialmem.belief.arrivals import adopt
from spatialmem.belief.belief_view import BeliefView
from spatialmem.belief.deeds import act
from spatialmem.belief.glance import Instant
from spatialmem.belief.identity import identify, settled_links
from spatialmem.belief.known import Objects, Sighting, Space
from spatialmem.belief.links import Pair
from spatialmem.belief.log import FORGOTTEN, Entry
from spatialmem.belief.looks import look
from spatialmem.belief.mind import Mind
from spatialmem.belief.reports import overlooked
from spatialmem.belief.riding import end_rides, ride
from spatialmem.belief.sightings import Sighted, sight
from spatialmem.belief.state import Kept, kept_of
from spatialmem.belief.table import How
from spatialmem.belief.verdict import Verdict
from spatialmem.config import BeliefConfig, DepthConfig, ShortTermConfig
from spatialmem.types import Action, Detection, RgbdFrame, RobotState, Unknown

__all__ = ["Belief"]


class Belief:
    """One thread tells it; any thread may read the views that it gives.

    What it is told of is of objects that are kept elsewhere: it goes by their ids.
    """

    def __init__(self, config: BeliefConfig, sensing: ShortTermConfig):
        """sensing: how well poses and depth are known where a frame does not say."""
        self.config = config
        self._mind = Mind(config, sensing)
        self._publish()

    # what it is told

    def look(self, frame: RgbdFrame, objects: Objects, sensor: DepthConfig, seq: int) -> Verdict:
        """Hold the objects in view against a frame's depth."""
        at = Instant(frame.stamp_ns, seq, frame.X_WC[:3, 3])
        self._mind.stand(at)
        missing = look(self._mind, frame, objects, sensor, at)
        self._publish(looked_only=True)
        return Verdict(missing=missing)

    def see(
        self,
        seen: Sequence[tuple[int, Sighting]],
        gone: Mapping[int, int],
        *,
        frame: RgbdFrame,
        source: str,
        objects: Objects,
        sensor: DepthConfig,
        seq: int,
        space: Space,
        items: Sequence[Detection] = (),
    ) -> Verdict:
        """Take in what a detector found in a frame, and what it did not find there.

        gone: what is no longer kept, and what stands for it, see `shortterm.Detected`. objects: as they are after it.
        space: what the map knows of space. items: all that the detector found, also that which has no place.
        """
        at = Instant(frame.stamp_ns, seq, frame.X_WC[:3, 3])
        for object_id, heir in sorted(gone.items()):
            self._mind.forget(object_id, heir, seq, objects)
        shows = dict(seen).keys()
        along = ride(self._mind, shows, objects, at)
        told: dict[int, Sighted] = {}
        for object_id, one in sorted(dict(seen).items()):
            record = objects.object(object_id)
            if not isinstance(record, Unknown):
                told[object_id] = sight(self._mind, record, one, objects, frame, at, space)
        end_rides(self._mind, shows, objects, at)
        missing = overlooked(self._mind, seen, items, frame, source, objects, sensor, at)
        self._mind.views.note(source, frame)
        doubted, displaced = (
            tuple(object_id for object_id, what in told.items() if what == which)
            for which in (Sighted.DOUBTED, Sighted.DISPLACED)
        )
        verdict = Verdict((*missing, *doubted), displaced, settled_links(self._mind, objects, at), along)
        self._publish()
        return verdict

    def act(self, action: Action, objects: Objects, seq: int) -> Verdict:
        """Follow what the robot did to an object. objects: as they are after it."""
        verdict = act(self._mind, action, objects, seq)
        self._publish()
        return verdict

    def carry(self, state: RobotState) -> None:
        """Note the way of the gripper while it holds something."""
        table = self._mind.table
        holds = state.X_WG is not None and ((table.how == How.HELD) & (table.ids > 0)).any()
        if holds and state.X_WG is not None and self._mind.carried.go(state.X_WG[:3, 3]):
            self._publish(looked_only=True)

    def identify(self, pair: Pair, objects: Objects, at: Instant) -> None:
        """Let an old object be what was seen under another id. objects: as they are after it."""
        identify(self._mind, pair, objects, at)
        self._publish()

    def forget(self, gone: Mapping[int, float], objects: Objects, at: Instant) -> None:
        """Forget objects for which there is no room, and log that. gone: with how probably each is there still.

        objects: as they are before it.
        """
        for object_id, p in sorted(gone.items()):
            record = objects.object(object_id)
            if object_id in self._mind.table.row_of and not isinstance(record, Unknown):
                self._mind.write(record, FORGOTTEN, at, objects, from_W=record.center_W, to_W=None, p=p)
            self._mind.forget(object_id, 0, at.seq, objects)
        self._publish()

    def adopt(self, objects: Objects, seq: int) -> None:
        """Believe in the objects that were kept by input `seq` and that it was never told of."""
        for record in objects.objects():
            if record.id not in self._mind.table.row_of:
                adopt(self._mind, record, objects, seq)
        self._publish()

    # what it answers

    def view(self) -> BeliefView:
        """Return what is believed at this moment. Never waits."""
        return self._view

    def take_changes(self) -> tuple[Entry, ...]:
        """Return the changes that were written down or taken back since the last call."""
        return self._mind.log.take()

    def dump(self) -> bytes:
        """Return all that is believed as bytes; the same belief is the same bytes."""
        return self._view.dump()

    @classmethod
    def load(cls, data: bytes, sensing: ShortTermConfig) -> Belief:
        """Make one of the bytes of `dump`, as if it had never stopped. Raises InputError for damaged bytes."""
        kept = kept_of(data)
        made = cls(kept.config, sensing)
        made.become(kept)
        return made

    def become(self, kept: Kept) -> None:
        """Be what was believed at another moment."""
        self._mind.become(kept)
        self._publish()

    def _publish(self, *, looked_only: bool = False) -> None:
        """Make this the moment that is read: one assignment."""
        self._view = BeliefView(self._mind.kept(looked_only=looked_only))
