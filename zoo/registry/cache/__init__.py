"""Caches on this disk: downloaded weights, frozen features, caches of sources."""
