"""Our thin layer over htmx-flask: the two questions and two answers that views need.

htmx-flask 0.1.0 is kept behind this module because its own ``reswap`` refuses two valid values.
"""

from __future__ import annotations

from typing import cast

from flask import Flask, Response, make_response, render_template, request
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest


def init_htmx(app: Flask) -> None:
    """Give ``request.htmx`` to the app's requests, and tell caches that answers differ by it."""
    Htmx(app)

    @app.after_request
    def vary(response: Response) -> Response:
        response.headers.add("Vary", "HX-Request")
        return response


def wants_fragment() -> bool:
    """True for an htmx swap; not for boosted or history requests."""
    htmx = cast(HtmxAwareRequest, request).htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def swap(main: str, *also: str, **context: object) -> Response:
    """Answer an htmx request: the target fragment, then at most two out-of-band ones."""
    parts = [render_template(main, **context)]
    parts += [render_template(name, oob=True, **context) for name in also]
    return make_response("\n".join(parts))


def go_to(url: str) -> Response:
    """Answer a POST by leaving the page: 303, or ``HX-Redirect`` where htmx asked."""
    if wants_fragment():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = url
        return response
    response = make_response("", 303)
    response.headers["Location"] = url
    return response
