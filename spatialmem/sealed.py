"""Bytes with a seal before them: what they are, and a checksum by which damage is seen.

magic, 8 bytes | BLAKE2b of the rest, 16 bytes | the rest
"""

from __future__ import annotations

import hashlib

from spatialmem.errors import InputError

__all__ = ["content_hash", "seal", "unseal"]

_DIGEST_SIZE = 16


def seal(magic: bytes, content: bytes) -> bytes:
    """Return content with its seal before it."""
    return magic + hashlib.blake2b(content, digest_size=_DIGEST_SIZE).digest() + content


def unseal(magic: bytes, data: bytes, what: str, made_by: str) -> memoryview:
    """Return the content of sealed bytes. Raises InputError where they are something else, changed or cut short."""
    if not isinstance(data, bytes | bytearray | memoryview):
        raise InputError(f"{what} is bytes, as {made_by} gives them; this is {type(data).__name__}.")
    view = memoryview(data)
    if view[: len(magic)] != magic:
        raise InputError(f"these {len(view)} bytes are not {what}: they do not begin as {made_by} does.")
    content = view[len(magic) + _DIGEST_SIZE :]
    if hashlib.blake2b(content, digest_size=_DIGEST_SIZE).digest() != view[len(magic) : len(magic) + _DIGEST_SIZE]:
        raise InputError(f"{what} of {len(view)} bytes is damaged or cut short: its checksum differs.")
    return content


def content_hash(data: bytes) -> str:
    """Return the BLAKE2b of bytes, 64 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=32).hexdigest()
