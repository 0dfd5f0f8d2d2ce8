"""Data of the voice and the scripts that made it."""
