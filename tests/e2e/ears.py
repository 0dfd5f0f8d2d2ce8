"""Writes down everything that a page sends and receives, as a person would read it."""

from __future__ import annotations

from urllib.parse import unquote_plus

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, Request, Response

GONE = ("with given identifier", "has been closed")
"""What Chromium and Playwright say of a body that was dropped, and of a page that was closed."""
COUNTS = frozenset({"content-length", "date", "age", "expires", "last-modified"})
"""Headers whose numbers are counts and times: four digits stand there by chance."""


class Ears:
    """``sent``, ``received`` and ``addresses`` of one page from now on."""

    def __init__(self, page: Page) -> None:
        self.sent: list[str] = []
        self.received: list[str] = []
        self.addresses: list[str] = []
        page.on("request", self._request)
        page.on("response", self._response)

    def _request(self, request: Request) -> None:
        self.addresses.append(unquote_plus(request.url))
        self.sent += [
            unquote_plus(request.url),
            request.method,
            *self._lines(request.all_headers()),
            unquote_plus(request.post_data or ""),
        ]

    def _response(self, response: Response) -> None:
        kind = response.headers.get("content-type", "")
        is_text = "event-stream" not in kind and "/static/" not in response.url and response.status != 303
        is_read = is_text and "attachment" not in response.headers.get("content-disposition", "")
        self.received += [*self._lines(response.all_headers()), self._body(response) if is_read else ""]

    def _body(self, response: Response) -> str:
        try:
            return response.text()
        except BrowserError as error:
            # A panel that came in while the page was being left: the browser has dropped it unseen.
            if not any(words in str(error) for words in GONE):
                raise
            return ""

    def _lines(self, headers: dict[str, str]) -> list[str]:
        return [f"{name}: {unquote_plus(value)}" for name, value in headers.items() if name not in COUNTS]
