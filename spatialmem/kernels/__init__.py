"""Every compiled kernel, and only kernels: serial range functions over flat arrays, run by one small thread pool.

    compile.py    how a kernel is declared and compiled, and how that is announced
    warmup.py     all of them, ahead of time
    threads.py    the pool that runs range functions
    layout.py     the arrays of the octree: root table, child rows, leaves, Morton order
    reach.py      a depth image: how far each pixel saw, closed over holes, and its min/max pyramid
    depth.py      a depth image: what is free at once, which leaves need a closer look, which voxels are hit
    leaves.py     new values into leaves: hits, misses, tiles, collapse
    seen_through.py  a depth image again: what it saw through in some boxes is missed at once
    slots.py      the root table, and spare slots for leaves that may be born
    scan.py       point scans: one integer ray walk per end voxel
    ask.py        point queries
    rays.py       ray casts
    dense.py      a box of the map as a dense grid
    strides.py    how far one may go at once in one
    depth_image.py  ray casts of all pixels of a camera
    clearance.py  distance fields at points
    free_space.py is a shape free
    boxes.py      nodes of one state, merged
    surface.py    occupied nodes with free neighbours
    columns.py    reductions of the whole map: top-down, by height, volumes
    looking.py    points of remembered objects against a depth image: seen through or not
    floor.py      what is in the columns over the floor, and which have changed
    places.py     pieces of floor that one can stand on, edges between them, straight lines over it
    lattice.py    cells and places as sparse matrices, for whoever searches them
    ways.py       ways from cell to cell made as short as they can be
    octomap.py    OctoMap's nodes: a file's payload into arrays, and back

Beside each kernel stands its NumPy reference (`*_reference`): the same result, plainly.
"""
