"""Style sheets, scripts and pictures: named with the state of their content they last, and what a page always wants
comes in one answer.

Twenty files that were asked after one by one, at every page, cost more than the page.
"""

from __future__ import annotations

import hashlib
import mimetypes
import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

LASTING = "private, max-age=31536000, immutable"
ENDPOINT = "static"
VERSION = "v"
"""What the address bears of the content; without it a browser asks each time."""


class Assets:
    """The small files of ``folder`` by their path in it, and those of ``joined``: files one after the other.

    What is joined is read once, at the start: a part that goes while files are replaced must not take all styles away.
    """

    def __init__(self, folder: Path, joined: Mapping[str, Sequence[str]]) -> None:
        self._folder = folder
        self._joined = {name: _join(name, [folder / part for part in parts]) for name, parts in joined.items()}
        self._known: dict[str, tuple[tuple[int, int, int], str]] = {}

    def version(self, name: str) -> str | None:
        """Return letters and digits that change with the content, ``None`` where there is no such file.

        ``name`` is one of ours, as templates write it; nobody outside chooses it.
        """
        if name in self._joined:
            return state_of(self._joined[name])
        path = self._folder / name
        if not path.is_file():
            return None
        found = path.stat()
        changed = (found.st_mtime_ns, found.st_ctime_ns, found.st_size)
        known = self._known.get(name)
        if known is None or known[0] != changed:
            known = self._known[name] = (changed, state_of(path.read_bytes()))
        return known[1]

    def content(self, name: str) -> bytes:
        """Return what an address asks for.

        Raises:
            NotFound: there is no such file, it lies elsewhere, or another spelling is its name.
        """
        if name in self._joined:
            return self._joined[name]
        path = safe_join(str(self._folder), name) if posixpath.normpath(name) == name else None
        try:
            if path is not None and Path(path).is_file():
                return Path(path).read_bytes()
        except (OSError, ValueError):  # gone meanwhile, or a name that no file can have
            pass
        raise NotFound


def state_of(content: bytes) -> str:
    """Return 16 letters and digits that stand for this content."""
    return hashlib.sha256(content).hexdigest()[:16]


def _join(name: str, paths: Sequence[Path]) -> bytes:
    parts = [path.read_text("utf-8") for path in paths]
    if name.endswith(".js"):
        # A script that fails at its start must not keep the next ones from theirs.
        kept_apart = [f"try {{\n{part}\n}} catch (error) {{\n  reportError(error);\n}}" for part in parts]
        parts = ['"use strict";', *kept_apart]
    return "\n".join(parts).encode()


def serve_assets(app: Flask, folder: Path, joined: Mapping[str, Sequence[str]] | None = None) -> None:
    """Give ``app`` (made without a static folder) the endpoint ``static``, whose addresses bear versions."""
    assets = Assets(folder, joined or {})

    @app.get("/static/<path:filename>", endpoint=ENDPOINT)
    def static(filename: str) -> Response:
        content = assets.content(filename)
        state = state_of(content)
        response = Response(content, mimetype=mimetypes.guess_type(filename)[0] or "application/octet-stream")
        response.set_etag(state)
        response.headers["Cache-Control"] = LASTING if request.args.get(VERSION) == state else "no-cache"
        response.make_conditional(request)
        return response

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == ENDPOINT and VERSION not in values:
            version = assets.version(str(values.get("filename")))
            if version is not None:
                values[VERSION] = version
