"""How the card's tests speak to it: commands as hex text, answers as upper-case hex text."""

from __future__ import annotations

import hashlib

from app.sandbox.card import VirtualCard
from app.sandbox.card_files import SAMPLE_SIGNATURE_PASSWORD
from tests.sample_cards import NOON, PIN, sample_card, sample_pki

JPKI = "00A4040C0AD392F000260100000001"
CARD_INFO = "00A4040C0AD3921000310001010408"
CARD_FACE = "00A4040C0AD3921000310001010402"
RESIDENT = "00A4040C0AD3921000310001010401"
COMMON = "00A4040C0AD3921000310001010100"
RIGHT_PIN = "0020008004" + PIN.encode().hex()
WRONG_PIN = "0020008004" + b"0000".hex()
SIGNATURE_PASSWORD = f"00200080{len(SAMPLE_SIGNATURE_PASSWORD):02X}" + SAMPLE_SIGNATURE_PASSWORD.hex()
DIGEST_INFO = "3031300D060960864801650304020105000420" + hashlib.sha256(b"nonce").hexdigest()
SIGN = "802A008033" + DIGEST_INFO + "00"


def ef(number: str) -> str:
    return "00A4020C02" + number


def send(card: VirtualCard, *commands: str) -> str:
    """Send all commands and return the last answer as upper-case hex."""
    answer = b""
    for command in commands:
        answer = card.transmit(bytes.fromhex(command))
    return answer.hex().upper()


def opened(*faults: str, **fields: object) -> VirtualCard:
    card = sample_card(*faults, **fields)  # type: ignore[arg-type]
    assert send(card, JPKI) == "9000"
    return card


FILES = {"0002": 0x02, "0006": 0x06, "0008": 0x08, "000A": 0x0A, "000B": 0x0B}


def content_of(number: str) -> bytes:
    pki = sample_pki()
    if number == "000A":
        card = sample_card()
        return pki.issue_card_certificate("sample", card.spec.certificate, NOON)
    if number in ("000B", "0002"):
        return pki.card_ca_der()
    if number == "0008":
        return bytes.fromhex("8F8F00")
    return b""
