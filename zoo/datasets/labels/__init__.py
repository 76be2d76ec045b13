"""Labels: how they are read, named, ordered and encoded."""
