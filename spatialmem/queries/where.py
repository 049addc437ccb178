"""Where something is, how surely, and whether to go there.

Going to a place costs the way until it is in sight (from as far as it was ever reported), and a search from there
where the thing is gone:
way + (1 - p) search. Declining it costs the search alone, or going to a better answer. A search passes every square
metre of floor where a camera has stood, and finds the thing half way on average (Koopman 1946, "Search and Screening":
exhaustive search).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.belief import place_words
from spatialmem.errors import QueryError
from spatialmem.queries.asked import Asked
from spatialmem.queries.meant import meant
from spatialmem.types import Candidate, ObjectState, Unknown, Whereabouts

__all__ = ["every_whereabouts", "where", "whereabouts"]

P_DIGITS = 2
"""No probability is known better."""


def where(
    asked: Asked, what: object, *, from_W: Sequence[float] | Float64[np.ndarray, "3"] | None, k: int = 10
) -> tuple[Whereabouts, ...] | Unknown:
    """Return the places of what is asked for; see `BeliefQuestions.where`."""
    records = meant(asked, what)
    if isinstance(records, Unknown):
        return records
    ranked = _Ranked(asked, records, _start(asked, from_W))
    likely = ranked.likely(asked.belief.kept.config.answer_p_min)
    if len(likely):
        return tuple(ranked.answer(i) for i in likely[:k].tolist())
    if not ranked.records:
        return Unknown(f"{records[0].name} was never seen here")
    return _nowhere(asked, [ranked.answer(i) for i in range(len(ranked.records))])


def every_whereabouts(
    asked: Asked, *, from_W: Sequence[float] | Float64[np.ndarray, "3"] | None
) -> tuple[Whereabouts, ...]:
    """Return where all confirmed objects are, by id; see `BeliefQuestions.whereabouts`."""
    start_W = _start(asked, from_W)
    by_label: dict[str, list[ObjectState]] = {}
    for one in asked.objects.objects(missing=True):
        by_label.setdefault(one.label, []).append(one)  # elsewhere is where another of the kind is
    found = [one for records in by_label.values() for one in whereabouts(asked, records, start_W)]
    return tuple(sorted(found, key=lambda one: one.object.id))


def _nowhere(asked: Asked, found: Sequence[Whereabouts]) -> Unknown:
    """Say why nothing is believed to be anywhere, and where to look."""
    newest = max(found, key=lambda one: one.last_seen_ns)
    x, y, z = (float(c) for c in newest.p_W)
    ago_s = (asked.stamp_ns - newest.last_seen_ns) * 1e-9
    if newest.missing_since_ns is not None:
        looked_s = (asked.stamp_ns - newest.missing_since_ns) * 1e-9
        reason = (
            f"{newest.object.name} was seen last {ago_s:.1f} s ago, looked for {looked_s:.1f} s ago, and was not there"
        )
        return Unknown(reason, _elsewhere(asked, newest))
    return Unknown(
        f"{newest.object.name} was seen last {ago_s:.1f} s ago; by now it is there with P = {newest.p_there:.2f} only",
        (x, y, z),
    )


def _elsewhere(asked: Asked, gone: Whereabouts) -> tuple[float, float, float] | None:
    """Return where to look for what is missing: at that of its kind which was looked at longest ago; None without."""
    others = [one for one in asked.objects.objects(gone.object.label) if one.id != gone.object.id]
    if not others:
        return None
    rows = asked.belief.rows([one.id for one in others])
    looked = [int(asked.belief.table.looked_ns[row]) if row >= 0 else 0 for row in rows.tolist()]
    p_W = others[int(np.argmin(looked))].center_W
    return float(p_W[0]), float(p_W[1]), float(p_W[2])


def _start(asked: Asked, from_W: object) -> Float64[np.ndarray, "3"] | None:
    """Return where the way begins: as given, else where the robot is, else where the camera was."""
    if from_W is not None:
        try:
            point = np.asarray(from_W, dtype=np.float64)
        except (TypeError, ValueError):
            point = np.empty(0)
        if point.shape != (3,) or not np.isfinite(point).all():
            raise QueryError(f"from_W is {from_W!r}; three finite numbers [m] are needed.")
        return point
    robot = asked.objects.kept.robot
    if robot is not None:
        return robot.X_WB[:3, 3]
    camera_W = asked.belief.kept.camera_W
    return None if camera_W is None else np.array(camera_W)


def whereabouts(
    asked: Asked, records: Sequence[ObjectState], start_W: Float64[np.ndarray, "3"] | None
) -> list[Whereabouts]:
    """Return where objects are, in their order; those that nothing is believed of are left out."""
    ranked = _Ranked(asked, records, start_W)
    return [ranked.answer(i) for i in range(len(ranked.records))]


class _Ranked:
    """The objects that are meant, and how probable and how far each is; answers are made of those that are wanted."""

    def __init__(self, asked: Asked, records: Sequence[ObjectState], start_W: Float64[np.ndarray, "3"] | None):
        self.asked, belief = asked, asked.belief
        rows = belief.rows([one.id for one in records])
        self.records = [one for one, row in zip(records, rows.tolist(), strict=True) if row >= 0]
        self.rows = rows[rows >= 0]
        self.weights = belief.link_weights(asked.objects, asked.stamp_ns)
        moved_p = dict.fromkeys((old for old, _ in self.weights), 0.0)
        for (old, _), weight in self.weights.items():
            moved_p[old] += weight
        self.elsewhere = _candidates(asked, {one.id for one in self.records}, self.weights)
        stays = np.array([1.0 - moved_p.get(one.id, 0.0) for one in self.records])
        self.p = belief.p_there(self.rows, asked.objects, asked.stamp_ns) * stays
        places = np.array([one.center_W for one in self.records]).reshape(-1, 3)
        away = np.zeros((len(places), 2)) if start_W is None else places[:, :2] - start_W[:2]
        self.search_m = belief.search_m
        away_m = np.maximum(np.hypot(away[:, 0], away[:, 1]) - belief.table.reach_m[self.rows], 0.0)
        self.go_m = away_m + (1.0 - self.p) * self.search_m
        self.best_m = np.sort(self.go_m)[:2]
        """Of the best answer; and of the best other one, for that."""

    def likely(self, least_p: float) -> Int64[np.ndarray, "m"]:
        """Return which of them are worth an answer: they are there, or may be elsewhere.

        The most probable first; of those that are equally probable, to `P_DIGITS` digits, the best to go to.
        """
        there_p = np.where([one.missing for one in self.records], 0.0, self.p)
        answered = {self.records[i].id for i in np.flatnonzero(there_p >= least_p)}
        best_p = there_p.copy()
        for i, one in enumerate(self.records if self.elsewhere else ()):
            found = self.elsewhere.get(one.id, ())
            best_p[i] = max([there_p[i], *(other.p for other in found if other.object_id not in answered)])
        ids = np.array([one.id for one in self.records], np.int64)
        order = np.lexsort((ids, self.go_m, -best_p.round(P_DIGITS)))
        return order[best_p[order] >= least_p]

    def answer(self, i: int) -> Whereabouts:
        """Return where one of them is."""
        asked, one, row, table = self.asked, self.records[i], int(self.rows[i]), self.asked.belief.table
        others_m = float(self.best_m[-1] if self.go_m[i] == self.best_m[0] else self.best_m[0])
        return Whereabouts(
            object=one,
            p_there=float(self.p[i]),
            presence=asked.presence(one, row),
            p_W=one.center_W,
            sigma_m=float(np.sqrt(max(float(np.linalg.eigvalsh(one.covariance_W)[-1]), 0.0))),
            place=place_words(table, row, asked.objects),
            last_seen_ns=int(table.seen_ns[row]),
            last_looked_ns=int(table.looked_ns[row]),
            looked_from_W=asked.looked_from(row),
            missing_since_ns=int(table.missing_ns[row]) or None,
            candidates=self.elsewhere.get(one.id, ()),
            seen_seq=int(table.seen_seq[row]),
            looked_seq=int(table.looked_seq[row]),
            go_m=float(self.go_m[i]),
            elsewhere_m=min(self.search_m, others_m) if len(self.records) > 1 else self.search_m,
        )


def _candidates(
    asked: Asked, olds: set[int], weights: Mapping[tuple[int, int], float]
) -> dict[int, tuple[Candidate, ...]]:
    """Return where objects may be besides, by id: each is what was seen there, and that is there still."""
    pairs = [pair for pair in weights if pair[0] in olds]
    news = sorted({new for _, new in pairs})
    there = asked.belief.p_there(asked.belief.rows(news), asked.objects, asked.stamp_ns).tolist()
    there_p, least_p = dict(zip(news, there, strict=True)), asked.belief.kept.config.answer_p_min
    found: dict[int, list[Candidate]] = {}
    for old, new in pairs:
        record, p = asked.objects.object(new), weights[old, new] * there_p[new]
        if p >= least_p and not isinstance(record, Unknown) and not record.missing:
            found.setdefault(old, []).append(Candidate(p=p, p_W=record.center_W, object_id=new))
    return {old: tuple(sorted(ones, key=lambda one: (-one.p, one.object_id))) for old, ones in found.items()}
