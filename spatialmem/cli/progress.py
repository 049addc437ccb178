"""The line that moves while an episode is played."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

__all__ = ["progress_line", "shown_name"]

BAR_WIDTH_MIN = 8


class Figures(ProgressColumn):
    """What was counted so far. Figures for which the line has no room are left out, the count never."""

    def __init__(self, say: Console):
        super().__init__(Column(no_wrap=True))  # the bar gives way, not the figures
        self._say = say
        self._remaining = TimeRemainingColumn(compact=True)

    def render(self, task: Task) -> Text:
        """Return the figures that fit beside the name and the bar."""
        total = f"{task.total or 0:.0f}"
        line = f"{task.completed:>{len(total)}.0f}/{total}"
        room = self._say.width - Text(task.description).cell_len - BAR_WIDTH_MIN - 2
        for figure in (
            f"{task.fields['rate']:.0f} {task.fields.get('unit', 'frames')}/s",
            f"{task.fields['leaves']} leaves",
            task.fields["rejects"],
            self._remaining.render(task).plain,
        ):
            if figure and len(line) + 1 + len(figure) <= room:
                line += f" {figure}"
        return Text(line, no_wrap=True)


def shown_name(say: Console, name: str) -> str:
    """Return the name that an episode has on the line: a third of the line at most."""
    shown = Text(name)
    shown.truncate(max(BAR_WIDTH_MIN, say.width // 3), overflow="ellipsis")
    return shown.plain


def progress_line(say: Console) -> Progress:
    """Return the line: a name, a bar, figures. Its tasks have the fields rate [1/s], leaves and rejects, and unit.

    unit: what is counted; frames where a task does not say.

    Where there is no terminal the line is printed once, at its end, without the bar.
    """
    bar = [BarColumn(bar_width=None)] if say.is_terminal else []
    return Progress(
        TextColumn("{task.description}", markup=False),
        *bar,
        Figures(say),
        console=say,
        expand=say.is_terminal,
        auto_refresh=say.is_terminal,
    )
