"""Weights: where they lie, how they are fetched, and whether they are what they should be."""

import os

# Before the Hub's client is imported: otherwise it asks the Hub for a list of programs that may have started
# this one, and names the one it finds in each request. Whoever wants that sets the variable to 0.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
