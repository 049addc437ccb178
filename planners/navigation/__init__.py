"""Goes to points, places, rooms and things by asking the memory, and looks for what it does not know.

navigator                 one goal, tick by tick: plans, drives, plans anew where its premise breaks, and says why
explorer, searcher        sees what nobody has seen; finds a thing
goals                     what a goal means now: where to stand, which way to face, what must stay true
course                    the way: the memory's route, refined over the cells about it
surroundings, low_things  what is in the way that the map does not believe yet, or cannot tell from the floor
pursuit, progress         the next velocity along the way, with room for the robot's outline; whether the base moves
worth, looking            which spot to explore next, and looking about there
grid_search, voxel_search shortest ways over cells and through voxels
config                    what the base is like, and how it drives
kernels/                  the compiled loops of searches and of arcs
"""

from planners.navigation.config import NavigationConfig
from planners.navigation.explorer import Explorer
from planners.navigation.grid_search import GridPath, floor_grid, grid_path, straightened
from planners.navigation.navigator import Navigator, Replan
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
