"""The one training loop, and what shapes it: configuration, schedules, stopping."""
