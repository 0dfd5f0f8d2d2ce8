"""The virtual card: bytes in, bytes out. It knows no wire and no clock; where random bytes come from it is told.

It answers as a My Number card is publicly known to answer. Where that is not known, it takes the harsher choice (a PIN
of a wrong length spends a try), so that no driver comes to rely on mercy.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo

from app.sandbox.apdu import Command, CommandError, parse_command
from app.sandbox.card_files import (
    ATR,
    AUTH_PIN,
    JPKI_AID,
    Applications,
    Binary,
    Credentials,
    File,
    Secret,
    SigningKey,
    applications_of,
)
from app.sandbox.card_secrets import WRONG_LENGTH, CardSecrets, Reference
from app.sandbox.card_spec import CardSpec, SampleCardKind
from app.sandbox.faults import Faults, parse_faults
from app.sandbox.pki import ANOTHER_CARD, SIGNATURE_KEY, SandboxPki

OK = 0x9000
WRONG_FILE_KIND = 0x6981
NOT_FOUND = 0x6A82
WRONG_PARAMETERS = 0x6A86
PAST_THE_END = 0x6B00
UNKNOWN_INSTRUCTION = 0x6D00
UNKNOWN_CLASS = 0x6E00
NO_DIAGNOSIS = 0x6F00

AUTH_CERTIFICATE = 0x000A
MAX_SIGNED_BYTES = 245
"""256 less the eleven bytes of PKCS#1 v1.5 padding."""
FILLER = b"\xff" * 600
"""What follows a certificate in its file under the fault ``filler``."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a card was asked. ``verifies`` carried a PIN; ``queries`` were empty and cost nothing."""

    commands: int = 0
    verifies: int = 0
    queries: int = 0
    signatures: int = 0


@dataclass(slots=True)
class _Session:
    """What a card forgets when it is reset; ``is_fresh`` is true after a power-up alone."""

    application: bytes | None = None
    current: int | None = None
    is_fresh: bool = True


