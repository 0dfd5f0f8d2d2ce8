"""Fixtures: one box behind TLS and one Chromium for the tests of a module, and the pages that a test opens there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser

from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import NAME, StaffBox, StaffPage


@pytest.fixture(scope="module")
def box_and_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StaffBox, Browser]]:
    folder = tmp_path_factory.mktemp("staff")
    with closing(StaffBox(folder / "box")) as box, trusting_chromium(box.files.ca_file, folder / "home") as browser:
        yield box, browser


@pytest.fixture
def box(box_and_browser: tuple[StaffBox, Browser]) -> StaffBox:
    return box_and_browser[0]


@pytest.fixture
def open_page(box_and_browser: tuple[StaffBox, Browser]) -> Iterator[Callable[..., StaffPage]]:
    """Opens pages that nobody logged in at; they are closed after the test."""
    box, browser = box_and_browser
    opened: list[StaffPage] = []

    def make(*size: int, **options: object) -> StaffPage:
        opened.append(StaffPage(browser, box, *size, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for page in opened:
        page.close()


@pytest.fixture
def open_board(open_page: Callable[..., StaffPage]) -> Callable[..., StaffPage]:
    """Opens the board as somebody who logged in; ``script`` runs before each page's own."""

    def make(name: str = NAME, script: str = "", **options: object) -> StaffPage:
        page = open_page(**options)
        if script:
            page.context.add_init_script(script)
        page.log_in(name)
        return page

    return make


@pytest.fixture
def name_of(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Check ids of this test alone: the box is shared."""
    return lambda name: f"{abs(hash(request.node.name)) % 10**8}-{name}"
