"""Where a way begins or ends, on the command line: X Y in metres, a room, or a thing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand

from spatialmem.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spatialmem.queries import GraphQuestions
    from spatialmem.types import Room

__all__ = [
    "End",
    "From",
    "WithPoints",
    "end_meant",
    "goal_meant",
    "in_words_of",
    "name_meant",
    "shown_end",
    "takes_points",
]

FROM = "--from"
From = Annotated[
    str | None,
    typer.Option(
        FROM,
        metavar="X Y | ROOM",
        help="Where the way begins: a point in metres, or a room (kitchen-12). Default: where the robot is.",
    ),
]
End = str | int | tuple[float, ...]
Command = TypeVar("Command", bound=Callable[..., Any])
NUMBERS_MAX = 3
DIGITS_MAX = 18


class WithPoints(TyperCommand):
    """A command whose places may be points: X Y is one word to it, wherever it stands, also with a minus before it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments, the numbers of each point put together first."""
        takes_word = {
            name: name != FROM
            for param in self.params
            for name in (*param.opts, *param.secondary_opts)
            if name.startswith("-") and not getattr(param, "is_flag", False)
        }
        return super().parse_args(ctx, list(_joined(args, takes_word)))


def _joined(args: Sequence[str], takes_word: dict[str, bool]) -> Iterator[str]:
    """Yield arguments, X Y and X Y Z each as one, but for the word that belongs to an option."""
    left = list(args)
    while left:
        word = left.pop(0)
        if takes_word.get(word) and left:
            yield word
            yield left.pop(0)
            continue
        if word == FROM and len(left) > 1 and all(_is_number(one) for one in left[:2]):
            yield word
            yield _point(left, 2)
            continue
        count = 0
        while count < len(left) and count < NUMBERS_MAX - 1 and _is_number(left[count]):
            count += 1
        if count and _is_number(word):
            left.insert(0, word)
            yield _point(left, count + 1)
        else:
            yield word


def _point(left: list[str], count: int) -> str:
    """Return the next numbers as one word, a space before it: so it is no option, however it begins."""
    words = [left.pop(0) for _ in range(count)]
    return " " + " ".join(words)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def end_meant(text: str, option: str) -> End:
    """Return what to ask `route` for: a point, the number of a thing, or a name. Raises InputError for no point."""
    words = text.split()
    if words and all(_is_number(word) for word in words) and (len(words) > 1 or not words[0].isdigit()):
        numbers = tuple(float(word) for word in words)
        if len(numbers) not in (2, 3) or not all(math.isfinite(number) for number in numbers):
            raise InputError(f"{option} is {' '.join(words)}; a point is X Y, two finite numbers of metres, or X Y Z.")
        return numbers
    return name_meant(text, option)


def goal_meant(words: Sequence[str]) -> End:
    """Return what GOAL means on the command line: a point [m], the number of a thing, or a name of several words.

    Raises InputError as `end_meant`.
    """
    return end_meant(" ".join(words), "GOAL")


def takes_points(command: Command) -> Command:
    """Mark the function of a command of another package: X Y is one word to it, also with a minus before it."""
    command.takes_points = True  # type: ignore[attr-defined]
    return command


def in_words_of(view: GraphQuestions, end: End | None) -> Room | End | None:
    """Return an end of a way so that another look at the same floor knows it: a room by what it is called in this one.

    How rooms are called depends on the size of the robot that the floor is looked at for.
    """
    rooms = [room for room in view.rooms() if end in (room.name, room.label)]
    return rooms[0] if len(rooms) == 1 else end


def name_meant(text: str, option: str) -> str | int:
    """Return what to ask for: a name, or the number of a thing. Raises InputError for an empty one."""
    name = text.strip()
    if not name:
        raise InputError(f"{option} is empty; give a room or a thing by its name, such as kitchen-12 or table-4.")
    return int(name) if name.isascii() and name.isdigit() and len(name) <= DIGITS_MAX else name


def shown_end(end: End | None) -> str:
    """Return an end of a way in words."""
    if end is None:
        return "where the robot is"
    return f"({', '.join(f'{c:g}' for c in end)}) m" if isinstance(end, tuple) else str(end)
