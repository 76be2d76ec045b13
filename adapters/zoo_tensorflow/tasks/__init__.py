"""The heads of the TensorFlow engine: one file for each, with its construction and its loss."""
