"""What both sites share: closed headers, an allow-list of hosts, and no state change from elsewhere.

Sources: OWASP ASVS 5.0 chapter 3 (headers, cookies, cross-site requests); Fetch Metadata (``Sec-Fetch-Site``).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from flask import Flask, Response, request

from app.errors import KioskError
from app.web.assets import ENDPOINT, LASTING

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)

PERMISSIONS = (
    "accelerometer=(), browsing-topics=(), camera=(), compute-pressure=(), display-capture=(), "
    "encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), "
    "identity-credentials-get=(), idle-detection=(), keyboard-map=(), local-fonts=(), magnetometer=(), "
    "microphone=(), midi=(), otp-credentials=(), payment=(), picture-in-picture=(), "
    "publickey-credentials-create=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), "
    "speaker-selection=(), storage-access=(), sync-xhr=(), usb=(), window-management=(), "
    "xr-spatial-tracking=()"
)
"""Powers that Chromium gives and no page of ours needs; sound (``autoplay``) and copying stay."""

HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
}

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class RequestRefused(KioskError):
    """The request came from another site, for another host, or without this page's token."""

    code = "web.request_refused"
    http_status = 403


class WrongHost(RequestRefused):
    http_status = 400


def harden(
    app: Flask,
    *,
    origins: frozenset[str],
    expected_token: Callable[[], str],
    max_body_bytes: int,
    hsts: bool = False,
    lasting: frozenset[str] = frozenset(),
) -> None:
    """Close the app by default.

    Args:
        origins: ``scheme://host:port`` that the site answers to; every other Host gets 400.
        expected_token: the token that this request's page was given (templates: ``csrf_token()``); a POST
            carries it in the header ``X-CSRF-Token`` or the field ``csrf``.
        max_body_bytes: larger bodies get 413 before anybody reads them.
        hsts: send Strict-Transport-Security (only behind TLS).
        lasting: endpoints whose addresses name their content: browsers keep what they answer.
    """
    hosts = frozenset(origin.split("://", 1)[1] for origin in origins)
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.config["MAX_FORM_PARTS"] = 50
    app.jinja_env.globals["csrf_token"] = expected_token

    @app.before_request
    def refuse_strangers() -> None:
        if request.host not in hosts:
            raise WrongHost()
        if request.method in SAFE_METHODS:
            return
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None and site != "same-origin":
            raise RequestRefused()
        origin = request.headers.get("Origin")
        if origin == "null" and site == "same-origin":
            origin = None  # our no-referrer policy makes browsers hide it from plain forms of our own pages
        if (site is None or origin is not None) and origin not in origins:
            raise RequestRefused()
        given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
        if not hmac.compare_digest(given.encode(), expected_token().encode()):
            raise RequestRefused()

    @app.after_request
    def close_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if hsts:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint == ENDPOINT and response.status_code < 400:
            return response  # says by itself how long it lasts
        if request.endpoint in lasting and response.status_code == 200:
            response.headers["Cache-Control"] = LASTING
        else:
            response.headers["Cache-Control"] = "no-store"
        return response