class VirtualCard:
    """One sample card. Its counters live as long as the object, through any number of insertions."""

    def __init__(
        self,
        spec: CardSpec,
        applications: Applications,
        other_certificate: bytes,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.spec = spec
        self.atr = ATR[spec.kind]
        self.faults = parse_faults(spec.faults)
        self.total = Tally()
        self.since_insertion = Tally()
        self._applications = applications
        self._other_certificate = other_certificate
        self._random = random
        self._secrets = CardSecrets(applications)
        self._certificate_readings = 0
        self._session = _Session()

    @property
    def attempts_remaining(self) -> int | None:
        """Tries left of the authentication PIN; ``None`` where the card has none."""
        return self._secrets.left_of(AUTH_PIN)

    def insert(self, faults: tuple[str, ...] = ()) -> Faults:
        """Begin an insertion without power: counts start anew, tries stay.

        ``faults`` are added to the card's own for this insertion. Returns all of them, for the plug.

        Raises:
            ValueError: an unknown fault; nothing changed.
        """
        self.faults = parse_faults((*self.spec.faults, *faults))
        self.since_insertion = Tally()
        self._certificate_readings = 0
        self.power_off()
        return self.faults

    def adopt_counters(self, earlier: VirtualCard) -> None:
        """Take over tries, PINs and totals of the same card as it was before its certificate was renewed."""
        self._secrets.adopt(earlier._secrets)
        self.total = earlier.total

    def power_off(self) -> None:
        self._session = _Session()
        self._secrets.forget()

    def power_on(self) -> None:
        """Cold start. A card that has power already is only reset."""
        self.reset()

    def reset(self) -> None:
        """Warm reset: no application is selected, verified PINs stay verified."""
        self._session.application = None
        self._session.current = None

    def transmit(self, apdu: bytes) -> bytes:
        """Answer one command: data and status word. Never raises for bad input."""
        self._count(commands=1)
        was_fresh, self._session.is_fresh = self._session.is_fresh, False
        if was_fresh and self.faults.first_6f00:
            return _answer(NO_DIAGNOSIS)
        if self.spec.kind is SampleCardKind.TRANSIT:
            return _answer(NOT_FOUND if apdu[:2] == b"\x00\xa4" else UNKNOWN_INSTRUCTION)
        try:
            command = parse_command(apdu)
            handler = _HANDLERS.get((command.cla, command.ins))
            if handler is None:
                known_class = command.cla in (0x00, 0x80)
                raise CommandError(UNKNOWN_INSTRUCTION if known_class else UNKNOWN_CLASS)
            return handler(self, command)
        except CommandError as error:
            return _answer(error.sw)

    def _count(self, *, commands: int = 0, verifies: int = 0, queries: int = 0, signatures: int = 0) -> None:
        self.total, self.since_insertion = (
            replace(
                tally,
                commands=tally.commands + commands,
                verifies=tally.verifies + verifies,
                queries=tally.queries + queries,
                signatures=tally.signatures + signatures,
            )
            for tally in (self.total, self.since_insertion)
        )

    def _select(self, command: Command) -> bytes:
        if command.p1 == 0x00:
            # Seen on the real card: refused after a reset, accepted without effect within an application.
            return _answer(WRONG_PARAMETERS if self._session.application is None else OK)
        if command.p1 not in (0x02, 0x04) or command.p2 != 0x0C:
            raise CommandError(WRONG_PARAMETERS)
        if not command.data:
            raise CommandError(WRONG_LENGTH)
        if command.p1 == 0x04:
            if command.data not in self._applications:
                raise CommandError(NOT_FOUND)
            self._session.application, self._session.current = command.data, None
            return _answer(OK)
        if len(command.data) != 2:
            raise CommandError(WRONG_LENGTH)
        self._open(int.from_bytes(command.data, "big"))
        return _answer(OK)

    def _read(self, command: Command) -> bytes:
        if command.data or command.expected is None:
            raise CommandError(WRONG_LENGTH)
        offset = command.p1 << 8 | command.p2
        if command.p1 & 0x80:
            if command.p1 & 0x60:
                raise CommandError(WRONG_PARAMETERS)
            offset = command.p2
            if offset == 0 or self._session.current != command.p1 & 0x1F:
                self._open(command.p1 & 0x1F)
        file = self._file(self._session.current)
        if not isinstance(file, Binary):
            raise CommandError(WRONG_FILE_KIND)
        self._secrets.demand(self._session.application or b"", file.opens_with)
        content = self._content(file)
        if offset >= len(content):
            raise CommandError(PAST_THE_END)
        return _answer(OK, content[offset : offset + command.expected])

    def _verify(self, command: Command) -> bytes:
        if command.expected is not None:
            raise CommandError(WRONG_LENGTH)
        reference = self._secret(command, p1=0x00)
        if not command.data:
            self._count(queries=1)
            return _answer(self._secrets.ask(reference, self.faults))
        self._count(verifies=1)
        self._secrets.verify(reference, command.data, self.faults)
        return _answer(OK)

    def _change(self, command: Command) -> bytes:
        """CHANGE REFERENCE DATA with the new value alone, after VERIFY."""
        if command.expected is not None or not command.data:
            raise CommandError(WRONG_LENGTH)
        self._secrets.change(self._secret(command, p1=0x01), command.data)
        return _answer(OK)

    def _secret(self, command: Command, p1: int) -> Reference:
        """The selected reference, or the one that P2 names."""
        if command.p1 != p1 or not command.p2 & 0x80 or command.p2 & 0x60:
            raise CommandError(WRONG_PARAMETERS)
        if command.p2 & 0x1F:
            self._open(command.p2 & 0x1F)
        if not isinstance(self._file(self._session.current), Secret):
            raise CommandError(WRONG_FILE_KIND)
        return (self._session.application or b"", self._session.current or 0)

    def _challenge(self, command: Command) -> bytes:
        """GET CHALLENGE: that many random bytes, whatever is selected."""
        if command.p1 or command.p2:
            raise CommandError(WRONG_PARAMETERS)
        if command.data or command.expected is None:
            raise CommandError(WRONG_LENGTH)
        return _answer(OK, self._random(command.expected))

    def _sign(self, command: Command) -> bytes:
        if command.p1 != 0 or not command.p2 & 0x80 or command.p2 & 0x60:
            raise CommandError(WRONG_PARAMETERS)
        if command.p2 & 0x1F:
            self._open(command.p2 & 0x1F)
        key = self._file(self._session.current)
        if not isinstance(key, SigningKey):
            raise CommandError(WRONG_FILE_KIND)
        self._secrets.demand(self._session.application or b"", key.opens_with)
        if not 0 < len(command.data) <= MAX_SIGNED_BYTES or command.expected != 256:
            raise CommandError(WRONG_LENGTH)
        self._count(signatures=1)
        return _answer(OK, key.key.sign(command.data, PKCS1v15(), NoDigestInfo()))

    def _open(self, ef: int) -> None:
        """Make ``ef`` current. A refused selection leaves the earlier one."""
        if ef not in self._files():
            raise CommandError(NOT_FOUND)
        self._session.current = ef
        if self._session.application == JPKI_AID and ef == AUTH_CERTIFICATE:
            self._certificate_readings += 1

    def _files(self) -> Mapping[int, File]:
        return self._applications.get(self._session.application or b"", {})

    def _file(self, ef: int | None) -> File | None:
        return None if ef is None else self._files().get(ef)

    def _content(self, file: Binary) -> bytes:
        content = file.content
        if self._session.application == JPKI_AID and self._session.current == AUTH_CERTIFICATE:
            if self.faults.swapped_certificate and self._certificate_readings > 1:
                content = self._other_certificate
            elif self.faults.damaged_certificate:
                # The length in front stays right, so a reader fetches all of it and fails on what it says.
                content = content[:4] + bytes(32) + content[36:]
        return content + FILLER if file.is_certificate and self.faults.filler else content


_HANDLERS: dict[tuple[int, int], Callable[[VirtualCard, Command], bytes]] = {
    (0x00, 0xA4): VirtualCard._select,
    (0x00, 0xB0): VirtualCard._read,
    (0x00, 0x20): VirtualCard._verify,
    (0x00, 0x24): VirtualCard._change,
    (0x00, 0x84): VirtualCard._challenge,
    (0x80, 0x2A): VirtualCard._sign,
}


def _answer(sw: int, data: bytes = b"") -> bytes:
    return data + sw.to_bytes(2, "big")


def build_card(spec: CardSpec, pki: SandboxPki, now: datetime) -> VirtualCard:
    """Make the card that ``spec`` describes, with fresh counters and a certificate for the day of ``now``.

    Raises:
        FileNotFoundError: ``pki.ensure`` never ran.
    """
    credentials = Credentials(
        auth_key=pki.card_key(spec.name),
        auth_certificate=pki.issue_card_certificate(spec.name, spec.certificate, now),
        auth_ca=pki.card_ca_der(spec.certificate),
        signature_key=pki.card_key(SIGNATURE_KEY),
        signature_certificate=pki.issue_signature_certificate(now),
        signature_ca=pki.card_ca_der(),
    )
    other = pki.issue_card_certificate(ANOTHER_CARD, spec.certificate, now)
    return VirtualCard(spec, applications_of(spec, credentials), other)
