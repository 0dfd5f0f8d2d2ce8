"""Style sheets, scripts and pictures: named with the state of their content they last, and what a page always wants
comes in one answer.

Twenty files that were asked after one by one, at every page, cost more than the page.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path

from flask import Flask, Response, request, send_from_directory

LASTING = "private, max-age=31536000, immutable"
ENDPOINT = "static"
VERSION = "v"
"""What the address bears of the content; without it a browser asks each time."""


class Assets:
    """The files of ``folder`` by their path in it, and those of ``joined``, which are files one after the other.

    A script that is joined with others does all in functions of its own: they share what stands outside.
    """

    def __init__(self, folder: Path, joined: Mapping[str, Sequence[str]]) -> None:
        self._folder = folder
        self._joined = joined
        self._known: dict[str, tuple[tuple[int, ...], str]] = {}

    def version(self, name: str) -> str | None:
        """Return letters and digits that change with the content, ``None`` where there is no such file."""
        paths = [self._folder / part for part in self._joined.get(name, (name,))]
        try:
            changed = tuple(path.stat().st_mtime_ns for path in paths if path.is_file())
            if len(changed) < len(paths):
                return None
            known = self._known.get(name)
            if known is None or known[0] != changed:
                digest = hashlib.sha256(b"\n".join(path.read_bytes() for path in paths)).hexdigest()[:16]
                known = self._known[name] = (changed, digest)
        except (OSError, ValueError):  # a name that no file can have
            return None
        return known[1]

    def answer(self, filename: str) -> Response:
        """Serve a file as it stands there now.

        Raises:
            werkzeug.exceptions.NotFound: there is none, or it lies elsewhere.
        """
        if filename not in self._joined:
            return send_from_directory(self._folder, filename)
        content = b"\n".join((self._folder / part).read_bytes() for part in self._joined[filename])
        response = Response(content, mimetype=mimetypes.guess_type(filename)[0])
        response.add_etag()
        response.make_conditional(request)
        return response


def serve_assets(app: Flask, folder: Path, joined: Mapping[str, Sequence[str]] | None = None) -> None:
    """Give ``app`` (made without a static folder) the endpoint ``static``, whose addresses bear versions."""
    assets = Assets(folder, joined or {})

    @app.get("/static/<path:filename>", endpoint=ENDPOINT)
    def static(filename: str) -> Response:
        response = assets.answer(filename)
        version = assets.version(filename)
        lasts = version is not None and request.args.get(VERSION) == version
        response.headers["Cache-Control"] = LASTING if lasts else "no-cache"
        return response

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == ENDPOINT and VERSION not in values:
            version = assets.version(str(values.get("filename")))
            if version is not None:
                values[VERSION] = version
