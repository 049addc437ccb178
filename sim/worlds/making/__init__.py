"""Homes by chance: a floor plan, furniture for each room, things on it, and the check that a robot gets about."""
