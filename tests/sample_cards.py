"""Sample cards for tests, from keys that are made once a session in a folder of their own."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path

from app.clock import TOKYO
from app.sandbox.card import VirtualCard, build_card
from app.sandbox.card_spec import CardSpec, CertificateKind, SampleCardKind
from app.sandbox.pki import SandboxPki

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=TOKYO)
PIN = "4826"


@cache
def sample_pki() -> SandboxPki:
    """The session's PKI, as if set up at ``NOON``."""
    folder = Path(tempfile.mkdtemp(prefix="pki-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    pki = SandboxPki(folder)
    pki.ensure(["sample"], NOON)
    return pki


def sample_card(
    *faults: str,
    name: str = "sample",
    kind: SampleCardKind = SampleCardKind.MY_NUMBER,
    pin: str | None = PIN,
    attempts: int = 3,
    certificate: CertificateKind = CertificateKind.VALID,
    now: datetime = NOON,
    signature_certificate: bool = True,
) -> VirtualCard:
    """Return a new card; its PIN is ``PIN`` where its kind has one."""
    return build_card(
        CardSpec(
            name, "テスト用", kind, pin if kind.has_pin else None, attempts, certificate, faults, signature_certificate
        ),
        sample_pki(),
        now,
    )
