"""The two seams on which the wings lean: what a source hands over, and what an engine must do."""
