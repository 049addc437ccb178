"""Reads a recording that `record_mcap` wrote: every input as it was, to the last bit, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from spatialmem.episodes.bags.assemble import Account
from spatialmem.episodes.bags.images import color_of, depth_of
from spatialmem.episodes.bags.log import Message, MessageLog
from spatialmem.episodes.bags.parts import FIELD, FORMAT, FORMAT_VERSION, FORMAT_VERSION_WHOLE, SOURCE
from spatialmem.episodes.bags.payload import PAYLOAD, payload_of
from spatialmem.episodes.bags.ros_types import Undecodable, camera_of, decode, numbers_of, points_of
from spatialmem.errors import EpisodeError
from spatialmem.types import Input, PointScan, RgbdFrame

__all__ = ["LAST_FIELDS", "is_own", "own_inputs"]

LAST_FIELDS = ("depth", "points_S", PAYLOAD)
"""The field that comes last of each input, and once for each."""
SHAPES = {"X_WC": (4, 4), "X_WS": (4, 4), "X_BC": (4, 4), "X_BS": (4, 4), "pose_cov": (6, 6)}


def is_own(log: MessageLog) -> bool:
    """Whether a recording is one of ours, by its channels. Raises EpisodeError for a version that is not known here."""
    if not any(FIELD in channel.metadata for channel in log.channels):
        return False
    version = log.metadata.get(FORMAT, {}).get("version", FORMAT_VERSION)
    if version not in (FORMAT_VERSION, FORMAT_VERSION_WHOLE):
        raise EpisodeError(
            f"{log.path} was written in version {version} of the format, {FORMAT_VERSION} and {FORMAT_VERSION_WHOLE} "
            f"are known; a newer spatialmem reads it."
        )
    return True


def own_inputs(messages: Iterator[Message], world: str, account: Account) -> Iterator[Input]:
    """Yield the inputs of a recording; one of which a part is lost is left out and counted."""
    gathered: dict[str, Message] = {}
    sequence = -1
    for message in messages:
        field = message.channel.metadata.get(FIELD)
        if field is None:  # transforms, for viewers
            continue
        if message.sequence != sequence:
            gathered, sequence = {}, message.sequence
        gathered[field] = message
        if field not in LAST_FIELDS:
            continue
        try:
            yield payload_of(message, world) if field == PAYLOAD else _SENSED[field](gathered, world)
        except Undecodable as error:
            account.leave_out(error.reason, str(error))


def _common(gathered: Mapping[str, Message], last: Message, world: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields that all inputs have."""
    fields: dict[str, Any] = {
        "source": last.channel.metadata.get(SOURCE, ""),
        "stamp_ns": last.publish_ns,
        "received_ns": last.log_ns,
        "world": world,
    }
    for name in names:
        if name in gathered:
            fields[name] = numbers_of(decode(gathered[name]), SHAPES[name])
    return fields


def _frame(gathered: Mapping[str, Message], world: str) -> RgbdFrame:
    last = gathered["depth"]
    _require(gathered, "X_WC", "camera")
    fields = _common(gathered, last, world, ("X_WC", "X_BC", "pose_cov"))
    marks = last.channel.metadata
    depth = depth_of(decode(last))
    try:
        unit_m = float.fromhex(marks["depth_unit_m"])
    except (KeyError, ValueError) as error:
        raise Undecodable("no_depth_unit", f"the channel of depth does not say its unit: {error}") from error
    return RgbdFrame(
        **fields,
        depth=depth.astype(np.float16) if marks.get("dtype") == "f2" else depth,
        depth_unit_m=unit_m,
        camera=camera_of(decode(gathered["camera"]), rectified=False),
        color=color_of(decode(gathered["color"])) if "color" in gathered else None,
    )


def _scan(gathered: Mapping[str, Message], world: str) -> PointScan:
    _require(gathered, "X_WS")
    last = gathered["points_S"]
    return PointScan(**_common(gathered, last, world, ("X_WS", "X_BS", "pose_cov")), points_S=points_of(decode(last)))


_SENSED = {"depth": _frame, "points_S": _scan}


def _require(gathered: Mapping[str, Message], *names: str) -> None:
    missing = [name for name in names if name not in gathered]
    if missing:
        raise Undecodable("incomplete_input", f"{', '.join(missing)} of an input is lost")
