"""How fast the memory file takes rows: rows and commits a second, and what a busy Python thread loses beside it.

usage: python tests/benchmarks/store.py [FOLDER]      (on the disk to measure; a temporary folder by default)
"""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from spatialmem.store import Row, Store
from spatialmem.store.checking import verify

PAYLOAD_BYTES, ROWS = 300_000, 600


def count_until(stopped):
    """Count in pure Python as fast as it goes; return the counts a second."""
    start, count = time.perf_counter(), 0
    while not stopped():
        for _ in range(1000):
            count += 1
    return count / (time.perf_counter() - start)


def append(path, rows, size, *, flush_each):
    payloads = [os.urandom(size) for _ in range(8)]
    with Store.open(path, world="benchmark") as store:
        start = time.perf_counter()
        for seq in range(1, rows + 1):
            store.append(Row(seq, "camera", "RgbdFrame", seq, seq, payloads[seq % 8]))
            if flush_each:
                store.flush()
        store.flush()
        return rows / (time.perf_counter() - start)


def main():
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        base = Path(folder)
        rate = append(base / "large.smem", ROWS, PAYLOAD_BYTES, flush_each=False)
        small = append(base / "small.smem", 20000, 300, flush_each=False)
        each = append(base / "each.smem", 400, 300, flush_each=True)
        print(
            f"rows of {PAYLOAD_BYTES} bytes, durable          {rate:8.0f} rows/s {rate * PAYLOAD_BYTES / 1e6:6.0f} MB/s"
        )
        print(f"rows of 300 bytes, durable             {small:8.0f} rows/s")
        print(f"rows of 300 bytes, a flush after each  {each:8.0f} commits/s")
        start = time.perf_counter()
        Store.open(base / "large.smem", read_only=True).close()
        print(f"opening a file of {ROWS} rows            {(time.perf_counter() - start) * 1e3:8.1f} ms")
        start = time.perf_counter()
        assert verify(base / "large.smem").ok
        size = (base / "large.smem").stat().st_size
        print(f"verify                                 {size / 1e6 / (time.perf_counter() - start):8.0f} MB/s")
        end = time.perf_counter() + 1.0
        alone = count_until(lambda: time.perf_counter() > end)
        thread = threading.Thread(target=lambda: paced(base / "paced.smem"))
        thread.start()
        beside = count_until(lambda: not thread.is_alive())
        print(f"a busy thread beside 200 rows/s        {beside / alone:8.0%} of its speed alone")


def paced(path):
    """Append 200 rows of 300 kB a second for three seconds."""
    payload = os.urandom(PAYLOAD_BYTES)
    with Store.open(path, world="benchmark") as store:
        for seq in range(1, 601):
            store.append(Row(seq, "camera", "RgbdFrame", seq, seq, payload))
            time.sleep(0.005)


if __name__ == "__main__":
    main()
