"""Whole tasks at a few seconds each: a small base without an arm, a hand that takes things at once, few small pictures.

hand      takes, puts, opens and closes what truly is within reach
spots     where a thing can truly be put: on a support, in an open thing, on the floor
matching  what truly is where the memory has something
skills    what a task planner calls: navigation drives, the hand acts
camera    the pictures, and a detector that names colours and tells what is open
strides   pictures where they show something new
playing   one episode: a task planner drives, and what became of each goal
"""
