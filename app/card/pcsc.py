"""Cards over PC/SC, on the lowest layer that pyscard offers.

Result codes, lists of numbers and pyscard itself end here: above there are bytes, status words and our errors. A card
that leaves while it works was seen as any of three answers (an error code, another one, or success with nothing in
it), so every failure of a transmission means "outcome unknown".
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from smartcard import scard as _scard

from app.card.connection import ApduResponse, CardConnection, PinBuffer
from app.card.guard import GuardedConnection
from app.errors import CardError, CardRemoved, CardUnreadable, ReaderLost

scard: Any = _scard
logger = logging.getLogger(__name__)

_CARD_GONE: Final = frozenset(
    {
        scard.SCARD_E_NO_SMARTCARD,
        scard.SCARD_E_NOT_TRANSACTED,
        scard.SCARD_W_REMOVED_CARD,
        scard.SCARD_W_RESET_CARD,
        scard.SCARD_W_UNPOWERED_CARD,
        scard.SCARD_W_UNRESPONSIVE_CARD,
    }
)
_CARD_MUTE: Final = frozenset(
    {scard.SCARD_W_UNRESPONSIVE_CARD, scard.SCARD_W_UNPOWERED_CARD, scard.SCARD_E_PROTO_MISMATCH}
)

_SOON_OVER: Final = frozenset({scard.SCARD_E_SHARING_VIOLATION, scard.SCARD_W_UNPOWERED_CARD})
"""Programs that look at every new card let go of it soon, and so does a process of ours that died in the middle of a
signature (3 s with a slow card); pcscd shows a new card a moment before it has power."""
_CONNECT_RETRIES: Final = 50
_CONNECT_RETRY_S: Final = 0.1


class PcscReader:
    """The real ``CardReader``."""

    def connect(self, reader: str) -> CardConnection:
        """Power the card in ``reader`` exclusively. Errors: see ``CardReader``."""
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result != scard.SCARD_S_SUCCESS:
            raise ReaderLost()
        try:
            protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
            for _ in range(_CONNECT_RETRIES):
                result, handle, protocol = scard.SCardConnect(context, reader, scard.SCARD_SHARE_EXCLUSIVE, protocols)
                if result not in _SOON_OVER:
                    break
                time.sleep(_CONNECT_RETRY_S)
            if result != scard.SCARD_S_SUCCESS:
                logger.info("card.connect_failed result=%08X", result & 0xFFFFFFFF)
                if result in _CARD_MUTE:
                    raise CardUnreadable("no answer to power")
                raise _error_of(result)
        except BaseException:
            scard.SCardReleaseContext(context)
            raise
        return GuardedConnection(_PcscLink(context, handle, protocol))


class _PcscLink:
    """One exclusive connection. Only ``PcscReader`` makes one, always behind the guard."""

    def __init__(self, context: int, handle: int, protocol: int) -> None:
        self._context = context
        self._handle = handle
        self._pci = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0
        self._closed = False

    def transmit(self, apdu: bytes) -> ApduResponse:
        return self._send(list(apdu))

    def transmit_secret(self, header: bytes, secret: PinBuffer) -> ApduResponse:
        command = [*header, *(0 for _ in range(len(secret)))]
        try:
            secret.copy_into(command, len(header))
            return self._send(command)
        finally:
            secret.wipe()
            # Overwrite before clearing: a freed list keeps its pointers to the small numbers.
            for index in range(len(command)):
                command[index] = 0
            command.clear()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        # A dead exclusive handle still locks the reader for everybody, so this is tried whatever happened before.
        scard.SCardDisconnect(self._handle, scard.SCARD_UNPOWER_CARD)
        scard.SCardReleaseContext(self._context)

    def _send(self, command: list[int]) -> ApduResponse:
        if self._closed:
            raise CardRemoved()
        started = time.monotonic()
        result, raw = scard.SCardTransmit(self._handle, self._pci, command)
        took_ms = (time.monotonic() - started) * 1000
        sw = (raw[-2] << 8 | raw[-1]) if len(raw) >= 2 else 0
        logger.debug(
            "apdu %02X %02X %02X %02X sent=%d received=%d sw=%04X ms=%.1f",
            *command[:4],
            len(command),
            max(len(raw) - 2, 0),
            sw,
            took_ms,
        )
        if result != scard.SCARD_S_SUCCESS:
            logger.info("card.transmit_failed ins=%02X result=%08X", command[1], result & 0xFFFFFFFF)
            raise _error_of(result)
        if len(raw) < 2:
            logger.info("card.transmit_empty ins=%02X", command[1])
            raise CardRemoved()
        return ApduResponse(bytes(raw[:-2]), sw)


def _error_of(result: int) -> CardError:
    return CardRemoved() if result in _CARD_GONE else ReaderLost()
