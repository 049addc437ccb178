"""Frames become detections and embeddings here.

onnx_detector.py      trained detectors from an ONNX file; onnx_file.py, onnx_heads.py and labels.py read it
fiducial.py           printed tags
tabletop.py           things that no detector knows, by depth; planes.py finds what they stand on
appearance.py         what a thing looks like, as a vector; region.py says which pixels are its
opening.py            all detectors by name, for the command line
pixels.py             a frame's colour, and boxes
open3d_library.py     Open3D, where it is installed

OpenCV and Open3D load on first use.
"""

from perception.appearance import AppearanceEmbedder
from perception.fiducial import FiducialDetector
from perception.onnx_detector import OnnxDetector
from perception.opening import open_detector
from perception.tabletop import TabletopSegmenter, TabletopSettings

__all__ = [
    "AppearanceEmbedder",
    "FiducialDetector",
    "OnnxDetector",
    "TabletopSegmenter",
    "TabletopSettings",
    "open_detector",
]
