"""Suites: many seeded homes, the same with every arm, until a figure with an interval stands behind a claim.

frame                     what a suite is to the runner; a row is one episode
runner, workers, keeping  seeds x arms, here or in processes; rows kept as they come, so that a run can go on
reporting, charts         what is answered: a table, a picture, a JSON file with every episode
metrics, intervals        the measures, each with its formula and source; how sure they are
arms                      what a robot remembers: nothing, this visit, what was before it, both, or the truth
driving, blocked          a planner drives a simulated robot over a memory; what it ran into
true_floor, sight         the shortest ways by the truth, and from where a thing truly shows
survey                    a memory of the whole home as it is, made without driving
navigation/, search/      the suites
cli                       `spatialmem suite`

This room may import everything; no other part of `sim` imports it.
"""
