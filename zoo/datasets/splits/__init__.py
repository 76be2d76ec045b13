"""Splits: drawing them, groups and copies that stay together, overlap with training data."""
