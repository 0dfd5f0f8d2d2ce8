"""The one place that turns errors into pages: expected ones by their code, bugs as 500 without detail."""

from __future__ import annotations

import logging

from flask import Flask, Response, make_response, render_template
from werkzeug.exceptions import HTTPException

from app.errors import KioskError
from app.logs import log_bug
from app.speech.phrases import reason_words
from app.web.htmx import wants_fragment

logger = logging.getLogger(__name__)


def init_problems(app: Flask, page: str, fragment: str) -> None:
    """Answer every error with the template ``page`` or, for htmx, with ``fragment`` put into ``#problem``."""

    def answer(code: str, status: int) -> Response:
        is_fragment = wants_fragment()
        template = fragment if is_fragment else page
        response = make_response(render_template(template, words=reason_words(code), code=code), status)
        if is_fragment:
            response.headers["HX-Retarget"] = "#problem"
            response.headers["HX-Reswap"] = "outerHTML"
        return response

    @app.errorhandler(KioskError)
    def expected(error: KioskError) -> Response:
        logger.warning("web.problem code=%s", error.code)
        response = answer(error.code, error.http_status)
        if error.retry_after_s is not None:
            response.headers["Retry-After"] = str(error.retry_after_s)
        return response

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            return make_response(error.get_response())
        code = "web.not_found" if status == 404 else "web.request_refused" if status < 500 else "kiosk"
        return answer(code, status)

    @app.errorhandler(Exception)
    def bug(error: Exception) -> Response:
        log_bug(logger, "web.bug", error)
        return answer("kiosk", 500)
