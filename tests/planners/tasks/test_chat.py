"""A chat model over HTTP: what it says is read, what goes wrong is tried again so often and then told."""

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


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"model": " "}, "the chat model is ' '"),
        ({"base_url": "file:///etc/passwd"}, "http://... or https://... is needed"),
        ({"timeout_s": 0.0}, "timeout_s=0.0"),
        ({"tries": 0}, "tries=0"),
        ({"pause_s": -1.0}, "pause_s=-1.0"),
    ],
)
def test_what_cannot_be_is_refused(options, told):
    with pytest.raises(sm.InputError, match=told):
        ChatModel(**{"model": "stand-in", **options})
