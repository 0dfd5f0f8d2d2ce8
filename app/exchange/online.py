"""The gateway to an eligibility service over https (messages: ``online_messages``, link: ``online_link``)."""

from __future__ import annotations

import logging
import ssl
import threading
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.clock import TOKYO, Clock
from app.config import SettingsError
from app.eligibility.model import EligibilityResult
from app.eligibility.ports import Challenge, SignedNonce, VisualProof
from app.errors import (
    EligibilityError,
    GatewayBroken,
    GatewayBusy,
    GatewayCredentialRefused,
    GatewayRefused,
    GatewayUnreachable,
    ReplyMalformed,
    ReplyMismatched,
)
from app.exchange.online_messages import (
    CONTENT_TYPE,
    ChallengeRequest,
    build_challenge_request,
    build_confirmation_request,
    confirmation_request,
    parse_challenge_reply,
)
from app.exchange.oqs import SEGMENT_NORMAL, parse_reply
from app.exchange.terminal import ClientKeySigner, TerminalSigner
from app.exchange.visual_messages import (
    MAX_NAME_CHARS,
    VisualRequestMessage,
    build_visual_request,
    visual_statement,
)

if TYPE_CHECKING:
    from app.exchange.online_link import Answer, HttpsLink

logger = logging.getLogger(__name__)

WARM_TIMEOUT_S = 5.0
CLOCK_SKEW_S = 300
_XML_TYPES = ("application/xml", "text/xml")


