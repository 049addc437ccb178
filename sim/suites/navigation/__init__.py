"""The suite `navigation`: one goal after the other in a home that was explored, while a person walks about.

plan     the home, the start, the person's day and the goals, from the seed; the same for all arms
goals    where a goal is truly reached, and the shortest way there
suite    the episodes
figures  what they come to
"""
