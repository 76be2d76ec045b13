"""What lies on this disk: downloaded weights, and whatever else a kind of cache keeps."""
