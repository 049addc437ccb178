"""A file that keeps rows as they come, one JSON document a line, so that a run that ended early goes on.

The first line says what the rows are of. A trial that is complete has a line of its own; rows of one that is not are
dropped when the file is opened again, for its robot's memory is gone. A last line that was cut off is dropped too.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from sim.suites.frame import Row, key_of
from spatialmem import InputError, __version__

__all__ = ["FILE", "Kept", "KeptRows"]

FILE = "episodes.jsonl"

Unit = tuple[int, str]


class Kept:
    """Rows by their key, and which trials, (seed, arm), are complete."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, str, int], Row] = {}
        self.complete: set[Unit] = set()

    def take(self, row: Row) -> None:
        """Keep a row; one of the same key gives way."""
        self.rows[key_of(row)] = row

    def finish(self, seed: int, arm: str) -> None:
        """Take down that a trial is complete."""
        self.complete.add((seed, arm))

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_: object) -> None: ...


class KeptRows(Kept):
    """Rows in OUT/episodes.jsonl. They are written as they come, and each is on disk when its trial is complete."""

    def __init__(self, folder: Path, header: dict[str, Any], *, fresh: bool = False):
        """header: what the rows are of; a file of other rows is refused, unless `fresh` drops what is there.

        Raises InputError for such a file, for one that is damaged before its last line, and where the folder cannot be
        written.
        """
        super().__init__()
        self.path = folder / FILE
        header = {"version": __version__, **json.loads(json.dumps(header))}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not fresh and self.path.exists():
                self._read(header)
            self._rewrite(header)
            self._file: TextIO = self.path.open("a", encoding="utf-8")
        except OSError as error:
            raise InputError(f"{folder} cannot be written: {error.strerror}.") from error

    def take(self, row: Row) -> None:
        """Keep a row, in the file too."""
        super().take(row)
        self._write({"row": row})

    def finish(self, seed: int, arm: str) -> None:
        """Take down that a trial is complete, and wait until it is on disk."""
        super().finish(seed, arm)
        self._write({"complete": [seed, arm]})
        os.fsync(self._file.fileno())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(_line(line))
        self._file.flush()

    def _read(self, header: dict[str, Any]) -> None:
        lines = self.path.read_text(encoding="utf-8").splitlines()
        for number, text in enumerate(lines):
            try:
                line = json.loads(text)
            except ValueError as error:
                if number == len(lines) - 1:
                    break  # cut off while it was written
                raise InputError(f"line {number + 1} of {self.path} is no JSON; --fresh begins anew.") from error
            if number == 0:
                self._refuse_other(line, header)
            elif "row" in line:
                Kept.take(self, line["row"])
            else:
                Kept.finish(self, *line["complete"])
        self.rows = {key: row for key, row in self.rows.items() if key[:2] in self.complete}

    def _refuse_other(self, found: dict[str, Any], header: dict[str, Any]) -> None:
        differing = sorted(name for name in {*found, *header} if found.get(name) != header.get(name))
        if differing:
            name = differing[0]
            raise InputError(
                f"{self.path} has rows of another run: its {name} is {found.get(name)!r}, not {header.get(name)!r}. "
                f"Name another folder with --out, or begin anew with --fresh."
            )

    def _rewrite(self, header: dict[str, Any]) -> None:
        """Write what is kept into a new file, and put it in the place of the old one."""
        whole = self.path.with_suffix(".new")
        with whole.open("w", encoding="utf-8") as file:
            file.write(_line(header))
            file.writelines(_line({"row": row}) for row in self.rows.values())
            file.writelines(_line({"complete": [seed, arm]}) for seed, arm in sorted(self.complete))
            file.flush()
            os.fsync(file.fileno())
        whole.replace(self.path)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=True) + "\n"
