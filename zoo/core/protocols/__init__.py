"""The two interfaces: what a source hands over, and what an engine must do."""
