"""The sandbox eligibility service: ``python -m app.sandbox.service --state DIR --port N``.

The national endpoint of the 資格確認限定型 is not public, so the exchange is our own; the vocabulary is that of the
OQS messages. https on 127.0.0.1 only, TLS 1.2 or newer, the registered terminal's client certificate required.

============================  ================================================================================
``GET /alive``                204; nothing is sent or learnt, it opens a connection ahead of time
``POST /challenge``           a nonce of 32 bytes, for one use by the same identifier within 60 s
``POST /confirmation``        challenge id, certificate, signature over the nonce -> OQS reply
``POST /visual``              certificate, who of the staff confirmed its holder when, the terminal's signature
                              over it, at most 5 minutes old and once for each identifier -> OQS reply
============================  ================================================================================

Messages: ``app.exchange.online_messages``. Without a client certificate of the terminal CA the handshake fails;
another terminal of that CA gets 403. Whatever is wrong with a message is answered with 200, ``SegmentOfResult`` 9, an
``ErrorCode`` SIM-E... and Japanese words (``service_refusals``). Requests over 64 KiB get 413.

Runs until SIGTERM or SIGINT. When it listens, it writes one line of JSON to standard output: ``port``, ``control``
(the control socket, see ``service_control``). Exit 2: a sentence on standard error says what to do.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import logging
import signal
import ssl
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.clock import SystemClock
from app.exchange.terminal import TerminalKey
from app.sandbox.people import PeopleFileError, Person, load_people
from app.sandbox.pki import SandboxPki, pki_folder
from app.sandbox.service_checks import EligibilityDesk
from app.sandbox.service_control import ControlServer, control_socket
from app.sandbox.service_faults import FaultBoard
from app.sandbox.service_front import HOST, ServiceFront
from app.sandbox.trust import TrustFileError, load_card_cas


class ServiceStartError(Exception):
    """The service cannot start; the message says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the service until it is told to stop."""
    options = _options(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C before all is listening ends it at once, without a traceback
    try:
        return run(options)
    except (ServiceStartError, PeopleFileError, TrustFileError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def run(options: argparse.Namespace) -> int:
    """Start, tell that all is listening, wait for SIGTERM or SIGINT, close.

    Raises:
        ServiceStartError, PeopleFileError, TrustFileError.
    """
    people = load_people(options.people)
    clock = SystemClock()
    pki = SandboxPki(options.pki or pki_folder(options.state))
    carded = [person.name for person in people if person.card and person.card.kind.has_certificate]
    pki.ensure(carded, clock.now())
    card_cas = [*load_card_cas(pki.card_ca_file), *(load_card_cas(options.trust) if options.trust else ())]
    terminal = terminal_key(pki.terminal_cert_file)
    desk = EligibilityDesk(people, card_keys(people, pki), card_cas, options.institution_code, clock, terminal)
    board = FaultBoard()
    front = ServiceFront(desk, board, lambda name: _context(pki, name), pki.terminal_cert_file, options.port)
    socket_path = control_socket(options.state)
    control = ControlServer(socket_path, board, front.apply_fault, lambda: {"port": front.port})
    # Blocked and waited for, not handled: a handler could meet its own thread inside a lock, and the second signal
    # (Ctrl-C and a supervisor often send one each) must not turn a clean end into a death by signal.
    signals = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        front.open()
    except OSError:
        raise ServiceStartError(f"Port {options.port} on {HOST} cannot be used. Choose another with --port.") from None
    try:
        try:
            control.start()
        except OSError as error:
            raise ServiceStartError(f"The control socket {socket_path} cannot be made: {error}.") from None
        with contextlib.suppress(BrokenPipeError):  # nobody has to listen
            sys.stdout.write(json.dumps({"port": front.port, "control": str(socket_path)}) + "\n")
            sys.stdout.flush()
        signal.sigwait(signals)
    finally:
        control.close()
        front.close()
    return 0


def card_keys(people: Iterable[Person], pki: SandboxPki) -> dict[bytes, str]:
    """Map the SHA-256 of each sample card's SubjectPublicKeyInfo to the person's name."""
    found = {}
    for person in people:
        if person.card and person.card.kind.has_certificate:
            key = pki.card_key(person.name).public_key()
            spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            found[hashlib.sha256(spki).digest()] = person.name
    return found


def terminal_key(cert_file: Path) -> Callable[[], TerminalKey]:
    """Return how to learn the registered terminal's key: from its certificate as it is then, which may be renewed."""

    def read() -> TerminalKey:
        key = x509.load_pem_x509_certificate(cert_file.read_bytes()).public_key()
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            raise ValueError("the terminal's certificate holds neither an RSA nor an EC key")
        return key

    return read


def _context(pki: SandboxPki, name: str) -> ssl.SSLContext:
    """Mutual TLS with one of the three server certificates."""
    files = {
        "service": (pki.service_cert_file, pki.service_key_file),
        "expired-certificate": (pki.service_expired_cert_file, pki.service_expired_key_file),
        "wrong-name-certificate": (pki.service_wrong_name_cert_file, pki.service_wrong_name_key_file),
    }
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cafile=pki.terminal_ca_file)
    context.load_cert_chain(*files[name])
    return context


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m app.sandbox.service", description="Eligibility service for practice, https on 127.0.0.1."
    )
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="folder for run/service.sock and keys")
    parser.add_argument("--port", type=int, required=True, metavar="N", help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--people", type=Path, metavar="FILE", help="people file instead of the packaged one")
    parser.add_argument("--trust", type=Path, metavar="FILE", help="PEM certificates of further card CAs")
    parser.add_argument("--pki", type=Path, metavar="DIR", help="folder of keys and certificates")
    parser.add_argument("--institution-code", default="4890000001", metavar="CODE", help="ten digits of the terminal")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
