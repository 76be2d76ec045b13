"""Plugins: the hooks, the records they return, and the guarded loader."""
