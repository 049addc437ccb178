"""Lives through some of the days of a robot in a flat: python tests/soak/days.py FILE PICTURES EVERY

The memory is attached and has a file. Prints what the process holds every so many pictures, as a line of JSON, and what
is left when all is closed. A process of its own: nothing of the tests is in it.
"""

import gc
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

# isort: split
from days_in_a_flat import DaysInAFlat
from live_robot import settle

from spatialmem import (
    Config,
    DepthConfig,
    LongTermConfig,
    OctreeConfig,
    ShortTermConfig,
    SpatialMemory,
    StoreConfig,
)
from spatialmem.live import LiveConfig, attach
from spatialmem.store.upkeep import info

CONFIG = Config(
    octree=OctreeConfig(voxel_size_m=0.1, budget_mib=16, threads=1),
    depth=DepthConfig(range_max_m=3.0),
    shortterm=ShortTermConfig(objects_max=4, policy="lru", tentative_s=900.0),
    longterm=LongTermConfig(budget_mib=4, leave_m=4.0, return_m=3.5),
    store=StoreConfig(journal_budget_mib=16, evidence_budget_mib=2),
)
MIB = float(1 << 20)


def held() -> dict[str, Any]:
    """Return what the process holds now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "resident_mib": round(pages * os.sysconf("SC_PAGE_SIZE") / MIB, 3),
        "threads": threading.active_count(),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


def known(memory: SpatialMemory, path: Path) -> dict[str, Any]:
    """Return what the memory and its file hold now."""
    kept, view = info(path), memory.view()
    return {
        "file_mib": round((kept.file_bytes + kept.log_bytes) / MIB, 3),
        "payload_mib": {name: round(count / MIB, 3) for name, count in kept.payload_bytes.items()},
        "rows": kept.rows,
        "map_mib": round(memory.nbytes / MIB, 3),
        "objects": dict(view.object_counts),
        "changes": len(view._belief().kept.entries),
    }


def live_through(path: Path, pictures: int, every: int) -> None:
    days = DaysInAFlat()
    with SpatialMemory.open(path, CONFIG) as memory:
        with attach(memory, config=LiveConfig(queue_max=256)) as live:
            for number, inputs in enumerate(days.inputs(pictures), 1):
                for x in inputs:
                    live.put(x)
                settle(live)
                live.tick()
                if number % every == 0:
                    memory.flush()
                    print(json.dumps({"pictures": number, **held(), **known(memory, path)}), flush=True)
            tallies = live.status().tallies
        lost = {name: one.sent - one.admitted for name, one in tallies.items()}
        sent = sum(one.sent for one in tallies.values())
        print(json.dumps({"lost": lost, "sent": sent, "seq": memory.view().seq}), flush=True)


if __name__ == "__main__":
    live_through(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps(held()))
