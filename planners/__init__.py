"""Planners ask the memory and decide: navigation, manipulation, tasks.."""
