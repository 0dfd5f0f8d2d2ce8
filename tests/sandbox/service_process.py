"""The real sandbox service as a process, with few people so that it starts soon."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from app.clock import Clock, SystemClock
from app.eligibility.ports import Challenge, SignedNonce
from app.exchange.online import OnlineGateway
from app.sandbox.card_spec import CertificateKind
from app.sandbox.people import PACKAGED_FILE
from app.sandbox.pki import SandboxPki, pki_folder
from app.sandbox.service_control import control_socket, service_status, set_fault, wait_for_requests

INSTITUTION_CODE = "4890000001"


def some_people(*names: str) -> dict[str, object]:
    """Return a people file with these people of the packaged one."""
    content = json.loads(PACKAGED_FILE.read_text("utf-8"))
    content["people"] = [person for person in content["people"] if person["name"] in names]
    return content


class ServiceProcess:
    """A running service; a context manager. ``people`` is the content of a people file."""

    def __init__(self, state: Path, people: Mapping[str, object], *arguments: str, port: int = 0) -> None:
        self.state = state
        self.pki = SandboxPki(pki_folder(state))
        self.control = control_socket(state)
        people_file = state / "people.json"
        people_file.write_text(json.dumps(people), "utf-8")
        command = [sys.executable, "-m", "app.sandbox.service", "--state", str(state), "--port", str(port)]
        command += ["--people", str(people_file), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self.process.stdout is not None
        ready = self.process.stdout.readline()
        if not ready:
            _, errors = self.process.communicate(timeout=60)
            raise AssertionError(f"the service did not start: {errors.decode()}")
        self._gateways: list[OnlineGateway] = []
        self.port: int = json.loads(ready)["port"]

    def __enter__(self) -> ServiceProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> tuple[int, str]:
        """End it and return its exit code and what it logged."""
        self.close_gateways()
        if self.process.poll() is None:
            self.process.terminate()
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors.decode()

    def gateway(
        self,
        timeout_s: float = 30.0,
        *,
        clock: Clock | None = None,
        url: str = "",
        institution_code: str = INSTITUTION_CODE,
        ca_file: Path | None = None,
        cert_file: Path | None = None,
        key_file: Path | None = None,
    ) -> OnlineGateway:
        """Return a gateway to this service, with the registered terminal's certificate unless told otherwise."""
        made = OnlineGateway(
            url=url or f"https://127.0.0.1:{self.port}",
            ca_file=ca_file or self.pki.service_ca_file,
            cert_file=cert_file or self.pki.terminal_cert_file,
            key_file=key_file or self.pki.terminal_key_file,
            institution_code=institution_code,
            timeout_s=timeout_s,
            clock=clock or SystemClock(),
        )
        self._gateways.append(made)
        return made

    def close_gateways(self) -> None:
        """Close every gateway handed out so far."""
        while self._gateways:
            self._gateways.pop().close()

    def proof(
        self, name: str, challenge: Challenge, certificate: CertificateKind = CertificateKind.VALID
    ) -> SignedNonce:
        """Sign as the sample card ``name`` would."""
        der = self.pki.issue_card_certificate(name, certificate, SystemClock().now())
        return SignedNonce(der, sign(self.pki.card_key(name), challenge.nonce))

    def requests(self) -> dict[str, int]:
        """Return the service's counters."""
        counted: dict[str, int] = service_status(self.control)["requests"]
        return counted

    def fault(self, name: str | None, **options: object) -> None:
        """Switch a fault on, or all off."""
        set_fault(self.control, name, **options)

    def wait(self, counter: str, at_least: int) -> None:
        """Wait for a counter."""
        assert wait_for_requests(self.control, counter, at_least, 60.0), f"{counter} did not reach {at_least}"


def sign(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, nonce: bytes) -> bytes:
    """Sign as a card with such a key does."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(nonce, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(nonce, ec.ECDSA(hashes.SHA384() if key.curve.key_size == 384 else hashes.SHA256()))


def sha256_hex(data: bytes) -> str:
    """SHA-256 as people files write it."""
    return hashlib.sha256(data).hexdigest()
