"""Every compiled kernel, and only kernels: serial range functions over flat arrays, run by one small thread pool.

    compile.py    how a kernel is declared, compiled ahead, and announced
    threads.py    the pool that runs range functions
    layout.py     the arrays of the octree: root table, child rows, leaves, Morton order
    depth.py      a depth image: reach and its pyramid, what is free at once, which leaves need a closer look
    leaves.py     new values into leaves: hits, misses, tiles, collapse
    scan.py       point scans: one integer ray walk per end voxel
    ask.py        point queries
    rays.py       ray casts
    columns.py    reductions of the whole map: top-down, by height, volumes

Beside each kernel stands its NumPy reference (`*_reference`): the same result, plainly.
"""
