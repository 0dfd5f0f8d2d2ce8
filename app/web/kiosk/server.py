"""Serves the kiosk on loopback with waitress."""

from __future__ import annotations

import logging

from flask import Flask

from app.config import Settings
from app.web.page_server import create_page_server

logger = logging.getLogger(__name__)


def main(settings: Settings) -> int:
    """Run the kiosk process until it is told to stop."""
    from app.wiring import run_kiosk

    return run_kiosk(settings)


def serve(app: Flask, port: int) -> None:
    """Answer on 127.0.0.1 until SIGTERM or SIGINT."""
    server = create_page_server(
        app,
        host="127.0.0.1",
        port=port,
        threads=8,
        channel_request_lookahead=1,
        connection_limit=500,
        channel_timeout=15,
        max_request_header_size=16_384,
        max_request_body_size=8_192,
        ident="",
    )

    logger.info("kiosk.listening")
    try:
        server.run()
    finally:
        server.close()
