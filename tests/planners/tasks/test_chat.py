"""A chat model over HTTP: what it says is read, what goes wrong is tried again so often and then told."""

import http.client
import io
import math
import urllib.error

import pytest
from chat_server import ChatServer, says, uses

import spatialmem as sm
from planners.tasks import ChatError, ChatModel
from planners.tasks.chat import Reply, ToolUse
from planners.tasks.tools import TOOLS

ASKED = [{"role": "user", "content": "fetch the mug"}]


def model(server: ChatServer, **options) -> ChatModel:
    return ChatModel("stand-in", base_url=server.url, **{"api_key": "secret", "pause_s": 0.0, **options})


def test_a_reply_with_tools_is_read_and_goes_back_as_it_came():
    message = uses(("fetch", {"what": "mug-1"}), ("done", "{}"))
    with ChatServer([message]) as server:
        reply = model(server).complete(ASKED, TOOLS)
    assert reply == Reply("", (ToolUse("call_0", "fetch", '{"what": "mug-1"}'), ToolUse("call_1", "done", "{}")))
    assert reply.message() == {**message, "content": ""}
    (asked,) = server.requests
    assert (asked["model"], asked["messages"], asked["tools"]) == ("stand-in", ASKED, list(TOOLS))
    assert server.paths == ["/v1/chat/completions"]
    assert server.headers[0]["Authorization"] == "Bearer secret"


def test_a_reply_in_words_is_read():
    with ChatServer([says("hello")]) as server:
        reply = model(server).complete(ASKED, TOOLS)
    assert (reply.text, reply.uses) == ("hello", ())
    assert reply.message() == {"role": "assistant", "content": "hello"}


@pytest.mark.parametrize(
    "bad",
    [
        (500, "broken"), (429, "too many"), (200, "no json"), (200, "{}"), (200, '{"choices": []}'),
        (200, '{"choices": [{"message": {"tool_calls": [{}]}}]}'), (200, '{"choices": [{"message": null}]}'),
        (200, "\x00"), (200, "[" * 100_000),
    ],
    ids=range(9),
)  # fmt: skip
def test_what_cannot_be_used_is_asked_for_again_and_then_given_up(bad):
    with ChatServer([bad, says("hello"), bad, bad]) as server:
        own = model(server, tries=2)
        assert own.complete(ASKED, TOOLS).text == "hello"
        with pytest.raises(ChatError, match=r"the chat model stand-in at http://127.* cannot be used: "):
            own.complete(ASKED, TOOLS)
    assert len(server.requests) == 4
    assert own.errors == 3


@pytest.mark.parametrize("status", [400, 401, 404])
def test_what_will_not_change_is_not_asked_for_again(status):
    refused = pytest.raises(ChatError, match=f"it answered {status} no such model")
    with ChatServer([(status, "no such model"), says("hello")]) as server, refused:
        model(server).complete(ASKED, TOOLS)
    assert len(server.requests) == 1


def test_who_calls_too_many_tools_is_not_followed():
    with ChatServer([uses(*[("brief", {})] * 17)]) as server, pytest.raises(ChatError, match="17 tools at once"):
        model(server, tries=1).complete(ASKED, TOOLS)


def test_a_slow_answer_is_given_up():
    with ChatServer([says("hello")]) as server:
        server.held.clear()
        with pytest.raises(ChatError, match="timed out"):
            model(server, timeout_s=0.2, tries=1).complete(ASKED, TOOLS)


def test_nobody_there_is_told():
    with ChatServer([]) as server:
        address = server.url
    with pytest.raises(ChatError, match=r"cannot be used: .*refused"):
        ChatModel("stand-in", base_url=address, tries=1).complete(ASKED, TOOLS)


