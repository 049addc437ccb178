"""How a memory's file answers for the past: places and relations from its rows, maps by replaying its journal."""

from __future__ import annotations

from collections import deque

from spatialmem.errors import StoreError
from spatialmem.graph import PastFloor, RestNote, SpotNote
from spatialmem.graph.history import History
from spatialmem.graph_rows import floor_of, rests_of, spots_of
from spatialmem.memory_file import MemoryFile
from spatialmem.queries.past_view import PastRows
from spatialmem.types import Unknown
from spatialmem.view import View

__all__ = ["past_rows"]


def past_rows(file: MemoryFile, history: History) -> PastRows:
    """Return where the past is read from. history: what was written at the moment that is asked."""
    path, config = file.store.path, file.config

    def floor(stamp_ns: int, known_seq: int) -> PastFloor | Unknown:
        known = {"last_number": history.place_rows, "since_ns": history.places_since_ns}
        return floor_of(path, stamp_ns, known_seq, **known)

    def spots(stamp_ns: int, known_seq: int) -> dict[int, SpotNote]:
        return spots_of(path, stamp_ns, known_seq, last_number=history.place_rows)

    def rests(stamp_ns: int, known_seq: int) -> tuple[RestNote, ...] | Unknown:
        known = {"last_number": history.rest_rows, "since_ns": history.rests_since_ns}
        return rests_of(path, stamp_ns, known_seq, **known)

    def map_of(stamp_ns: int, known_seq: int) -> View | Unknown:
        """Replay until the newest input of then; later ones of an older stamp count, for they tell of then."""
        again = MemoryFile.open(path, config, read_only=True)
        try:
            if again.store.durable_seq < known_seq:
                return Unknown(f"input {known_seq} is not durable yet; flush() waits for it")
            until_seq = again.store.newest_seq(stamp_ns, known_seq)
            last = deque(again.replay(until_seq), maxlen=1)
            return last[0].view(config.world) if last else Unknown("no input had come by then")
        except StoreError as gone:
            if not again.store.dropped_until:
                raise
            return Unknown(str(gone))
        finally:
            again.store.close()

    return PastRows(floor, spots, rests, map_of)
