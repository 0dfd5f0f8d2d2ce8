"""The card process as tests start it: its own process, by its own command, with the kiosk's client beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from app.card.client import CardClient
from app.config import Settings, environment_of
from app.eligibility.ports import DeskState, DeskStatus, SignedNonce
from tests.pcsc_stack import PcscStack
from tests.sample_cards import PIN

NONCE = bytes(range(32))
WRONG_PIN = "9173"
DEADLINE_S = 5.0
"""Long enough for a whole dialogue on a machine that does other things; every silent card takes it in full."""
WAIT_S = 60.0


@dataclass
class CardProcess:
    """A running card process, its client and its log."""

    process: subprocess.Popen[bytes]
    client: CardClient
    settings: Settings
    log: Path

    def until(self, *states: DeskState, after: int = 0) -> DeskStatus:
        """Wait for one of ``states`` with an epoch above ``after``."""
        deadline = time.monotonic() + WAIT_S
        status = self.client.status()
        while not (status.state in states and status.epoch > after):
            left = deadline - time.monotonic()
            assert left > 0, f"waited for {states}, saw {status}\n" + self.log.read_text()[-2500:]
            status = self.client.wait(status, left)
        return status

    def enter(self, status: DeskStatus, pin: str = PIN) -> SignedNonce:
        """Type ``pin`` on a fresh keypad and submit it."""
        keypad = self.client.open_keypad(status.epoch)
        tokens = tuple(keypad.tokens[(int(digit) - 1) % 10] for digit in pin)
        return self.client.sign(status.epoch, keypad.keypad_id, tokens, NONCE)


def start(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    """Start a card process; who calls ends it."""
    with log.open("ab") as sink:
        return subprocess.Popen(
            [sys.executable, "-m", "app", "card"],
            env={**os.environ, **environment_of(settings)},
            cwd=Path(__file__).parents[2],
            stdout=sink,
            stderr=sink,
        )


@contextmanager
def running(state: Path, *, deadline_s: float = DEADLINE_S, apdu_log: bool = False) -> Iterator[CardProcess]:
    settings = Settings(
        state_dir=state,
        gateway_url="https://localhost/",
        gateway_ca_file=state,
        gateway_cert_file=state,
        gateway_key_file=state,
        staff_origin="https://localhost",
        reader=PcscStack.reader_name_part + " 00 00",
        card_deadline_s=deadline_s,
        apdu_log=apdu_log,
    )
    log = state / "card.log"
    process = start(settings, log)
    client = CardClient(settings.card_socket, deadline_s + WAIT_S)  # the process's own word, however late
    client.start()
    desk = CardProcess(process, client, settings, log)
    try:
        desk.until(DeskState.NO_CARD, after=-1)
        yield desk
    finally:
        client.close()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def assert_signed(proof: SignedNonce) -> None:
    key = x509.load_der_x509_certificate(proof.certificate_der).public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(proof.signature, NONCE, PKCS1v15(), SHA256())
