"""Builds the voice process."""

from __future__ import annotations

from app.config import Settings


def run_voice(settings: Settings) -> int:
    """Run the voice process until it is told to stop: the voice, and a reader of insurers, places and names."""
    from app.speech.agent import main
    from app.speech.reader_thread import FieldReaderThread, open_dictionary

    reader = FieldReaderThread(open_dictionary)
    try:
        return main(settings, reader)
    finally:
        reader.close()
