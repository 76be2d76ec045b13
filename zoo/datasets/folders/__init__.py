"""Folders: which are classes, which are splits, and which files are data."""
