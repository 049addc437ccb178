"""The one door into a memory: `admit`."""

from spatialmem.gate.door import Admitted, admit
from spatialmem.gate.history import GateState, Sighting, Stream, window_after
from spatialmem.gate.sensors import MASKS

__all__ = ["MASKS", "Admitted", "GateState", "Sighting", "Stream", "admit", "window_after"]
