"""Simulated sensors: an RGB-D camera with noise, drawn or ray-cast, and a detector with known error rates."""

from sim.sensors.cameras import Camera, Shot
from sim.sensors.pose_noise import PoseNoise
from sim.sensors.segmentation import SegmentationDetector
from sim.sensors.sensor import CameraSensor, camera_of
from sim.sensors.settings import CameraSettings, DetectorSettings

__all__ = [
    "Camera",
    "CameraSensor",
    "CameraSettings",
    "DetectorSettings",
    "PoseNoise",
    "SegmentationDetector",
    "Shot",
    "camera_of",
]
