"""A home in PyBullet: its bodies, its doors, its physics, and how its things come to rest."""
