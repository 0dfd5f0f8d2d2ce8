"""The words of the card socket: statuses and errors as JSON objects.

Documented in ``server.py``. Both ends use this module, so that they cannot drift apart.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, Final

from app.eligibility.ports import CardKind, CardReport, DeskState, DeskStatus
from app.errors import CardError, CardProcessDown, KioskError, PinIncorrect, StatusWordError

MAX_LINE_BYTES: Final = 16_384
"""A signed nonce with a certificate of the largest size we read is about 6 KiB in base64."""
HEARTBEAT_S: Final = 5.0
"""The event stream repeats the status this often when nothing happens."""


def encode_bytes(data: bytes) -> str:
    """Return base64."""
    return base64.b64encode(data).decode("ascii")


def decode_bytes(text: str) -> bytes:
    """Raises ``ValueError`` for what is not base64, ``TypeError`` for what is no text."""
    return base64.b64decode(text, validate=True)  # binascii.Error is a ValueError


def encode_status(status: DeskStatus) -> dict[str, Any]:
    report = status.report
    return {
        "state": status.state.value,
        "epoch": status.epoch,
        "report": None
        if report is None
        else {
            "kind": report.kind.value,
            "has_pin": report.has_pin,
            "attempts_remaining": report.attempts_remaining,
        },
        "error_code": status.error_code,
        "serial": status.serial,
    }


def decode_status(message: dict[str, Any]) -> DeskStatus:
    """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what ``encode_status`` did not make."""
    report = message["report"]
    return DeskStatus(
        DeskState(message["state"]),
        int(message["epoch"]),
        None
        if report is None
        else CardReport(CardKind(report["kind"]), bool(report["has_pin"]), report["attempts_remaining"]),
        message["error_code"],
        int(message["serial"]),
    )


def encode_error(error: KioskError) -> dict[str, Any]:
    message: dict[str, Any] = {"error": error.code}
    if isinstance(error, PinIncorrect):
        message["attempts_remaining"] = error.attempts_remaining
    if isinstance(error, StatusWordError):
        message["sw"] = error.sw
    return message


def decode_error(message: dict[str, Any]) -> CardError:
    """Return the error of the same code; ``CardProcessDown`` for codes that are no error of a card."""
    code = message["error"]
    if code == PinIncorrect.code:
        return PinIncorrect(int(message["attempts_remaining"]))
    if code == StatusWordError.code:
        return StatusWordError(int(message["sw"]))
    return next((kind() for kind in _card_errors(CardError) if kind.code == code), CardProcessDown())


def _card_errors(kind: type[CardError]) -> Iterator[type[CardError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _card_errors(child)
