"""Vectors for other tools: what to embed, in which order, and the files that hold the result."""
