"""The suite `longhorizon`: two to four sub-tasks in a row (measures after LH-VLN, 2025).

plan     what is asked for, from the seed; the same for all arms
suite    the episodes
figures  what they come to
"""
