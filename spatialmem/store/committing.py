"""The commit thread: takes what was appended, in order, and makes it durable in groups.

A group is committed and synced when it has 8 rows, or 20 ms after its first one, or at once for a `flush`. Where
writing fails, everything that waits stays queued and is tried again, also when nobody asks; nothing is skipped.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import apsw

from spatialmem.errors import StoreError
from spatialmem.store.faults import said
from spatialmem.store.locks import FileHandle
from spatialmem.store.rows import Row
from spatialmem.store.snapshot import wal_path
from spatialmem.store.transaction import (
    Budgets,
    Progress,
    Put,
    add_blocks,
    add_rows,
    finish_checkpoint,
    tidy,
    unfinish,
    write_progress,
)

__all__ = ["Committer", "Pieces"]

GROUP_ROWS, GROUP_BYTES, GROUP_S = 8, 8 << 20, 0.02
QUEUE_ROWS, QUEUE_BYTES = 64, 64 << 20
RETRY_S = 0.25
_PIECE_BYTES = 2 << 20
_PIECE_BLOCKS = 16


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a checkpoint consists of. `blocks` may be a generator: it runs in the commit thread, between commits."""

    state: bytes
    blocks: Iterable[tuple[int, bytes]]
    gone: Iterable[int] = ()


@dataclass(slots=True)
class _Job:
    """A checkpoint that is being written."""

    seq: int
    make: Callable[[], Pieces]
    done: Future[None]
    state: bytes = b""
    begun: bool = False
    rest: Iterator[tuple[int, bytes | None]] | None = None

    def pull(self) -> tuple[list[tuple[int, bytes | None]], bool]:
        """Return the next blocks, and whether they are the last ones."""
        if self.rest is None:
            pieces = self.make()
            self.state, self.rest = pieces.state, chain(pieces.blocks, ((key, None) for key in pieces.gone))
        blocks, size = [], 0
        for block in self.rest:
            blocks.append(block)
            size += len(block[1] or b"")
            if size >= _PIECE_BYTES or len(blocks) >= _PIECE_BLOCKS:
                return blocks, False
        return blocks, True


