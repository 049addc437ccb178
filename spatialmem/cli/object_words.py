"""What a command says of the objects that a memory remembers: as a mapping for `--json`, and as lines of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from spatialmem.memory import SpatialMemory
from spatialmem.types import ObjectState, Unknown
from spatialmem.view import View

__all__ = [
    "object_document",
    "object_facts",
    "object_figures",
    "shown_attributes",
    "shown_labels",
    "shown_place",
    "shown_size_m",
]


def object_figures(memory: SpatialMemory | View) -> dict[str, Any]:
    """Return how many objects there are, of which labels, how many are missing, what became of others, and changed.

    "changes" has how many there were by kind, None where not all are kept.
    """
    objects, changes = memory.objects(missing=True), memory.changed(0)
    labels = Counter(one.label for one in objects)
    return {
        **memory.object_counts,
        "missing": sum(one.missing for one in objects),
        "by_label": dict(labels.most_common()),
        "changes": None if isinstance(changes, Unknown) else dict(Counter(one.kind for one in changes).most_common()),
    }


def object_facts(figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and values for `console.print_facts`; nothing where no object was ever seen."""
    if not any(count for name, count in figures.items() if name != "by_label"):
        return
    missing = f", {figures['missing']} of them missing" if figures["missing"] else ""
    yield "objects", f"{figures['confirmed']} confirmed{missing}: {shown_labels(figures['by_label'])}"
    others = (
        ("tentative", "tentative"),
        ("expired", "seen too seldom"),
        ("merged", "found to be another one"),
        ("long_term", "left behind, in long-term memory"),
        ("forgotten", "forgotten for want of room"),
    )
    said = [f"{figures[name]} {words}" for name, words in others if figures[name]]
    said += [f"{figures['unplaced']} detections without depth"] if figures["unplaced"] else []
    said += [f"{figures['misfit']} detections of another picture size"] if figures["misfit"] else []
    said += [f"{figures['unheeded']} actions on what is not kept"] if figures["unheeded"] else []
    if said:
        yield "besides", ", ".join(said)
    if figures["changes"]:
        yield "changes", ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in figures["changes"].items())


def shown_labels(counts: dict[str, int]) -> str:
    """Return "5 chair, 2 mug"."""
    return ", ".join(f"{count} {label}" for label, count in counts.items()) or "none"


def object_document(one: ObjectState) -> dict[str, Any]:
    """Return an object as it stands in a JSON document. Lengths in metres, stamps in nanoseconds."""
    return {
        "id": one.id,
        "name": one.name,
        "label": one.label,
        "label_p": {label: round(p, 4) for label, p in one.label_p.items()},
        "confirmed": one.confirmed,
        "missing": one.missing,
        "center_W_m": [round(float(c), 4) for c in one.center_W],
        "sigma_m": [round(float(one.covariance_W[i, i]) ** 0.5, 4) for i in range(3)],
        "size_m": [round(float(c), 4) for c in one.size_m],
        "yaw_rad": round(one.yaw_rad, 4),
        "velocity_W_m_s": [round(float(c), 4) for c in one.velocity_W_m_s],
        "first_stamp_ns": one.first_ns,
        "last_stamp_ns": one.stamp_ns,
        "sightings": one.sightings,
        "viewpoints": one.viewpoints,
        "best_score": round(one.score, 4),
        "source": one.source,
        "attributes": dict(one.attributes),
    }


def shown_place(one: ObjectState) -> str:
    """Return "1.20 -0.35 0.80": the middle of its box [m]."""
    return " ".join(f"{float(c):.2f}" for c in one.center_W)


def shown_size_m(one: ObjectState) -> str:
    """Return "0.50 0.45 0.90": its box along its own axes [m]."""
    return " ".join(f"{float(c):.2f}" for c in one.size_m)


def shown_attributes(one: ObjectState) -> str:
    """Return "open, on 12", and how fast it moves where it does."""
    said = [value if name == "state" else "held" if name == "held" else f"{name} {value}"
            for name, value in one.attributes.items()]  # fmt: skip
    speed_m_s = float((one.velocity_W_m_s**2).sum()) ** 0.5
    return ", ".join([*said, f"moving {speed_m_s:.2f} m/s"] if speed_m_s > 0 else said)
