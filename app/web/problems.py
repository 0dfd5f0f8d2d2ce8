"""The one place that turns errors into pages: expected ones by their code, bugs as 500 without detail."""

from __future__ import annotations

import logging

from flask import Flask, Response, make_response, render_template
from werkzeug.exceptions import HTTPException

from app.errors import KioskError
from app.speech.phrases import reason_words
from app.web.htmx import wants_fragment

logger = logging.getLogger(__name__)


def init_problems(app: Flask, template: str) -> None:
    """Answer every error with ``template`` (a whole page) or, for htmx, with its fragment in ``#problem``."""

    @app.errorhandler(KioskError)
    def expected(error: KioskError) -> Response:
        logger.warning("web.problem code=%s", error.code)
        return _answer(template, error.code, error.http_status)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            return make_response(error.get_response())
        code = "web.not_found" if status == 404 else "web.request_refused" if status < 500 else "kiosk"
        return _answer(template, code, status)

    @app.errorhandler(Exception)
    def bug(error: Exception) -> Response:
        logger.exception("web.bug type=%s", type(error).__name__)
        return _answer(template, "kiosk", 500)


def _answer(template: str, code: str, status: int) -> Response:
    fragment = wants_fragment()
    name = "shared/_problem.html" if fragment else template
    response = make_response(render_template(name, words=reason_words(code), code=code), status)
    if fragment:
        response.headers["HX-Retarget"] = "#problem"
        response.headers["HX-Reswap"] = "outerHTML"
    return response
