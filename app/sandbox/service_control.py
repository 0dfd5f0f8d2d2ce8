"""The control socket of the sandbox service: one JSON object a line, one answer a line.

``{"do": "status"}``, ``{"do": "fault", "name": NAME or null, "options": {...}}``,
``{"do": "wait", "counter": NAME, "at_least": N, "timeout_s": S}``. Answers hold ``"ok"``; when false, ``"error"``.
The socket is 0600 and belongs to the service's owner.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app.sandbox.service_faults import Fault, FaultBoard, FaultError, parse_fault

MAX_LINE_BYTES = 64 * 1024
_ANSWER_WITHIN_S = 10.0


def control_socket(state_dir: Path) -> Path:
    """Where the service listens for orders."""
    return state_dir / "run" / "service.sock"


def set_fault(path: Path, name: str | None, **options: object) -> None:
    """Put the fault ``name`` in force at once; ``None`` ends it and releases what was held.

    Options of every fault: ``kinds`` (list of "challenge", "confirmation"), ``times`` (how many requests).

    Raises:
        FaultError: unknown name or option; the message lists the known ones.
        OSError: the service does not run.
    """
    _ask(path, {"do": "fault", "name": name, "options": options}, _ANSWER_WITHIN_S)


def service_status(path: Path) -> dict[str, Any]:
    """Return ``{"fault": NAME or None, "port": N, "requests": {"alive": n, "challenge": n, "confirmation": n, ...}}``.

    Raises:
        OSError: the service does not run.
    """
    return _ask(path, {"do": "status"}, _ANSWER_WITHIN_S)


def wait_for_requests(path: Path, counter: str, at_least: int, timeout_s: float) -> bool:
    """Wait until a counter of ``service_status`` reached a number; false if it did not in time."""
    order = {"do": "wait", "counter": counter, "at_least": at_least, "timeout_s": timeout_s}
    return bool(_ask(path, order, timeout_s + _ANSWER_WITHIN_S)["reached"])


def _ask(path: Path, order: Mapping[str, object], within_s: float) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(within_s)
        link.connect(str(path))
        link.sendall(json.dumps(order).encode() + b"\n")
        with link.makefile("rb") as lines:
            answer = json.loads(lines.readline(MAX_LINE_BYTES) or b"{}")
    if not answer.pop("ok", False):
        raise FaultError(str(answer.get("error", "The service gave no answer.")))
    return dict(answer)


class ControlServer:
    """Listens on the control socket, one thread a client."""

    def __init__(
        self,
        path: Path,
        board: FaultBoard,
        apply_fault: Callable[[Fault | None], None],
        facts: Callable[[], dict[str, object]],
    ) -> None:
        """``apply_fault`` puts a fault in force before the client hears "ok"; ``facts`` go into the status."""
        self._path = path
        self._board = board
        self._apply_fault = apply_fault
        self._facts = facts
        self._listener: socket.socket | None = None

    def start(self) -> None:
        """Open the socket (an old one of a dead process is replaced). Raises ``OSError``."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listener.bind(str(self._path))
        finally:
            os.umask(before)
        listener.listen(8)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="service-control", daemon=True).start()

    def close(self) -> None:
        """Close and remove the socket."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
            self._listener.close()
            self._path.unlink(missing_ok=True)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(link,), name="service-control-client", daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        with link, link.makefile("rb") as lines:
            while True:
                try:
                    line = lines.readline(MAX_LINE_BYTES)
                    if not line:
                        return
                    link.sendall(json.dumps(self._answer(line)).encode() + b"\n")
                except OSError:
                    return

    def _answer(self, line: bytes) -> dict[str, object]:
        try:
            order = json.loads(line)
            match order:
                case {"do": "status"}:
                    return {"ok": True, **self._board.status(), **self._facts()}
                case {"do": "fault", "name": None}:
                    self._apply_fault(None)
                    return {"ok": True}
                case {"do": "fault", "name": str(name)}:
                    options = order.get("options", {})
                    self._apply_fault(parse_fault(name, options if isinstance(options, dict) else {}))
                    return {"ok": True}
                case {"do": "wait", "counter": str(counter), "at_least": int(at_least), "timeout_s": int() | float()}:
                    reached = self._board.wait_count(counter, at_least, float(order["timeout_s"]))
                    return {"ok": True, "reached": reached}
        except (ValueError, OSError) as error:
            return {"ok": False, "error": str(error)}
        return {"ok": False, "error": 'Expected {"do": "status"}, {"do": "fault", ...} or {"do": "wait", ...}.'}
