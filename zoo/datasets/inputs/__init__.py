"""Inputs of a dataset: images, audio clips, texts and token lists, in files or in memory."""
