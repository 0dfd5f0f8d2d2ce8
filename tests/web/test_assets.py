"""Files that pages ask for: how long a browser may keep them, and what comes in one answer."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from app.web.assets import LASTING, serve_assets
from app.web.staff.server import ON_EVERY_PAGE
from tests.web.staff_site import Site

ROOT = Path(__file__).resolve().parents[2]
ASKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one.css", "two.css"):
        (tmp_path / name).write_text(f".{name[:3]} {{}}", "utf-8")
    return tmp_path


@pytest.fixture
def app(folder: Path) -> Flask:
    app = Flask(__name__, static_folder=None)
    serve_assets(app, folder, {"all.css": ("two.css", "one.css")})
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def address(app: Flask, name: str) -> str:
    with app.test_request_context():
        return url_for("static", filename=name)


@pytest.mark.parametrize("name", ["one.css", "all.css"])
def test_an_address_with_the_state_of_the_content_lasts(app: Flask, client: FlaskClient, name: str) -> None:
    answer = client.get(address(app, name))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, LASTING)
    assert answer.mimetype == "text/css"


@pytest.mark.parametrize("asked", ["", "?v=", "?v=0123456789abcdef", "?other=1"])
@pytest.mark.parametrize("name", ["one.css", "all.css"])
def test_any_other_address_is_asked_for_each_time(client: FlaskClient, name: str, asked: str) -> None:
    answer = client.get(f"/static/{name}{asked}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    again = client.get(f"/static/{name}{asked}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_another_content_has_another_address(app: Flask, client: FlaskClient, folder: Path) -> None:
    before = address(app, "one.css")
    was = (folder / "one.css").stat().st_mtime_ns
    (folder / "one.css").write_text(".new {}", "utf-8")
    os.utime(folder / "one.css", ns=(was, was))  # as archives do it
    after = address(app, "one.css")
    assert after != before
    assert b".new" in client.get(after).data
    old = client.get(before)
    assert b".new" in old.data
    assert old.headers["Cache-Control"] == "no-cache", "what an old page asks for is not kept under the old name"


def test_joined_files_stay_whole_while_one_of_them_is_replaced(client: FlaskClient, folder: Path) -> None:
    (folder / "one.css").unlink()
    assert client.get("/static/all.css").data == b".two {}\n.one {}"


def test_joined_files_come_in_their_order(client: FlaskClient) -> None:
    assert client.get("/static/all.css").data == b".two {}\n.one {}"


@pytest.mark.parametrize(
    "name",
    ["nothing.css", "../assets.py", "%2e%2e/x", "a%00b", "", "./one.css", "x/../one.css", "one.css/"],
)
def test_what_is_not_there_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_a_folder_and_a_missing_file_have_an_address_without_a_version(app: Flask) -> None:
    assert address(app, "nothing.css") == "/static/nothing.css"
    assert address(app, "") == "/static/"


def test_every_page_of_staff_asks_for_few_files_and_for_each_by_its_state(tmp_path: Path) -> None:
    site = Site(tmp_path)
    browser = site.logged_in()
    for path in ("/", "/search", "/device", "/settings/own", "/plain"):
        asked = ASKED.findall(browser.get(path).text)
        assert 2 <= len(asked) <= 4, (path, asked)
        for one in asked:
            answer = browser.get(one)
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, LASTING), one
            answer.close()
    site.store.close()


def test_no_file_of_the_staff_pages_is_forgotten() -> None:
    """A script or a style sheet that no page asks for does nothing, and nobody would see it."""
    templates = "".join(path.read_text("utf-8") for path in (ROOT / "app/web/templates").rglob("*.html"))
    joined = {name for names in ON_EVERY_PAGE.values() for name in names}
    for path in (*(ROOT / "static/css").glob("*.css"), *(ROOT / "static/js").glob("*.js")):
        name = path.relative_to(ROOT / "static").as_posix()
        imported = any(
            f'"./{path.name}"' in other.read_text("utf-8") for other in (ROOT / "static/js").glob("[!h]*.js")
        )
        ways = (name in joined) + (f"filename='{name}'" in templates) + imported
        assert ways == 1 or (ways > 1 and path.suffix == ".css"), f"{name}: no script may run twice"


def test_a_joined_script_keeps_to_itself() -> None:
    for name in ON_EVERY_PAGE["js/staff-pages.js"]:
        outside = re.sub(r"^//.*\n", "", (ROOT / "static" / name).read_text("utf-8"), flags=re.MULTILINE).strip()
        assert re.fullmatch(r'"use strict";\s*\(\(\) => \{\n.*\n\}\)\(\);', outside, re.DOTALL), name
        assert "\n})();" not in outside.removesuffix("\n})();"), name