class Committer:
    """Owns the connection of the one writer, and the thread that uses it."""

    def __init__(
        self, connection: apsw.Connection, handle: FileHandle, progress: Progress, *,
        path: Path, world: str, budgets: Budgets, wal_bytes: int,
    ):  # fmt: skip
        self._connection, self._handle, self._path, self._world = connection, handle, path, world
        self._budgets, self._wal_bytes, self._wal_next = budgets, wal_bytes, wal_bytes
        self.progress = progress
        self._changed = threading.Condition()
        self._queue: deque[Row | Put] = deque()
        self._sizes: deque[int] = deque()
        self._added = self._done = 0
        self._jobs: deque[_Job] = deque()
        self._error: StoreError | None = None
        self._died: StoreError | None = None
        self._attempts = 0
        self._urgent = self._retry = self._closing = self._tried_last = self._ended = False
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._run, name="spatialmem-commit", daemon=True)
        self._thread.start()

    # what other threads call

    def wait_for_room(self, size: int) -> None:
        """Wait while the queue is full; raise the error there while writing fails."""
        self._refuse_forked()
        with self._changed:
            while self._is_full(size):
                self._raise_if_failing()
                self._changed.wait()
            self._refuse_closed()

    def add(self, item: Row | Put, size: int) -> None:
        """Queue an item, when there is room for it."""
        with self._changed:
            self.wait_for_room(size)
            self._queue.append(item)
            self._sizes.append(size)
            self._added += 1
            self._changed.notify_all()

    def _is_full(self, size: int) -> bool:
        if self._closing or not self._queue:
            return False
        return len(self._queue) >= QUEUE_ROWS or sum(self._sizes) + size > QUEUE_BYTES

    def _raise_if_failing(self) -> None:
        if self._error is not None:
            self._retry = True
            self._changed.notify_all()
            raise self._error.with_traceback(None)

    def _refuse_forked(self) -> None:
        """The commit thread did not come along into a forked child: nothing would ever be written."""
        if self._pid != os.getpid():
            raise StoreError(f"{self._path} belongs to the process that opened it; a forked child opens it read-only.")

    def _refuse_closed(self) -> None:
        if self._died is not None:
            raise self._died.with_traceback(None)
        if self._closing:
            raise StoreError(f"{self._path} is closed; nothing more can be appended.")

    def flush(self, timeout_s: int | float | None) -> None:
        """Wait until all that was added before is durable. Raises what keeps it from being written."""
        self._refuse_forked()
        with self._changed:
            target, attempts = self._added, self._attempts
            self._urgent = self._retry = True
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._done >= target or (self._error and self._attempts > attempts) or not self._alive(),
                timeout_s,
            )
            if self._done >= target:
                return
            self._refuse_closed()
            if self._error is not None:
                raise self._error.with_traceback(None)
            raise StoreError(
                f"{self._path}: {target - self._done} rows were not durable within {timeout_s} s. They stay queued; "
                f"wait longer, or look for what keeps the disk busy."
            )

    def schedule(self, seq: int, make: Callable[[], Pieces]) -> Future[None]:
        """Queue a checkpoint: it is written between the groups."""
        job = _Job(seq, make, Future())
        self._refuse_forked()
        with self._changed:
            self._refuse_closed()
            job.done.set_running_or_notify_cancel()  # from here on it cannot be cancelled
            self._jobs.append(job)
            self._changed.notify_all()
        return job.done

    @property
    def failing(self) -> StoreError | None:
        """What keeps the thread from writing at this moment."""
        return self._error

    @property
    def waiting(self) -> int:
        """How many rows are not durable yet."""
        return self._added - self._done

    def close(self) -> None:
        """Write what waits, once more where writing fails, and close the file. Raises what could not be written."""
        if self._pid != os.getpid():
            return
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        if self.waiting:
            raise (self._died or self._error or StoreError(f"{self._path}: {self.waiting} rows were not written."))

    def _alive(self) -> bool:
        """Whether anything more will be written. Told under the lock: the thread itself lives on for a moment."""
        return not self._ended

    # the thread

    def _run(self) -> None:
        try:
            while self._wait_for_work():
                self._turn()
        except BaseException as error:  # nobody can mend it from here: say so to all who ask
            self._died = StoreError(
                f"{self._path}: writing ended, {self.waiting} rows were not written: {error!r}. Open it again; "
                f"what was durable is there."
            )
        finally:
            with self._changed:
                self._closing = self._ended = True
                self._abandon(
                    self._died
                    or self._error
                    or StoreError(f"{self._path} was closed before its checkpoint was written.")
                )
                self._changed.notify_all()
            self._close_file()

    def _wait_for_work(self) -> bool:
        """Return True when a group is due; False when the thread is to end."""
        with self._changed:
            if self._error is not None:
                self._changed.wait_for(lambda: self._retry or self._closing, RETRY_S)
                self._retry = False
                return self._attempts_left()
            self._changed.wait_for(lambda: self._queue or self._jobs or self._closing or self._due())
            if not self._jobs and not self._due():
                self._changed.wait_for(self._group_is_due, GROUP_S)
            self._urgent = False
            return bool(self._queue or self._jobs or self._due() or not self._closing)

    def _attempts_left(self) -> bool:
        """While writing fails: go on, but when closing only for one more attempt."""
        if not self._closing:
            return True
        last, self._tried_last = not self._tried_last, True
        return last and bool(self._queue)

    def _group_is_due(self) -> bool:
        return self._urgent or self._closing or len(self._queue) >= GROUP_ROWS or sum(self._sizes) >= GROUP_BYTES

    def _due(self) -> bool:
        return self.progress.due(self._budgets)

    def _turn(self) -> None:
        """Commit one group, with a piece of a checkpoint if one is being written."""
        with self._changed:
            items = list(islice(self._queue, QUEUE_ROWS))
            job = self._jobs[0] if self._jobs else None
        try:
            blocks, last = job.pull() if job else ([], False)
        except BaseException as error:  # the caller's own code failed: that is the caller's to hear
            self._fail_job(error)
            return
        try:
            after = self._commit(items, job, blocks, last)
        except (apsw.Error, StoreError) as error:
            self._failed(error if isinstance(error, StoreError) else said(error, self._path, self._connection))
            return
        if job is not None:
            job.begun = True
        self._succeeded(after, len(items), job if last else None)
        self._move_pages()

    def _commit(self, items: list[Row | Put], job: _Job | None, blocks: list, last: bool) -> Progress:
        """Write one transaction, synced when this returns."""
        connection, before = self._connection, self.progress
        self._handle.refuse_removed()
        connection.execute("BEGIN IMMEDIATE")
        try:
            after = add_rows(connection, before, items)
            if job is not None:
                if not job.begun:
                    unfinish(connection, before.tail.checkpoint_seq)
                add_blocks(connection, job.seq, blocks)
                if last:
                    after = finish_checkpoint(connection, self._path, after, self._world, job.seq, job.state)
            after = tidy(connection, self._path, after, self._budgets)
            write_progress(connection, before, after)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return after

    def _succeeded(self, after: Progress, count: int, finished: _Job | None) -> None:
        with self._changed:
            self.progress, self._error = after, None
            for _ in range(count):
                self._queue.popleft()
                self._sizes.popleft()
            self._done += count
            if finished is not None:
                self._jobs.popleft()
            self._changed.notify_all()
        if finished is not None:
            finished.done.set_result(None)

    def _failed(self, error: StoreError) -> None:
        with self._changed:
            self._error = error
            self._attempts += 1
            self._abandon(error)
            self._changed.notify_all()

    def _abandon(self, error: StoreError) -> None:
        """Give up the checkpoints that wait; what they wrote is deleted before the next one."""
        while self._jobs:
            self._jobs.popleft().done.set_exception(error)

    def _fail_job(self, error: BaseException) -> None:
        with self._changed:
            job = self._jobs.popleft()
        job.done.set_exception(error)

    def _move_pages(self) -> None:
        """Move the log's pages into the database when it has grown, unless somebody reads; later then."""
        try:
            size = wal_path(self._path).stat().st_size
        except OSError:
            return
        if size < self._wal_next:
            return
        self._wal_next = self._wal_bytes if self._emptied() else size + self._wal_bytes

    def _emptied(self) -> bool:
        """Move all pages and cut the log; return whether that was done."""
        if not self._handle.lock_checkpoint():
            return False
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            return True
        except apsw.Error:
            return False  # every row is durable in the log; it is tried again when the log has grown
        finally:
            self._handle.unlock_checkpoint()

    def _close_file(self) -> None:
        locked = self._handle.lock_checkpoint()
        try:
            if locked and self._error is None:
                self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
            self._connection.close()
        except apsw.Error:
            pass  # what is durable is so in the log
        finally:
            self._handle.close()
