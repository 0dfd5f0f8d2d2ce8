"""Which browser on which kind of machine, in a few words for the list of open sessions."""

from __future__ import annotations

_BROWSERS = (
    ("Edg", "Edge"),
    ("Firefox/", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_words(user_agent: str) -> str:
    """Return for example ``Chrome（Windows）``; nothing of the header itself is kept."""
    browser = next((words for sign, words in _BROWSERS if sign in user_agent), "そのほかのブラウザー")
    system = next((words for sign, words in _SYSTEMS if sign in user_agent), None)
    return browser if system is None else f"{browser}（{system}）"
