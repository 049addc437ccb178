"""The one door into a memory: `admit`."""

from spatialmem.gate.detections import LEFT_OUT, TAKEN_OFF
from spatialmem.gate.door import Admitted, admit
from spatialmem.gate.history import GateState, Sighting, Stream, window_after
from spatialmem.gate.sensors import PIXEL_MASKS

__all__ = ["MASKS", "Admitted", "GateState", "Sighting", "Stream", "admit", "window_after"]

MASKS = (*PIXEL_MASKS, *LEFT_OUT, *TAKEN_OFF)
"""What is taken out of an admitted input, counted one by one."""
