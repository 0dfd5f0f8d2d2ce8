"""The file of ``--trust``: certificates of further card CAs, and whether they may stand for one."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from app.sandbox.service_certificates import extension_of


class TrustFileError(Exception):
    """A mistake in the file; the message names it and says what is expected."""


def load_card_cas(path: Path) -> list[x509.Certificate]:
    """Read one or several PEM certificates, each of a CA.

    A certificate whose extensions say that it issues none (``CA:FALSE``, a keyUsage without keyCertSign) would make
    its holder an authority, so it is refused. Without these extensions it is taken: roots of version 1 have none.

    Raises:
        TrustFileError: unreadable, no certificates, or not those of a CA.
    """
    if path.is_dir():
        raise TrustFileError(f"{path} is a folder: give one file of PEM certificates.")
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except FileNotFoundError:
        raise TrustFileError(f"{path} cannot be read: there is no such file.") from None
    except OSError as error:
        raise TrustFileError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise TrustFileError(f"{path} is not a file of PEM certificates (-----BEGIN CERTIFICATE-----).") from None
    for place, certificate in enumerate(certificates, 1):
        try:
            why = _why_no_ca(certificate)
        except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            why = "it is damaged"
        if why:
            raise TrustFileError(
                f"{path}: certificate {place} is not that of a CA ({why}): give the certificate that issued the cards."
            )
    return certificates


def _why_no_ca(certificate: x509.Certificate) -> str | None:
    constraints = extension_of(certificate, x509.BasicConstraints)
    if constraints is not None and not constraints.ca:
        return "basicConstraints CA:FALSE"
    usage = extension_of(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        return "keyUsage without keyCertSign"
    return None
