"""The heads of the torch engine: one file for each, with its construction and its loss."""
