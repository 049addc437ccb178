"""The suite `search`: a home is visited again and again, things are moved meanwhile, and a few are looked for.

plan     the homes, visits and what is sought, from the seed; the same for all arms
moving   who lives there moves things between visits
suite    the episodes
figures  what they come to
"""
