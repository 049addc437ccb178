"""A chat model's stand-in: a server on loopback that answers what a test has written down, one by one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["ChatServer", "says", "uses"]

Answer = Any
"""A message as a dict; (status, text) as it is; or a function of the request that returns one of these."""


def says(text: str) -> dict[str, Any]:
    """A message without tools."""
    return {"role": "assistant", "content": text}


def uses(*calls: tuple[str, Any], text: str | None = None) -> dict[str, Any]:
    """A message that calls tools: (name, arguments), these as a dict or as the text that stands there."""
    told = [
        {
            "id": f"call_{i}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
        }
        for i, (name, given) in enumerate(calls)
    ]
    return {"role": "assistant", "content": text, "tool_calls": told}


class ChatServer:
    """Answers in order; after the last one it says nothing but 500. Use it in a `with`."""

    def __init__(self, answers: Sequence[Answer]):
        self._answers = list(answers)
        self.requests: list[dict[str, Any]] = []
        """What was asked."""
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.held = threading.Event()
        """Until it is set, no request is answered."""
        self.held.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Its address, as a chat model has one."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> ChatServer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.held.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, asked: dict[str, Any]) -> tuple[int, bytes]:
        """Return the next answer."""
        found = self._answers.pop(0) if self._answers else (500, "nothing is written down any more")
        if isinstance(found, Callable):
            found = found(asked)
        if isinstance(found, tuple):
            return found[0], found[1].encode()
        return 200, json.dumps({"object": "chat.completion", "choices": [{"index": 0, "message": found}]}).encode()


def _handler(server: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.requests.append(asked)
            server.headers.append(dict(self.headers))
            server.paths.append(self.path)
            server.held.wait(30.0)
            status, data = server.answer(asked)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    return Handler
