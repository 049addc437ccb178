"""What a run answers with: tables on stdout, a picture, and a JSON file with every episode."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table as RichTable

from sim.suites.charts import draw_charts
from sim.suites.frame import Report, Row, Suite
from spatialmem import InputError, __version__, write_png

__all__ = ["Answer", "answered", "rows_hash", "told", "written"]

ERRORS_SHOWN = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer:
    """All that a run answers."""

    report: Report
    document: dict[str, Any]
    """For JSON: the settings, the figures, and every episode."""
    errors: tuple[str, ...]
    """Episodes that broke off, in words; empty if none did."""
    interrupted: bool


def answered(suite: Suite, header: dict[str, Any], rows: Sequence[Row], *, interrupted: bool) -> Answer:
    """Return what a suite's rows come to."""
    report = suite.report(rows)
    document = {
        **header,
        "version": __version__,
        "seeds": sorted({row["seed"] for row in rows}),
        "arms": [arm for arm in suite.arms if any(row["arm"] == arm for row in rows)],
        "interrupted": interrupted,
        "rows_hash": rows_hash(rows),
        "figures": report.figures,
        "episodes": list(rows),
    }
    return Answer(report=report, document=_plain(document), errors=_errors(rows), interrupted=interrupted)


def rows_hash(rows: Sequence[Row]) -> str:
    """Return the BLAKE2b of rows without what was timed: the same run gives the same, on any machine."""
    plain = [{name: value for name, value in row.items() if name != "wall"} for row in rows]
    text = json.dumps(_plain(plain), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    """Return plain values that JSON has: no number is None."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _errors(rows: Sequence[Row]) -> tuple[str, ...]:
    broken = [row for row in rows if row["error"]]
    said = [f"seed {row['seed']}, {row['arm']}, episode {row['episode']} broke off: {row['error']}" for row in broken]
    more = len(said) - ERRORS_SHOWN
    return (*said[:ERRORS_SHOWN], *([f"... and {more} more, see the JSON file"] if more > 0 else []))


def told(answer: Answer, out: Console) -> None:
    """Print the tables."""
    for table in answer.report.tables:
        shown = RichTable(title=table.title, title_justify="left", title_style="bold", box=None, header_style="dim")
        for number, column in enumerate(table.columns):
            shown.add_column(column, justify="left" if number == 0 else "right", no_wrap=True)
        for row in table.rows:
            shown.add_row(*row)
        out.print()
        out.print(shown)
        for note in table.notes:
            out.print(f"  {note}", markup=False, style="dim", highlight=False)


def written(answer: Answer, folder: Path) -> dict[str, Path]:
    """Write the JSON file and the picture; return where they are. Raises InputError where they cannot be written."""
    path = folder / "results.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(answer.document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
    files = {"every episode": path}
    if answer.report.charts:
        files["plot"] = folder / "plot.png"
        write_png(files["plot"], draw_charts(answer.report.charts))
    return files
