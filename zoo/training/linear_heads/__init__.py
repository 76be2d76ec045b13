"""Heads that are solved, not trained: the best linear head on vectors that no longer change.

Where the whole backbone is frozen, what it says about an input is a constant, and the head on top is a convex
problem with one best answer. :func:`solve_head` finds it, in numpy, whichever engine made the vectors.
"""

from zoo.training.linear_heads.solve import can_solve, load_solver, solve_head
from zoo.training.linear_heads.solver import LinearHead, LinearSolver, Problem, Size, solver_of
from zoo.training.linear_heads.temperature import softening_factor

__all__ = [
    "LinearHead",
    "LinearSolver",
    "Problem",
    "Size",
    "can_solve",
    "load_solver",
    "softening_factor",
    "solve_head",
    "solver_of",
]
