"""The feature cache: outputs of frozen stages, computed once."""
