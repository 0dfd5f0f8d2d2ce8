"""Serves the kiosk on loopback with waitress."""

from __future__ import annotations

import logging
import signal

from flask import Flask
from waitress.server import create_server

from app.config import Settings

logger = logging.getLogger(__name__)


def main(settings: Settings) -> int:
    """Run the kiosk process until it is told to stop."""
    from app.wiring import run_kiosk

    return run_kiosk(settings)


def serve(app: Flask, port: int) -> None:
    """Answer on 127.0.0.1 until SIGTERM or SIGINT."""
    server = create_server(  # type: ignore[no-untyped-call]
        app,
        host="127.0.0.1",
        port=port,
        threads=8,
        asyncore_use_poll=True,
        channel_request_lookahead=1,
        connection_limit=500,
        channel_timeout=15,
        max_request_header_size=16_384,
        max_request_body_size=8_192,
        ident="",
    )

    def stop(signum: int, frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    logger.info("kiosk.listening")
    try:
        server.run()
    finally:
        server.close()
