"""The tools of a chat model: the typed goals, what is known, and that it is done.

Every name goes through `View.ground`: what is unknown or not settled is answered with what is known, and not acted on.
What the memory says is data: names are cut, stripped of controls, and told within JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union

from planners.tasks.goals import Before, Close, Fetch, Find, Goal, Open, Put
from spatialmem import InputError, Mention, ObjectState, Unknown, View

__all__ = ["TOOLS", "Asked", "Bad", "Ended", "answer", "goal_of", "read", "told"]

NAME_MAX, REASON_MAX = 64, 400
"""So many characters of a name, and of a reason, are told."""
BRIEF_TOKENS = 800
WHERE_MAX = 10


@dataclass(frozen=True, slots=True)
class Bad:
    """A call of a tool that cannot be followed; `why` is for the model."""

    kind: Literal["bad_json", "unknown_tool", "bad_argument", "not_grounded"]
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the memory, or a goal whose names are not settled yet."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """The model says that the task is over."""

    success: bool
    summary: str


def _tool(name: str, what: str, needed: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    properties = {**needed, **(more or {})}
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(needed),
        "additionalProperties": False,
    }
    return {"type": "function", "function": {"name": name, "description": what, "parameters": parameters}}


_WHAT = {"what": {"type": "string", "description": 'the name of a thing, such as "mug-3", or words that mean one'}}
_RELATION = {"relation": {"type": "string", "enum": ["on", "in"], "description": '"on" if it is left out'}}
_TO = {"to": {"type": "string", "description": "a room or a thing; left out: where the robot was when it was asked"}}
_TARGET = {"target": {"type": "string", "description": "what to put it on or in"}}
_SUMMARY = {"summary": {"type": "string", "description": "what was done, or why not, in a sentence"}}
_SUCCESS = {"success": {"type": "boolean", "description": "whether all that was asked for is done"}}
TOOLS: tuple[dict[str, Any], ...] = (
    _tool("find", "Go and see where a thing is.", _WHAT),
    _tool("fetch", "Bring a thing to a room or to another thing, and hand it over there.", _WHAT, _TO),
    _tool("put", "Put a thing on or in another. What is closed is opened for it.", {**_WHAT, **_TARGET}, _RELATION),
    _tool("put_back", "Put a thing back to where it was before it was taken or moved.", _WHAT),
    _tool("open", "Open what has a door or a drawer.", _WHAT),
    _tool("close", "Close what has a door or a drawer.", _WHAT),
    _tool("where", "Ask where things are, by a label, a name or words. Nothing moves.", _WHAT),
    _tool("brief", "Read again what the memory knows. Nothing moves.", {}),
    _tool("done", "End the task.", {**_SUCCESS, **_SUMMARY}),
)
_PARAMETERS = {one["function"]["name"]: one["function"]["parameters"] for one in TOOLS}
_KINDS = {"string": str, "boolean": bool}


def read(name: str, arguments: str) -> Asked | Ended | Bad:
    """Read a call of a tool: its name and its arguments as JSON."""
    if name not in _PARAMETERS:
        return Bad("unknown_tool", f"there is no tool {told(name)!r}; there are {', '.join(_PARAMETERS)}")
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError) as error:
        return Bad("bad_json", f"the arguments of {name} are no JSON: {told(str(error), REASON_MAX)}")
    why = _misfit(name, given)
    if why:
        return Bad("bad_argument", why)
    if name == "done":
        return Ended(given["success"], told(given["summary"], REASON_MAX))
    return Asked(name, given)


def _misfit(name: str, given: object) -> str:
    """Return why arguments are not what a tool takes; "" where they are."""
    properties, required = _PARAMETERS[name]["properties"], _PARAMETERS[name]["required"]
    if not isinstance(given, dict):
        return f"the arguments of {name} are {told(repr(given))}; an object is needed"
    wrong = [one for one in given if one not in properties] + [one for one in required if one not in given]
    if wrong:
        return (
            f"{name} takes {', '.join(properties) or 'nothing'}, of which {', '.join(required) or 'none'} must be given"
        )
    for key, value in given.items():
        schema = properties[key]
        if not isinstance(value, _KINDS[schema["type"]]):
            return f"{key} of {name} is {told(repr(value))}; a {schema['type']} is needed"
        if value not in schema.get("enum", [value]):
            return f"{key} of {name} is {told(repr(value))}; one of {', '.join(schema['enum'])} is needed"
        if value == "":
            return f"{key} of {name} is empty"
    return ""


def goal_of(view: View, asked: Asked) -> Goal | Bad:
    """Return the goal that a tool asks for, with its names settled; why not, where they are not."""
    what = _thing(view, asked.arguments["what"])
    if isinstance(what, Bad):
        return what
    simple = {"find": Find, "open": Open, "close": Close}
    if asked.tool in simple:
        return simple[asked.tool](what)
    if asked.tool == "put_back":
        return Put(what, Before())
    if asked.tool == "put":
        target = _thing(view, asked.arguments["target"])
        return target if isinstance(target, Bad) else Put(what, target, asked.arguments.get("relation", "on"))
    to = asked.arguments.get("to")
    spot = None if to is None else _spot(view, to)
    return spot if isinstance(spot, Bad) else Fetch(what, spot)


Spot = Union[int, str, Bad]  # noqa: UP007 - used at run time on 3.10


def _spot(view: View, words: str) -> Spot:
    """Return the room, by its name, or the thing, by its id, that words mean."""
    mentions = _mentions(view, words)
    if isinstance(mentions, Bad):
        return mentions
    if len(mentions) > 1:
        return _several(words, [one.name for one in mentions])
    return mentions[0].name if mentions[0].kind == "room" else mentions[0].id


def _thing(view: View, words: str) -> int | Bad:
    mentions = _mentions(view, words)
    if isinstance(mentions, Bad):
        return mentions
    if len(mentions) > 1:
        return _several(words, [one.name for one in mentions])
    if mentions[0].kind == "room":
        return Bad("not_grounded", f"{told(mentions[0].name)!r} is a room; a thing is needed")
    return mentions[0].id


def _mentions(view: View, words: str) -> list[Mention] | Bad:
    """Return what the first words of a text mean; what stands behind them says which of several."""
    try:
        grounding = view.ground(f"the {words}" if " " in words.strip() else words)
        if isinstance(grounding, Unknown):
            grounding = view.ground(words)
    except InputError as error:
        return Bad("not_grounded", told(str(error), REASON_MAX))
    if isinstance(grounding, Unknown):
        return Bad("not_grounded", told(grounding.reason, REASON_MAX))
    return [one for one in grounding.mentions if one.text == grounding.mentions[0].text]


def _several(words: str, names: list[str]) -> Bad:
    return Bad("not_grounded", f"{told(words)!r} means {', '.join(map(told, names))}: say which one")


def answer(view: View, asked: Asked, task: str) -> str:
    """Return the answer to "brief" or "where": the text of `View.brief`, or JSON."""
    if asked.tool == "brief":
        return view.brief(BRIEF_TOKENS, task)
    try:
        grounding = view.ground(asked.arguments["what"])
    except InputError as error:
        grounding = Unknown(str(error))
    mentions = () if isinstance(grounding, Unknown) else grounding.mentions
    ids = [one.id for one in mentions if one.kind == "object"]
    if not ids:
        ids = [one.id for one in _of_label(view, asked.arguments["what"])]
    if not ids:
        reason = grounding.reason if isinstance(grounding, Unknown) else "that is a room"
        return json.dumps({"unknown": told(reason, REASON_MAX)})
    return json.dumps([_where(view, one) for one in ids[:WHERE_MAX]])


def _of_label(view: View, label: str) -> tuple[ObjectState, ...]:
    """Return all of a label that is known; nothing for any other text."""
    labels = {one.label for one in view.objects(missing=True)}
    return view.objects(label, missing=True) if label in labels else ()


def _where(view: View, object_id: int) -> dict[str, Any]:
    """Return where a thing is, as far as it is known."""
    found, one = view.where(object_id, k=1), view.object(object_id)
    name = f"object {object_id}" if isinstance(one, Unknown) else told(one.name)
    if isinstance(found, Unknown):
        return {"name": name, "unknown": told(found.reason, REASON_MAX)}
    room = view.room_of(object_id)
    return {
        "name": name,
        "place": told(found[0].place),
        "room": "" if isinstance(room, Unknown) else told(room.name),
        "presence": found[0].presence.value,
        "p_there": round(found[0].p_there, 2),
    }


def told(text: str, length: int = NAME_MAX) -> str:
    """Return a text as a model may read it: one line, without controls, cut."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return clean if len(clean) <= length else f"{clean[: length - 3]}..."
