"""Data: folders, tables and arrays; decoding, geometry, splits, batches. The door is ``zoo.data(...)``."""
