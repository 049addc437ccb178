"""Takes things and puts them down by asking the memory: `Pick` and `Place`; turns doors: `Hinge`.

All three are planners of base, head, arm and hand.

pick, place             what the two do, step by step, each step checked by the hand's width and by looking
hinge                   opens and closes the hinged doors of furniture, checked by looking
leaves, swing           doors as points show them; how the hand turns them: pulling at the handle, pushing at the face
carrying                drives with something in the hand, and watches that it stays there
handling                what all have in common: drive there, look, move, say how it ended
limb, config            the arm of one robot with all that planning for it needs; what a robot's maker tells
grasps, glances         how a hand could take a thing; the thing's points, as the newest frames show it
remembered, carried     a thing as its remembered box; a thing in the hand
spots                   free room to put something down
contents                whether what was put into a container is seen in it, or beside it
standing, reach         where to stand, by what the arm reaches
ways, stroke            the arm's ways to a grasp, out again and to where it carries; set-points from tick to tick
workspace               the room about the robot: the newest pictures at 1 cm, else the memory's map
arm, inverse            an arm of a URDF's text; joint vectors for poses of the hand
spheres, scene          the arm as spheres; a local map of 1 cm
checking, motion        whether an arm touches anything; ways between joint vectors by OMPL
kernels/                the compiled loops
"""

from planners.manipulation.carried import Carried
from planners.manipulation.config import ManipulationConfig
from planners.manipulation.hinge import Hinge
from planners.manipulation.limb import Limb
from planners.manipulation.pick import Pick
from planners.manipulation.place import Place

__all__ = ["Carried", "Hinge", "Limb", "ManipulationConfig", "Pick", "Place"]
