"""How long this box's certificates last, for 「記録の保存と控え」."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from cryptography import x509
from flask import Flask

from app.clock import Clock
from app.config import Settings
from app.speech.phrases.certificate_words import STAFF_PAGES, TERMINAL, alarm_of, certificate_words


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """``is_near``: one of the alarms is reached."""

    words: str
    is_near: bool


def init_certificates(app: Flask, settings: Settings, clock: Clock) -> None:
    """Give the templates ``certificates()``."""
    files = ((STAFF_PAGES, settings.state_dir / "tls" / "server.crt"), (TERMINAL, settings.gateway_cert_file))

    def lines() -> list[CertificateLine]:
        found = []
        for name, file in files:
            days = _days_left(file, clock)
            if days is not None:
                found.append(CertificateLine(certificate_words(name, days), alarm_of(days) is not None))
        return found

    app.jinja_env.globals["certificates"] = lines


def _days_left(file: Path, clock: Clock) -> int | None:
    """Whole days until the end; ``None`` for a file that is not there or holds no certificate (``doctor`` says so)."""
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError):
        return None
    return (certificate.not_valid_after_utc - clock.now().astimezone(UTC)).days
