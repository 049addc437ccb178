"""The suite `household`: things are brought and put away in homes that are visited several times (after KARMA, 2025).

plan     what is asked for, from the seed; the same for all arms
suite    the episodes
figures  what they come to
"""
