"""Heads that are solved, not trained: the best linear head on vectors that no longer change.

Where the whole backbone is frozen, what it says about an input is a constant, and the head on top is a convex
problem with one best answer. :func:`solve_head` finds it, in numpy, whichever engine made the vectors.
"""

from zoo.heads.softening import softness
from zoo.heads.solve import SolvedHead, can_solve, load_solver, solve_head

__all__ = ["SolvedHead", "can_solve", "load_solver", "softness", "solve_head"]
