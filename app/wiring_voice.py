"""Builds the voice process."""

from __future__ import annotations

from app.config import Settings


def run_voice(settings: Settings) -> int:
    """Run the voice process until it is told to stop."""
    from app.speech.agent import main

    return main(settings)
