"""The bounded buffer of recent object states: lifting, association, tracks, replacement.

    Detection, RgbdFrame -> lift -> Lifted -> ShortTerm.see -> ObjectsView

foreground, faces, lift        one detection in space, with covariance
associate, duplicates          which object it is; which objects are one
track, fusion, labels          where it is, how it moves, how far it reaches, what it is called
table, state                   the objects as columns, and as bytes
short_term                     `ShortTerm`, the one stateful class
objects_view, contact          what readers ask
policies/                      which object goes when the buffer is full
"""

from spatialmem.shortterm.lift import Lifted, lift
from spatialmem.shortterm.objects_view import ObjectsView
from spatialmem.shortterm.short_term import ShortTerm

__all__ = ["Lifted", "ObjectsView", "ShortTerm", "lift"]
