"""What a bug leaves behind: a page without detail, and a log line without data."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from jinja2 import DictLoader

from app.web.htmx import init_htmx
from app.web.problems import init_problems

SECRET = "試験　花子 06481234"


def broken_app() -> Flask:
    app = Flask(__name__)
    app.jinja_env.loader = DictLoader({"page.html": "page {{ code }}", "fragment.html": "fragment {{ code }}"})
    init_htmx(app)
    init_problems(app, "page.html", "fragment.html")

    @app.get("/broken")
    def broken() -> str:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(f"no such person: {SECRET}") from error

    return app


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_bug_is_logged_by_type_and_place_alone(headers: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    answer = broken_app().test_client().get("/broken", headers=headers)
    assert (answer.status_code, answer.text) == (500, f"{'fragment' if headers else 'page'} kiosk")
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    told = record.getMessage()
    assert told.startswith("web.bug type=ValueError at=")
    assert "test_problems.py:" in told
    assert ":broken" in told
    written = logging.Formatter().format(record)
    assert SECRET not in written
    assert "no such person" not in written
    assert "Traceback" not in written
    assert record.exc_info is None
