"""A detector beside the ingest: it sees the newest frame, and what it finds is told of that frame."""

import threading

from live_inputs import S, frame, until

from spatialmem import Detection, SpatialMemory
from spatialmem.live import LiveConfig, attach


class Slow:
    """Finds one thing in every frame, and waits for leave."""

    labels: tuple[str, ...] = ("wall",)

    def __init__(self):
        self.seen, self.leave = [], threading.Event()

    def detect(self, frame):
        self.seen.append(frame.stamp_ns)
        self.leave.wait(10.0)
        return [Detection(label="wall", score=0.9, box_px=(4.0, 4.0, 20.0, 20.0))]


def test_it_looks_at_the_newest_frame_and_passes_over_what_came_meanwhile():
    detector, memory = Slow(), SpatialMemory()
    with attach(memory, detectors={"slow": detector}, config=LiveConfig(queue_max=32)) as attached:
        for i in range(1, 7):
            attached.put(frame(S + i * S // 30))
            until(lambda i=i: memory.view().seq == i)
            until(lambda: detector.seen)
        detector.leave.set()
        until(lambda: attached.status().tallies["slow"].admitted == 2)
        assert detector.seen == [S + S // 30, S + 6 * S // 30]
        assert memory.view().object_counts["tentative"] == 1


def test_what_a_detector_raised_last_is_told():
    class Odd(Slow):
        def detect(self, frame):
            if frame.stamp_ns == 2 * S:
                return []
            raise SystemExit("no GPU") if frame.stamp_ns == S else RuntimeError("out of memory")

    with attach(SpatialMemory(), detectors={"odd": Odd()}) as attached:
        for stamp_ns, said in ((S, "SystemExit: no GPU."), (2 * S, None), (3 * S, "RuntimeError: out of memory.")):
            attached.put(frame(stamp_ns))
            until(lambda said=said: attached.status().failed.get("detector odd") == said)


def test_a_detector_that_raises_ends_nothing():
    class Broken(Slow):
        def detect(self, frame):
            raise RuntimeError("out of memory")

    memory = SpatialMemory()
    with attach(memory, detectors={"broken": Broken()}) as attached:
        for i in range(1, 4):
            attached.put(frame(i * S))
        until(lambda: memory.view().seq == 3)
        until(lambda: attached._onlookers[0].lookout.failed_count >= 1)
        assert "out of memory" in attached._onlookers[0].lookout.failure
        until(lambda: "detector broken has failed: RuntimeError: out of memory" in attached.tick().reason)
        assert attached.status().failed == {"detector broken": "RuntimeError: out of memory."}
