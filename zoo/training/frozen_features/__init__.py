"""What frozen stages say, computed once and kept."""
