"""The suite `handling`: what becomes of things that are handled before the robot's eyes, or by its own hand.

scenes   a cleared table with the things of one question, from the seed; the same for all arms
showing  what is done with them while the robot looks
asking   the questions, answered by the memory's public ones, and what is true
suite    the episodes
figures  what they come to
"""
