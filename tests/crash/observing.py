"""The process whose children are killed: each observes a stream into a file, and says what it was told is durable.

usage: observing.py < "PATH SEED" lines. For each line a child is forked, so that only the first one pays for imports.
It opens PATH, goes on in the stream from where the file ends, and writes the newest durable input's number, line by
line; "end SIGNAL" follows when it is dead.
"""

import os
import random
import signal
import sys

from memory_workload import CONFIG, LONG_INPUTS, LONG_SEED, CleanRun, store_options, stream

from spatialmem import SpatialMemory, memory_file


def main() -> None:
    clean = CleanRun(stream(LONG_SEED, LONG_INPUTS))
    for line in sys.stdin:
        path, seed = line.split()
        child = os.fork()
        if child == 0:
            observe(path, random.Random(int(seed)), clean)
            signal.pause()  # all that there was is durable
        say(f"pid {child}")
        _, status = os.waitpid(child, 0)
        say(f"end {os.waitstatus_to_exitcode(status)}")


def observe(path: str, rng: random.Random, clean: CleanRun) -> None:
    memory_file.CHECKPOINT_ROWS = rng.choice([3, 20, 256])
    with store_options(wal_mib=rng.choice([0.1, 0.5, 16]), journal_budget_mib=rng.choice([0.2, 16])):
        memory = SpatialMemory.open(path, CONFIG)
    for x in clean.rest(memory):
        memory.observe(x)
        if rng.random() < 0.1:
            memory.flush()
        say(str(memory.durable_seq))
    memory.flush()
    say(str(memory.durable_seq))


def say(line: str) -> None:
    """Write one line at once, so that a kill never leaves a part of one."""
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main()
