"""JSON that others wrote, read into what is expected of it, or refused with where it is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from spatialmem.errors import FormatError
from spatialmem.files import read_whole

__all__ = ["read_json"]

Content = TypeVar("Content")
BYTE = re.compile(r" \(byte (\d+)\)")


def read_json(path: str | Path, content: type[Content], what: str) -> Content:
    """Return the content of a JSON file. Raises FormatError where it is damaged, cut short, or not of this shape.

    what: what the file is expected to be, in words.
    """
    data = read_whole(path)
    try:
        return msgspec.json.decode(data, type=content)
    except msgspec.ValidationError as error:
        raise FormatError(path, 0, f"expected {what}: {str(error)[:1].lower()}{str(error)[1:]}.") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        at = BYTE.search(str(error))
        offset = int(at.group(1)) if at else len(data) if "truncated" in str(error) else 0
        reason = BYTE.sub("", str(error)) or type(error).__name__
        raise FormatError(path, offset, f"expected {what}, this is no whole JSON: {reason}.") from error
