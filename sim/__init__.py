"""A PyBullet home that the memory can live in: worlds, robots, sensors, people. Nothing yet."""
