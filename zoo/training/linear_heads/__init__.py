"""Heads that are solved, not trained: the best linear head on vectors that no longer change.

Where the whole backbone is frozen, what it says about an input is a constant, and the head on top is a convex
problem with one best answer. :func:`solve_head` finds it, in numpy, whichever engine made the vectors.
"""

from zoo.training.linear_heads.solve import SolvedHead, can_solve, load_solver, solve_head
from zoo.training.linear_heads.temperature import softening_factor

__all__ = ["SolvedHead", "can_solve", "load_solver", "softening_factor", "solve_head"]
