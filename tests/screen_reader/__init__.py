"""What a real screen reader says: Orca and Chromium under Xvfb, run by hand (``python -m tests.screen_reader``)."""
