"""Logging of every process: one event a line on stderr, codes rather than sentences, never data."""

from __future__ import annotations

import logging
import traceback


def configure_logging(process: str) -> None:
    """Send records to stderr as ``time level process logger message``; third parties only from WARNING on."""
    logging.basicConfig(
        level=logging.INFO,
        format=f"%(asctime)s %(levelname)s {process} %(name)s %(message)s",
        force=True,
    )
    for name in ("httpcore", "waitress", "werkzeug", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)


def log_bug(logger: logging.Logger, event: str, error: BaseException) -> None:
    """Log an unexpected exception by type and place alone: its message may quote what must not be logged."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}:{frame.name}" for frame in reversed(frames)
    )
    logger.error("%s type=%s at=%s", event, type(error).__name__, places)
