"""What a terminal signs with, where staff and not the card vouch for a patient.

On plastic cards the eligibility network expects a certificate of its own for each terminal; neither its profile nor
how it is handed out is public. So the signer is a port: practice signs with the terminal's TLS client key
(``ClientKeySigner``), a clinic's vendor brings whatever the real terminal has.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.errors import GatewayCredentialRefused

TerminalKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class TerminalSigner(Protocol):
    """Signs as this terminal."""

    def sign(self, statement: bytes) -> bytes:
        """Return the signature over ``statement``. Raises ``EligibilityError`` when the terminal cannot sign."""
        ...


class ClientKeySigner:
    """Signs with the key of the TLS client certificate: ECDSA or PKCS#1 v1.5, SHA-256. Reads it when it is needed."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file

    def sign(self, statement: bytes) -> bytes:
        """Raises ``GatewayCredentialRefused``: the key file is gone or holds no such key."""
        try:
            key = load_pem_private_key(self._key_file.read_bytes(), None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
            raise GatewayCredentialRefused("the terminal's key cannot be used") from None
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(statement, padding.PKCS1v15(), hashes.SHA256())
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(statement, ec.ECDSA(hashes.SHA256()))
        raise GatewayCredentialRefused("the terminal's key is neither RSA nor EC")


def is_signed_by_terminal(key: TerminalKey, statement: bytes, signature: bytes) -> bool:
    """Check what ``ClientKeySigner`` made."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, statement, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, statement, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
