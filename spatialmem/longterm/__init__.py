"""Confirmed objects that were left behind: kept whole, found by where they are, forgotten when there is no room.

parked      one object as it is kept
lot         all of them at one moment
near        which of them are near a camera
watch       what cameras have left behind
worth       which are worth least
state       the same as bytes
long_term   `LongTerm`, the one stateful class, and `LongTermView`
"""

from spatialmem.longterm.long_term import LongTerm, LongTermView
from spatialmem.longterm.lot import Lot
from spatialmem.longterm.parked import Parked

__all__ = ["LongTerm", "LongTermView", "Lot", "Parked"]
