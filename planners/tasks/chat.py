"""`ChatModel`: a chat model with tools behind an OpenAI-compatible address, asked over HTTP."""

from __future__ import annotations

import http.client
import json
import math
import os
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spatialmem import InputError, SpatialMemError, SystemClock

__all__ = ["ChatError", "ChatModel", "Reply", "ToolUse"]

BASE_URL = "https://api.openai.com/v1"
REPLY_MAX = 4_000_000
"""A reply has no more bytes."""
CHUNK = 65536
AGAIN = (408, 409, 425, 429, 500, 502, 503, 504)
"""Of these answers another try may come to another."""
TOLD_MAX = 200
"""Of what a server says of an error so many characters are told."""
USES_MAX = 16
"""In one reply no more tools are called."""
TIMEOUT_MAX_S, TRIES_MAX, PAUSE_MAX_S = 86_400.0, 100, 600.0
"""More than that is taken for a mistake; no pause becomes longer."""


class ChatError(SpatialMemError):
    """The chat model gave no answer that can be used, however often it was asked."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One tool that the model calls."""

    id: str
    name: str
    arguments: str
    """JSON, or what the model took for it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said."""

    text: str
    uses: tuple[ToolUse, ...]

    def message(self) -> dict[str, Any]:
        """Return it as it goes back among the messages."""
        told: dict[str, Any] = {"role": "assistant", "content": self.text}
        if self.uses:
            told["tool_calls"] = [
                {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
                for one in self.uses
            ]
        return told


class ChatModel:
    """One model at one address. `complete` waits for the network: it is not for a control loop."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout_s: float = 60.0,
        tries: int = 3,
        pause_s: float = 1.0,
        temperature: float = 0.0,
    ):
        """base_url: such as http://localhost:8000/v1; else OPENAI_BASE_URL, else OpenAI's. api_key: else
        OPENAI_API_KEY; none is sent where there is none. timeout_s: so long each try waits for the connection, and so
        long for the next part of an answer; of an answer that has taken longer in all no further part is read. tries:
        so often it is asked, pause_s apart, twice that the next time. Raises InputError for what cannot be.
        """
        if not isinstance(model, str) or not model.strip():
            raise InputError(f"the chat model is {model!r}; its name is needed, such as 'gpt-4o'.")
        if not _is_number(timeout_s) or not 0 < timeout_s <= TIMEOUT_MAX_S:
            raise InputError(_wrong("timeout_s", timeout_s, f"seconds, more than 0 and at most {TIMEOUT_MAX_S:g}"))
        if not _is_number(pause_s) or not 0 <= pause_s <= PAUSE_MAX_S:
            raise InputError(_wrong("pause_s", pause_s, f"seconds, 0 or more and at most {PAUSE_MAX_S:g}"))
        if isinstance(tries, bool) or not isinstance(tries, int) or not 1 <= tries <= TRIES_MAX:
            raise InputError(_wrong("tries", tries, f"a whole number from 1 to {TRIES_MAX}"))
        if not _is_number(temperature) or temperature < 0:
            raise InputError(_wrong("temperature", temperature, "a number of 0 or more"))
        self.model, self.base_url = model.strip(), _address(base_url)
        self.timeout_s, self.tries, self.pause_s, self.temperature = timeout_s, tries, pause_s, temperature
        self.errors = 0
        """How often no answer came that can be used."""
        self._key = _key(os.environ.get("OPENAI_API_KEY", "") if api_key is None else api_key)

    def complete(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> Reply:
        """Return the model's next message. Raises ChatError where none came that can be used."""
        asked = {
            "model": self.model,
            "messages": list(messages),
            "tools": list(tools),
            "tool_choice": "auto",
            "temperature": self.temperature,
        }
        body, why = json.dumps(asked).encode(), ""
        for one in range(self.tries):
            if one:
                threading.Event().wait(min(self.pause_s * 2 ** (one - 1), PAUSE_MAX_S))
            try:
                return _reply(self._post(body))
            except urllib.error.HTTPError as error:
                self.errors += 1
                why = f"it answered {error.code} {self._cut(_told(error))}"
                if error.code not in AGAIN:
                    break
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.errors += 1
                why = f"{type(error).__name__}: {self._cut(str(error))}"
        raise ChatError(f"the chat model {self.model} at {self.base_url} cannot be used: {why}.")

    def _cut(self, text: str) -> str:
        """Return the beginning of what is told of an error, without the key."""
        return (text.replace(self._key, "(the key)") if self._key else text)[:TOLD_MAX]

    def _post(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        asked = urllib.request.Request(f"{self.base_url}/chat/completions", data=body, headers=headers, method="POST")
        clock = SystemClock()
        end_ns = clock.now_ns() + round(self.timeout_s * 1e9)
        with urllib.request.urlopen(asked, timeout=self.timeout_s) as answer:
            parts: list[bytes] = []
            while part := answer.read1(CHUNK):
                parts.append(part)
                if sum(map(len, parts)) > REPLY_MAX:
                    raise ValueError(f"the answer has more than {REPLY_MAX} bytes")
                if clock.now_ns() > end_ns:
                    raise TimeoutError(f"the answer took longer than {self.timeout_s:g} s")
        return b"".join(parts)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _wrong(name: str, value: Any, allowed: str) -> str:
    return f"the chat model has {name}={value!r}; it is {allowed}."


def _address(base_url: Any) -> str:
    """Return where the model is asked. Raises InputError for what is no address."""
    address = (os.environ.get("OPENAI_BASE_URL") or BASE_URL) if base_url is None or base_url == "" else base_url
    try:
        address = address.strip().rstrip("/")
        parts = urllib.parse.urlsplit(address)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        is_good = is_good and address.isprintable() and " " not in address
    except (ValueError, AttributeError, TypeError):
        is_good = False
    if not is_good:
        raise InputError(f"the chat model's address is {address!r}; http://... or https://... is needed.")
    return address


def _key(api_key: Any) -> str:
    """Return a key as it goes into a header. Raises InputError, which does not show it, for what cannot go there."""
    key = api_key.strip() if isinstance(api_key, str) else None
    if key is None or any(not " " <= one <= "~" for one in key):
        raise InputError(
            "the chat model's api_key is not shown; it is a text of ASCII characters without line breaks or other "
            "control characters, or '' for none."
        )
    return key


def _told(error: urllib.error.HTTPError) -> str:
    try:
        return error.read(CHUNK).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return ""


def _reply(data: bytes) -> Reply:
    """Read an answer. Raises ValueError for what is none."""
    try:
        message = json.loads(data)["choices"][0]["message"]
        text, calls = message.get("content"), message.get("tool_calls") or []
        uses = tuple(
            ToolUse(str(one["id"]), str(one["function"]["name"]), str(one["function"]["arguments"])) for one in calls
        )
    except (KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"the answer is no chat completion: {type(error).__name__}: {error}") from error
    if len(uses) > USES_MAX:
        raise ValueError(f"the answer calls {len(uses)} tools at once, {USES_MAX} are allowed")
    return Reply(text if isinstance(text, str) else "", uses)