class OnlineGateway:
    """Asks the service; implements ``app.eligibility.ports.Gateway``.

    Each call has one total deadline of ``timeout_s`` over name, connect, handshake, send and every byte of the
    answer. Redirects are not followed, proxies of the environment are not used, compressed answers are not taken.
    """

    def __init__(
        self,
        url: str,
        ca_file: Path,
        cert_file: Path,
        key_file: Path,
        institution_code: str,
        timeout_s: float,
        clock: Clock,
        signer: TerminalSigner | None = None,
    ) -> None:
        """Read the certificates; open no connection.

        Args:
            url: ``https://host[:port][/prefix]``.
            ca_file: PEM of the only CA that may vouch for the service.
            cert_file, key_file: PEM of this terminal's client certificate.
            signer: signs for 目視確認; the client key, unless the terminal has another one for it.

        Raises:
            SettingsError: the address is not https, or a file is missing or not what it should be.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise SettingsError("The gateway's address must be https://HOST[:PORT][/PATH].")
        self._url = url
        self._context = _client_context(ca_file, cert_file, key_file)
        self._institution_code = institution_code
        self._timeout_s = timeout_s
        self._clock = clock
        self._signer = signer or ClientKeySigner(key_file)
        self._lock = threading.Lock()
        self._link: HttpsLink | None = None

    def challenge(self, check_id: str, within_s: float | None = None) -> Challenge:
        """Fetch a nonce. Sent a second time only if a kept-alive connection died before an answer began.

        Args:
            within_s: the total deadline, if it is to be shorter than usual.

        Raises:
            EligibilityError: could not ask, or the answer is not one to this request.
            ValueError: ``check_id`` is not 1 to 50 visible ASCII characters.
        """
        body = build_challenge_request(ChallengeRequest(self._institution_code, check_id))
        timeout_s = self._timeout_s if within_s is None else min(self._timeout_s, within_s)
        reply = parse_challenge_reply(self._post("/challenge", body, timeout_s, is_repeatable=True))
        _match(reply.identifier, check_id, is_refusal=reply.challenge is None)
        if reply.challenge is None:
            raise GatewayRefused(reply.error_code, reply.error_message)
        self._match_institution(reply.institution_code)
        return reply.challenge

    def confirm(self, check_id: str, challenge: Challenge, proof: SignedNonce) -> EligibilityResult:
        """Ask who holds the card. Sent once, whatever happens: after a failure nobody knows if it was processed.

        Raises:
            EligibilityError: could not ask, or the answer is not one to this request.
            ValueError: ``check_id`` is not 1 to 50 visible ASCII characters.
        """
        now = self._clock.now()
        request = confirmation_request(self._institution_code, check_id, now.date(), challenge, proof)
        return self._confirmed("/confirmation", build_confirmation_request(request), check_id, now.date())

    def confirm_visual(self, check_id: str, certificate_der: bytes, proof: VisualProof) -> EligibilityResult:
        """Ask who holds a card whose holder staff confirmed; the terminal signs for it. Sent once, as ``confirm``.

        Raises:
            EligibilityError: could not ask or sign, or the answer is not one to this request.
            ValueError: ``check_id`` is not 1 to 50 visible ASCII characters.
        """
        return self._confirm_visual(check_id, certificate_der, proof, self._clock.now().date(), None)

    def confirm_visual_again(self, check_id: str, certificate_der: bytes, proof: VisualProof) -> EligibilityResult:
        """Ask anew, without the card, what was left without an answer, for the day on which staff confirmed.

        The terminal signs a nonce that is fetched first. Sent once.

        Raises:
            EligibilityError: could not ask or sign, or the answer is not one to this request.
            ValueError: ``check_id`` is not 1 to 50 visible ASCII characters.
        """
        day = proof.confirmed_at.astimezone(TOKYO).date()
        return self._confirm_visual(check_id, certificate_der, proof, day, self.challenge(check_id))

    def _confirm_visual(
        self, check_id: str, certificate_der: bytes, proof: VisualProof, day: date, challenge: Challenge | None
    ) -> EligibilityResult:
        who, at = _plain_name(proof.confirmed_by), proof.confirmed_at.replace(microsecond=0)
        statement = visual_statement(self._institution_code, check_id, certificate_der, who, at, challenge)
        request = VisualRequestMessage(
            self._institution_code,
            check_id,
            day,
            certificate_der,
            who,
            at,
            self._signer.sign(statement),
            None if challenge is None else challenge.challenge_id,
        )
        return self._confirmed("/visual", build_visual_request(request), check_id, day)

    def _confirmed(self, path: str, body: bytes, check_id: str, day: date) -> EligibilityResult:
        reply = parse_reply(self._post(path, body, self._timeout_s, is_repeatable=False))
        _match(reply.identifier, check_id, is_refusal=reply.segment != SEGMENT_NORMAL)
        if reply.result is None:
            raise GatewayRefused(reply.error_code, reply.error_message)
        self._match_institution(reply.institution_code)
        if reply.confirmed_on != day:
            raise ReplyMismatched("an answer for another day")
        skew_s = round((reply.result.processed_at - self._clock.now()).total_seconds())
        if abs(skew_s) > CLOCK_SKEW_S:
            logger.warning("gateway.clock_skew seconds=%d", skew_s)
        return reply.result

    def probe(self) -> None:
        """Open a connection and see that both sides take each other's certificate; asks nothing.

        Raises:
            EligibilityError: what stands in the way.
        """
        link = self._open_link()
        link.deadline(min(self._timeout_s, WARM_TIMEOUT_S))
        _check_status(link.send("GET", "/alive", b"", CONTENT_TYPE))

    def warm(self) -> bool:
        """Open the connection ahead of time. Never raises: the call that matters will say what is wrong.

        Returns:
            True if a connection stands ready.
        """
        try:
            self.probe()
        except EligibilityError as error:
            logger.info("gateway.not_warm %s", error.code)
            return False
        return True

    def close(self) -> None:
        """Close the connections. A later call opens new ones."""
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.close()

    def _open_link(self) -> HttpsLink:
        with self._lock:
            if self._link is None:
                from app.exchange.online_link import HttpsLink  # 70 ms that a start need not wait for (2026-11)

                self._link = HttpsLink(self._url, self._context, self._clock)
            return self._link

    def _post(self, path: str, body: bytes, timeout_s: float, *, is_repeatable: bool) -> bytes:
        from app.exchange.online_link import LinkLost

        link = self._open_link()
        link.deadline(timeout_s)
        try:
            try:
                answer = link.send("POST", path, body, CONTENT_TYPE)
            except LinkLost as lost:
                if not (is_repeatable and lost.was_reused):
                    raise
                answer = link.send("POST", path, body, CONTENT_TYPE)
        except LinkLost:
            raise GatewayUnreachable("connection lost") from None
        _check_status(answer)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _XML_TYPES or answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise ReplyMalformed("another content type or a compressed answer")
        return answer.body

    def _match_institution(self, institution_code: str | None) -> None:
        if institution_code != self._institution_code:
            raise ReplyMismatched("an answer for another institution")


def _plain_name(name: str) -> str:
    """Return a name that reads the same after a way through XML: printable, single spaces, not too long."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())[:MAX_NAME_CHARS].strip()


def _match(identifier: str | None, check_id: str, *, is_refusal: bool) -> None:
    """A refusal may lack the identifier (the service could not read the message); an answer may not."""
    if identifier != check_id and not (is_refusal and identifier is None):
        raise ReplyMismatched("an answer to another request")


def _check_status(answer: Answer) -> None:
    if answer.status in (200, 204):
        return
    if answer.status in (401, 403):
        raise GatewayCredentialRefused(f"HTTP {answer.status}")
    if answer.status == 429:
        raise GatewayBusy("HTTP 429")
    raise GatewayBroken(f"HTTP {answer.status}")


def _client_context(ca_file: Path, cert_file: Path, key_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies chain and name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cafile=ca_file)
        context.load_cert_chain(cert_file, key_file)
    except OSError as error:
        why = "not PEM, or key and certificate do not belong together"
        if not isinstance(error, ssl.SSLError):
            why = error.strerror or "cannot be read"
        raise SettingsError(
            f"The gateway's certificates cannot be used ({ca_file}, {cert_file}, {key_file}): {why}."
        ) from None
    return context