def test_address_and_key_come_from_the_environment(monkeypatch):
    with ChatServer([says("hello")]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/")
        monkeypatch.setenv("OPENAI_API_KEY", "from outside")
        ChatModel("stand-in").complete(ASKED, TOOLS)
    assert server.headers[0]["Authorization"] == "Bearer from outside"
    monkeypatch.delenv("OPENAI_BASE_URL")
    assert ChatModel("stand-in").base_url == "https://api.openai.com/v1"


def test_without_a_key_none_is_sent(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with ChatServer([says("hello")]) as server:
        ChatModel("stand-in", base_url=server.url).complete(ASKED, TOOLS)
    assert "Authorization" not in server.headers[0]


@pytest.mark.parametrize("key", ["  secret\n", "\tsecret ", "secret\r\n"])
def test_space_round_a_key_is_not_of_it(key, monkeypatch):
    with ChatServer([says("hello"), says("hello")]) as server:
        model(server, api_key=key).complete(ASKED, TOOLS)
        monkeypatch.setenv("OPENAI_API_KEY", key)
        model(server, api_key=None).complete(ASKED, TOOLS)
    assert [one["Authorization"] for one in server.headers] == ["Bearer secret"] * 2


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("key", ["sk-12\n34", "sk-12\x0034", "sk-12\x7f34", "sk-12é34", b"sk-1234", 1234])
def test_a_key_that_no_header_takes_is_refused_and_not_shown(key, monkeypatch):
    with pytest.raises(sm.InputError, match="ASCII") as refused:
        ChatModel("stand-in", api_key=key)
    assert "12" not in str(refused.value)
    if isinstance(key, str) and "\x00" not in key:
        monkeypatch.setenv("OPENAI_API_KEY", key)
        with pytest.raises(sm.InputError, match="ASCII"):
            ChatModel("stand-in")


def test_a_key_that_the_server_repeats_is_not_shown():
    """Across the end of what is told of an answer as well."""
    key = "sk-" + "1234567890" * 5
    bodies = [f"wrong key {key}", "x" * 180 + key, f"{key} " * 40]
    for body in bodies:
        with ChatServer([(401, body)]) as server, pytest.raises(ChatError, match="it answered 401") as refused:
            model(server, api_key=key).complete(ASKED, TOOLS)
        assert "1234" not in str(refused.value)


class _BreaksOff(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise http.client.IncompleteRead(b"abc")


def test_an_error_whose_words_break_off_is_told(monkeypatch):
    def refuse(asked, timeout):
        raise urllib.error.HTTPError(asked.full_url, 401, "no", http.client.HTTPMessage(), _BreaksOff())

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    with pytest.raises(ChatError, match="it answered 401"):
        ChatModel("stand-in", api_key="secret").complete(ASKED, TOOLS)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"model": " "}, "the chat model is ' '"),
        ({"base_url": "file:///etc/passwd"}, "http://... or https://... is needed"),
        ({"base_url": "http://"}, "http://... or https://... is needed"),
        ({"base_url": "http://a b/v1"}, "http://... or https://... is needed"),
        ({"base_url": "http://a:port/v1"}, "http://... or https://... is needed"),
        ({"base_url": "http://a\nb/v1"}, "http://... or https://... is needed"),
        ({"base_url": 80}, "the chat model's address is 80"),
        ({"timeout_s": 0.0}, "timeout_s=0.0; it is seconds, more than 0"),
        ({"timeout_s": math.inf}, "timeout_s=inf; it is seconds, more than 0 and at most 86400"),
        ({"timeout_s": math.nan}, "timeout_s=nan"),
        ({"timeout_s": 1e12}, "timeout_s=1000000000000.0"),
        ({"timeout_s": "60"}, "timeout_s='60'"),
        ({"timeout_s": True}, "timeout_s=True"),
        ({"timeout_s": None}, "timeout_s=None"),
        ({"tries": 0}, "tries=0; it is a whole number from 1 to 100"),
        ({"tries": 2.0}, "tries=2.0"),
        ({"tries": True}, "tries=True"),
        ({"tries": 10**9}, "tries=1000000000"),
        ({"pause_s": -1.0}, "pause_s=-1.0; it is seconds, 0 or more"),
        ({"pause_s": math.nan}, "pause_s=nan"),
        ({"temperature": math.nan}, "temperature=nan"),
    ],
)
def test_what_cannot_be_is_refused(options, told):
    with pytest.raises(sm.InputError, match=told):
        ChatModel(**{"model": "stand-in", **options})
