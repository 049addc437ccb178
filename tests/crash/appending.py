"""The process that is killed: appends to FILE from where it ends, and says on its output what it was told is durable.

usage: appending.py FILE SEED
"""

import os
import random
import sys

from store_workload import WORLD, checkpoint_at, row

from spatialmem.store import Pieces, Store


def main() -> None:
    path, seed = sys.argv[1], int(sys.argv[2])
    rng = random.Random(seed)
    with Store.open(path, world=WORLD, journal_budget_mib=0.3, wal_mib=rng.choice([0.1, 0.5, 16])) as store:
        say(store)
        job = None
        while True:
            store.append(row(store.last_seq + 1))
            if rng.random() < 0.2:
                store.flush()
                say(store)
            if job is not None and job.done():
                job = job.result()
            if job is None and store.last_seq - store.checkpoint_seq > rng.randrange(10, 60):
                parts = checkpoint_at(store.last_seq, store.checkpoint_seq)
                job = store.schedule_checkpoint(store.last_seq, lambda parts=parts: Pieces(*parts))


def say(store: Store) -> None:
    """Write one line at once, so that a kill never leaves a part of one."""
    os.write(1, f"{store.durable_seq} {store.checkpoint_seq}\n".encode())


if __name__ == "__main__":
    main()
