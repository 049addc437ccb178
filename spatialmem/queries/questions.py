"""`BeliefQuestions`: every question about what is believed, as a thin method of a view or a memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float64

from spatialmem.queries.answering import Answering
from spatialmem.queries.asked import checked_count
from spatialmem.queries.changed import changed
from spatialmem.queries.explain import explain
from spatialmem.queries.history import history
from spatialmem.queries.where import every_whereabouts, where
from spatialmem.types import Change, Explanation, Unknown, Whereabouts

__all__ = ["BeliefQuestions"]


class BeliefQuestions(Answering):
    """What can be asked about belief. A memory answers from its newest state, a view from its own."""

    def where(
        self,
        what: str | int | Mapping[str, str],
        *,
        k: int = 10,
        from_W: Sequence[float] | Float64[np.ndarray, "3"] | None = None,
        at_ns: int | None = None,
    ) -> tuple[Whereabouts, ...] | Unknown:
        """Return where something is, the most probable first; never with more certainty than there is.

        Of places that are equally probable, to two digits, the one with the smaller `go_m` comes first.

        what: a label, an object's id or a name that it has or had, or attributes, "label" among them: {"label": "cup",
        "on": "table-12"}. "on" and "in" are the id, the name or the label of what it rests on or in, whether the robot
        said so or it was seen so (`place`). k: so many places at most. from_W: where the way begins, in W [m], which
        `go_m` and `elsewhere_m` are counted from; else where the robot is. at_ns: as of which stamp, now or later; else
        the newest that was told.

        Unknown, with the reason, where nothing is believed to be there with belief.answer_p_min. Its `look_next` is a
        place worth looking at: of what is hardly there any more, its own; of what is missing, that of another of its
        label; of a label that nothing mostly has, that of what was called so now and then; else None.
        Raises UnknownLabel for a label that no detector ever gave, QueryError for a name that its object never had,
        InputError or QueryError for what cannot be asked.
        """
        return where(self._asked(at_ns), what, from_W=from_W, k=checked_count(k))

    def whereabouts(
        self,
        *,
        from_W: Sequence[float] | Float64[np.ndarray, "3"] | None = None,
        at_ns: int | None = None,
    ) -> tuple[Whereabouts, ...]:
        """Return where every confirmed object is, by id, those that are missing and those hardly there, too.

        from_W, at_ns: as for `where`; `elsewhere_m` is that of others of the same label. Raises InputError or
        QueryError for what cannot be asked.
        """
        return every_whereabouts(self._asked(at_ns), from_W=from_W)

    def history(self, what: int | str) -> tuple[Change, ...] | Unknown:
        """Return what became known of an object, the oldest first, as it is known now; Unknown where nothing did.

        what: its id, or a name that it has or had. Of what a view no longer has, the file of a memory does:
        `SpatialMemory.history` reads it. Raises QueryError for a name that its object never had, InputError for what is
        neither.
        """
        return history(self._asked(None), what)

    def changed(
        self, since_ns: int | None = None, until_ns: int | None = None, *, since_seq: int | None = None
    ) -> tuple[Change, ...] | Unknown:
        """Return what changed in the world and was noticed since a stamp, and until another, the oldest first.

        Of every object at most one change of its place, from where it was to where it is now, and one of whether it is
        open: what came and went again meanwhile, was missed and found, or was brought back is no change (`history` has
        every step). Nor is what was seen for the first time where nobody had looked before. Unknown where so old
        changes are no longer kept.

        since_ns, until_ns: stamps [ns] of the frame or action that showed it, both within. since_seq: what was noticed
        by inputs after this number. One of since_ns and since_seq at least, InputError otherwise; both hold if both are
        given. Who polls asks by number: a change has the stamp of its frame, and a slow detector tells it later. Take
        one view for each poll, and keep its number:

            view = memory.view()
            changes, polled_seq = view.changed(since_seq=polled_seq), view.seq
        """
        return changed(self._asked(None), since_ns, until_ns, since_seq)

    def explain(self, what: int | str) -> Explanation | Unknown:
        """Return why the memory believes what it does of an object; Unknown where it is not remembered.

        what: its id, or a name that it has or had. The pictures that go with it are `SpatialMemory.evidence`. Raises
        QueryError for a name that its object never had, InputError for what is neither.
        """
        return explain(self._asked(None), what)
