"""The commands that an eligibility check needs, and nothing else.

The product has no legal ground to see a 個人番号, and a review that finds no such read today says nothing of tomorrow.
So every connection stands behind an allow-list: one application, four of its files, five commands. Whatever is not on
it raises ``ForbiddenCommand`` before a byte reaches the reader. EF 0001 of 券面入力補助AP is out of reach twice: that
application cannot be selected, and neither can any file 0001.
"""

from __future__ import annotations

import logging
from typing import Final

from app.card import apdu as commands
from app.card.connection import ApduResponse, CardConnection, PinBuffer
from app.card.profile import JPKI_AID, PIN_LENGTH, Ef
from app.errors import ForbiddenCommand

logger = logging.getLogger(__name__)

_MAX_FOLLOW_UPS: Final = 16
_SELECT_JPKI: Final = commands.select_application(JPKI_AID)
_SELECT_FILE: Final = {commands.select_file(ef): ef for ef in Ef}
_READABLE: Final = frozenset({Ef.TOKEN, Ef.AUTH_CERTIFICATE})
_SIGN_HEADER: Final = commands.compute_signature(commands.digest_info(b""))[:5]
_SIGN_BYTES: Final = len(commands.compute_signature(commands.digest_info(b"")))


class GuardedConnection:
    """A ``CardConnection`` in front of the real one: allow-list, follow-ups and the first answer after power-up."""

    def __init__(self, link: CardConnection) -> None:
        self._link = link
        self._in_jpki = False
        self._ef: Ef | None = None
        self._answered = False

    def transmit(self, apdu: bytes) -> ApduResponse:
        """Send an allowed command; 61XX and 6CXX are followed, VERIFY never is.

        Raises:
            ForbiddenCommand: nothing was sent.
            CardRemoved, ReaderLost: as the connection behind.
        """
        if not self._allows(apdu):
            logger.error("card.forbidden_command ins=%02X", apdu[1] if len(apdu) > 1 else 0)
            raise ForbiddenCommand()
        answer = self._link.transmit(apdu)
        # A card was seen to answer its first command after power-up with 6F00 and the same command with 9000.
        if not self._answered and answer.sw == commands.NO_DIAGNOSIS and apdu[1] == commands.INS_SELECT:
            answer = self._link.transmit(apdu)
        self._answered = True
        if apdu[1] != commands.INS_VERIFY:
            answer = self._follow(apdu, answer)
        self._note_selection(apdu, answer.sw)
        return answer

    def transmit_secret(self, header: bytes, secret: PinBuffer) -> ApduResponse:
        """Send VERIFY of the authentication PIN, once. Raises ``ForbiddenCommand`` for anything else."""
        if not (self._ef is Ef.AUTH_PIN and header == commands.verify_header(PIN_LENGTH) and secret.is_complete):
            secret.wipe()
            logger.error("card.forbidden_command secret")
            raise ForbiddenCommand()
        return self._link.transmit_secret(header, secret)

    def close(self) -> None:
        self._in_jpki, self._ef = False, None
        self._link.close()

    def _allows(self, apdu: bytes) -> bool:
        if apdu == _SELECT_JPKI:
            return True
        if not self._in_jpki:
            return False
        if apdu in _SELECT_FILE:
            return True
        if apdu[:2] == bytes((0x00, commands.INS_READ)) and len(apdu) == 5:
            return apdu[2] < 0x80 and self._ef in _READABLE
        if apdu == commands.QUERY_ATTEMPTS:
            return self._ef is Ef.AUTH_PIN
        if apdu[:5] == _SIGN_HEADER:
            return len(apdu) == _SIGN_BYTES and self._ef is Ef.AUTH_KEY
        return False

    def _note_selection(self, apdu: bytes, sw: int) -> None:
        """Keep what is selected; after a refused SELECT nothing counts as selected in its place."""
        if apdu == _SELECT_JPKI:
            self._in_jpki, self._ef = sw == commands.OK, None
        elif apdu in _SELECT_FILE:
            self._ef = _SELECT_FILE[apdu] if sw == commands.OK else None

    def _follow(self, apdu: bytes, answer: ApduResponse) -> ApduResponse:
        if answer.sw >> 8 == 0x6C and apdu[1] in (commands.INS_READ, commands.INS_SIGN):
            answer = self._link.transmit(apdu[:-1] + bytes((answer.sw & 0xFF,)))
        data = answer.data
        for _ in range(_MAX_FOLLOW_UPS):
            if answer.sw >> 8 != 0x61:
                break
            answer = self._link.transmit(commands.get_response(answer.sw & 0xFF))
            data += answer.data
        return ApduResponse(data, answer.sw)
