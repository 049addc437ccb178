"""A memory attached to a robot's control loop: what comes in is taken in beside it, and neither waits for the other.

attached.py   attach, Attached: tick, put, status, stop
inbox.py      a bounded queue for each source; frames that wait for their pose
ingest.py     the thread that tells the memory
readers.py    a thread for each source that does not bring its inputs itself
poses.py      the robot's poses by stamp
onlooker.py   a detector that looks at the newest frame
health.py     OK, DEGRADED, STALE, FAULT, and why
setup.py      all of it by one file of settings
sources.py    sources by their word
ros2/         ROS 2 messages as a source, and what the memory knows as messages
"""

from spatialmem.live.attached import Attached, Status, Tick, attach
from spatialmem.live.config import LiveConfig
from spatialmem.live.health import Health, SourceRates
from spatialmem.live.inbox import Feed, Tally
from spatialmem.live.poses import UnposedFrame

__all__ = [
    "Attached",
    "Feed",
    "Health",
    "LiveConfig",
    "SourceRates",
    "Status",
    "Tally",
    "Tick",
    "UnposedFrame",
    "attach",
]
