"""The patient's pages: one thing a screen, on loopback only."""
