"""Open a page for the person who started the demo."""

from __future__ import annotations

import os
import shutil
import subprocess


def open_browser(url: str) -> subprocess.Popen[bytes] | None:
    """Show a page where there is a screen; the browser is the person's own, the demo neither waits for it nor ends it.

    Returns:
        The process that opens it, or ``None`` when there is no screen.
    """
    opener = shutil.which("xdg-open")
    if opener is None or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return None
    nowhere = subprocess.DEVNULL
    return subprocess.Popen([opener, url], stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
