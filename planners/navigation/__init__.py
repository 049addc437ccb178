"""Goes to points, places, rooms and things by asking the memory, and looks for what it does not know.

navigator                 one goal, tick by tick: plans, drives, plans anew where its premise breaks, and says why
explorer, searcher        sees what nobody has seen; finds a thing
goals, aiming             what a goal means now: where to stand, which way to face, what must stay true; what to
                          explore as long as it is not known
course                    the way: the memory's route, refined over the cells about it
surroundings, low_things  what is in the way that the map does not believe yet, or cannot tell from the floor
steering                  the next velocity: by pursuit along the way, or where the outline has no room, by a manoeuvre
pursuit, manoeuvre        regulated pure pursuit; moves forward, back and on the spot out of a corner, or into one
progress                  whether the base moves
worth, visible, looking   which spot to explore next, what is seen from there, and looking about there
glimpses, sweep           what a search saw from afar and is not sure of; looking all round everywhere
grid_search, voxel_search shortest ways over cells and through voxels
config                    what the base is like, and how it drives
kernels/                  the compiled loops of searches and of arcs
"""

from planners.navigation.config import NavigationConfig
from planners.navigation.explorer import Explorer
from planners.navigation.grid_search import GridPath, floor_grid, grid_path, straightened
from planners.navigation.navigator import Navigator
from planners.navigation.progress import Replan
from planners.navigation.searcher import Searcher
from planners.navigation.voxel_search import VoxelPath, free_voxels, voxel_path

__all__ = [
    "Explorer",
    "GridPath",
    "NavigationConfig",
    "Navigator",
    "Replan",
    "Searcher",
    "VoxelPath",
    "floor_grid",
    "free_voxels",
    "grid_path",
    "straightened",
    "voxel_path",
]
