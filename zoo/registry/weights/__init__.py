"""Weights: retrieval from Hubs, URLs, packages and disks, verified by digest."""

import os

# Before the Hub's client is imported: otherwise it fetches a list of programs that may have started this one,
# and names the one it finds in each request. Set the variable to 0 to allow that.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
