"""Logging of every process: one event a line on stderr, codes rather than sentences, never data."""

from __future__ import annotations

import logging
import re
import traceback

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Signs that begin a line, move a terminal's cursor or turn the reading direction; lone surrogates."""


class OneLine(logging.Formatter):
    """Whatever a record holds stays on its one line, so that nobody can write lines of their own into a log."""

    def format(self, record: logging.LogRecord) -> str:
        return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], super().format(record))


def configure_logging(process: str) -> None:
    """Send records to stderr as ``time level process logger message``; third parties only from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(f"%(asctime)s %(levelname)s {process} %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("httpcore", "waitress", "werkzeug", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)


def log_bug(logger: logging.Logger, event: str, error: BaseException) -> None:
    """Log an unexpected exception by type and place alone: its message may quote what must not be logged."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}:{frame.name}" for frame in reversed(frames)
    )
    logger.error("%s type=%s at=%s", event, type(error).__name__, places)
