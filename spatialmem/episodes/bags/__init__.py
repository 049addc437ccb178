"""MCAP files and ROS bags: read as episodes, ours to the last bit, anybody's through tf; and written with ROS 2 types.

    mcap_log, sqlite_log, ros1_log, folder_log   containers -> messages (`log`)
    ros_types, images                            messages -> arrays
    topics, transforms, assemble                 anybody's recording: what to play, poses from tf, frames put together
    parts, mcap_write, own                       our own: an input as messages, and back
    recording                                    all of it as one Source

The libraries `mcap` and `rosbags` are loaded on first use (`pip install 'spatialmem[episodes]'`).
"""

from spatialmem.episodes.bags.mcap_write import Recorded, record_mcap
from spatialmem.episodes.bags.recording import BagRecording, is_bag, open_bag, open_log

__all__ = ["BagRecording", "Recorded", "is_bag", "open_bag", "open_log", "record_mcap"]
