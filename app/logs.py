"""Logging of every process: one event a line on stderr, codes rather than sentences, never data."""

from __future__ import annotations

import logging


def configure_logging(process: str) -> None:
    """Send records to stderr as ``time level process logger message``; third parties only from WARNING on."""
    logging.basicConfig(
        level=logging.INFO,
        format=f"%(asctime)s %(levelname)s {process} %(name)s %(message)s",
        force=True,
    )
    for name in ("httpx", "httpcore", "waitress", "werkzeug", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)
