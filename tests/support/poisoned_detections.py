"""Detections with something wrong, and under which name they, or the part of them, are left out."""

from typing import Any

import numpy as np
from poisoned_inputs import poisoned

from spatialmem.types import Detection, Detections

S = 1_000_000_000
BOX = (1.0, 2.0, 5.0, 9.0)
MASK = np.zeros((24, 32), bool)
MASK[3:9, 4:20] = True


def item(**fields) -> Any:
    return poisoned(Detection(label="mug", score=0.5), **fields)


def given(*items, stamp_s=5.0, **fields) -> Any:
    stamp_ns = round(stamp_s * S)
    x = Detections(source="detector", stamp_ns=stamp_ns, received_ns=stamp_ns, camera_source="never heard of")
    return poisoned(x, items=items, **fields)


def random_item(rng: np.random.Generator) -> Any:
    """Return a good item, with the parts that its turn gives it."""
    mask = np.zeros((24, 32), bool)
    v, u = rng.integers(0, 20, 2)
    mask[v : v + 4, u : u + 7] = rng.random((4, 7)) < 0.8
    mask[v, u] = True
    place = [{"box_px": (float(u), float(v), u + 6.5, v + 3.5)}, {"mask": mask}][int(rng.integers(2))]
    embedding = rng.standard_normal(16).astype(np.float32) if rng.random() < 0.5 else None
    return item(label=str(rng.choice(["mug", "a chair", "Buch"])), score=rng.random(), embedding=embedding, **place)


GOOD = item(label="chair", box_px=BOX)

ITEM_POISON = [
    ("text", "mug", "detection_kind", "'mug'"),
    ("none", None, "detection_kind", "None"),
    ("a whole input", given(), "detection_kind", "Detections"),
    ("unfinished", object.__new__(Detection), "detection_kind", "cannot be read"),
    ("label_none", item(label=None, box_px=BOX), "detection_label", "label is None"),
    ("label_number", item(label=7, box_px=BOX), "detection_label", "label is 7"),
    ("label_bytes", item(label=b"mug", box_px=BOX), "detection_label", "bytes"),
    ("label_empty", item(label="", box_px=BOX), "detection_label", "at least one"),
    ("label_blank", item(label=" \t\u2028\xa0", box_px=BOX), "detection_label", "at least one"),
    ("label_control", item(label="\x00\x1b\u202e\ud800" * 2500, box_px=BOX), "detection_label", "at least one"),
    ("score_nan", item(score=np.nan, box_px=BOX), "detection_score", "score is nan"),
    ("score_inf", item(score=np.inf, box_px=BOX), "detection_score", "inf"),
    ("score_percent", item(score=87.0, box_px=BOX), "detection_score", "percent"),
    ("score_negative", item(score=-0.01, box_px=BOX), "detection_score", "-0.01"),
    ("score_bool", item(score=True, box_px=BOX), "detection_score", "True"),
    ("score_text", item(score="0.5", box_px=BOX), "detection_score", "'0.5'"),
    ("score_huge", item(score=10**5000, box_px=BOX), "detection_score", "bits"),
    ("score_array", item(score=np.array(0.5), box_px=BOX), "detection_score", "array"),
    ("no_place", item(), "detection_place", "neither"),
]
PART_POISON = [
    ("box_nan", {"box_px": (1.0, np.nan, 5.0, 9.0)}, "detection_box", "nan"),
    ("box_inf", {"box_px": (1.0, 2.0, np.inf, 9.0)}, "detection_box", "inf"),
    ("box_inverted", {"box_px": (5.0, 2.0, 1.0, 9.0)}, "detection_box", "rising"),
    ("box_no_area", {"box_px": (5.0, 2.0, 5.0, 9.0)}, "detection_box", "rising"),
    ("box_outside", {"box_px": (-9.0, 2.0, -1.0, 9.0)}, "detection_box", "inside"),
    ("box_far", {"box_px": (1.0, 2.0, 1e9, 9.0)}, "detection_box", "100000"),
    ("box_three", {"box_px": (1.0, 2.0, 5.0)}, "detection_box", "u_max"),
    ("box_text", {"box_px": ("1", "2", "5", "9")}, "detection_box", "'1'"),
    ("box_number", {"box_px": 7}, "detection_box", "a box is 7"),
    ("box_matrix", {"box_px": np.zeros((2, 2))}, "detection_box", "(2, 2)"),
    ("mask_uint8", {"mask": MASK.astype(np.uint8)}, "detection_mask", "uint8"),
    ("mask_float", {"mask": MASK * 1.0}, "detection_mask", "float64"),
    ("mask_list", {"mask": MASK.tolist()}, "detection_mask", "list"),
    ("mask_3d", {"mask": MASK[None]}, "detection_mask", "(1, 24, 32)"),
    ("mask_flat", {"mask": MASK.ravel()}, "detection_mask", "(768,)"),
    ("mask_no_pixels", {"mask": MASK[:0]}, "detection_mask", "(0, 32)"),
    ("mask_empty", {"mask": np.zeros_like(MASK)}, "detection_mask", "no pixel set"),
    ("mask_vast", {"mask": np.broadcast_to(True, (10**6, 10**6))}, "detection_mask", "1000000"),
    ("mask_masked", {"mask": np.ma.masked_equal(MASK, True)}, "detection_mask", "MaskedArray"),
    ("embedding_int", {"embedding": np.ones(8, int)}, "detection_embedding", "int64"),
    ("embedding_complex", {"embedding": np.ones(8, complex)}, "detection_embedding", "complex"),
    ("embedding_list", {"embedding": [1.0, 0.0]}, "detection_embedding", "list"),
    ("embedding_2d", {"embedding": np.ones((2, 4), np.float32)}, "detection_embedding", "(2, 4)"),
    ("embedding_empty", {"embedding": np.ones(0, np.float32)}, "detection_embedding", "(0,)"),
    ("embedding_long", {"embedding": np.ones(10**6, np.float32)}, "detection_embedding", "1000000"),
    ("embedding_nan", {"embedding": np.array([1, np.nan], np.float32)}, "detection_embedding", "NaN"),
    ("embedding_inf", {"embedding": np.array([1, np.inf])}, "detection_embedding", "inf"),
    ("embedding_zero", {"embedding": np.zeros(8, np.float32)}, "detection_embedding", "zero"),
    ("attributes_text", {"attributes": "open"}, "detection_attributes", "'open'"),
    ("attributes_list", {"attributes": [("state", "open")]}, "detection_attributes", "a dict"),
    ("attributes_number", {"attributes": {"state": 3}}, "detection_attributes", "3"),
    ("attributes_nameless", {"attributes": {3: "open"}}, "detection_attributes", "3"),
    ("attributes_blank", {"attributes": {" ": "open"}}, "detection_attributes", "label"),
    ("attributes_many", {"attributes": {str(k): "x" for k in range(17)}}, "detection_attributes", "at most 16"),
    (
        "attributes_held",
        {"attributes": {"held": "yes", "state": "open"}},
        "detection_attributes",
        "held: what the robot",
    ),
    ("attributes_on", {"attributes": {" on\n": "table"}}, "detection_attributes", "an Action says it"),
]
