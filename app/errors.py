"""Every error a person can meet, each with a stable dotted code.

Words for patients and staff live in ``app/speech/phrases.py``, keyed by ``code``.
Three things are kept apart: *we could not ask* (an ``EligibilityError``), *the answer is no* (a value,
``Validity``) and *it is a bug* (anything that is not a ``KioskError``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class KioskError(Exception):
    """Base of all expected errors. Messages never hold personal data."""

    code: ClassVar[str] = "kiosk"
    http_status: ClassVar[int] = 500
    retry_after_s: int | None = None
    """Seconds after which the same request may succeed, where that is known."""


class CardError(KioskError):
    """The card or the reader did not do what was needed."""

    code = "card.failed"
    http_status = 409


class CardRemoved(CardError):
    """The card left the reader; what the last command did is not known."""

    code = "card.removed"


class ReaderLost(CardError):
    """The reader, pcscd or the deadline for an answer is gone."""

    code = "card.reader_lost"
    http_status = 503


class ReaderSilent(ReaderLost):
    """pcscd is there and answers nothing: the whole reader stands still, whatever lies on it."""

    code = "reader.silent"


class CardUnreadable(CardError):
    """The card answers, but not with what a card of its kind must answer."""

    code = "card.unreadable"


class StatusWordError(CardError):
    """A status word nobody expected at this step."""

    code = "card.status_word"

    def __init__(self, sw: int) -> None:
        super().__init__(f"status word {sw:04X}")
        self.sw = sw


class PinIncorrect(CardError):
    """The PIN was wrong; one try was spent."""

    code = "card.pin_incorrect"

    def __init__(self, attempts_remaining: int) -> None:
        super().__init__(f"{attempts_remaining} attempts remaining")
        self.attempts_remaining = attempts_remaining


class PinLocked(CardError):
    """The card takes no more tries (SW 63C0, 6983 or 6984)."""

    code = "card.pin_locked"


class PinMissing(CardError):
    """The card has no PIN to enter (顔認証マイナンバーカード)."""

    code = "card.pin_missing"


class CertificateLocked(CardError):
    """This kind of card (a phone) shows its certificate after the PIN alone."""

    code = "card.certificate_locked"


class CertificateChanged(CardError):
    """The certificate differs between two reads of one visit: not the same card."""

    code = "card.certificate_changed"


class KeypadSpent(CardError):
    """These tokens are unknown, used, expired or of another card. Nothing was sent to the card."""

    code = "card.keypad_spent"


class StaleEpoch(CardError):
    """The request names an insertion that is over. Nothing was sent to the card."""

    code = "card.stale_epoch"


class ForbiddenCommand(CardError):
    """The driver refuses this command: it is outside what an eligibility check needs."""

    code = "card.forbidden_command"
    http_status = 500


class CardProcessDown(CardError):
    """The card process does not answer on its socket."""

    code = "card.process_down"
    http_status = 503


class EligibilityError(KioskError):
    """We could not ask. This is never an answer about a person."""

    code = "gateway.failed"
    http_status = 502


class GatewayUnreachable(EligibilityError):
    """No connection: name, route or port."""

    code = "gateway.unreachable"
    http_status = 503


class GatewayTimeout(EligibilityError):
    """The total deadline passed before a whole answer was here."""

    code = "gateway.timeout"
    http_status = 504


class GatewayUntrusted(EligibilityError):
    """The service's TLS certificate is expired, of another name or of another CA."""

    code = "gateway.untrusted"


class GatewayCredentialRefused(EligibilityError):
    """The service does not take this terminal's client certificate."""

    code = "gateway.credential_refused"


class GatewayBusy(EligibilityError):
    """The service asks to come back later (HTTP 429)."""

    code = "gateway.busy"
    http_status = 503


class GatewayBroken(EligibilityError):
    """The service answered with a server error (HTTP 5xx) or another status it should not use."""

    code = "gateway.broken"


class GatewayRefused(EligibilityError):
    """The service processed the message and refused it (SegmentOfResult is not 1, or the person's status is 2).

    ``service_code`` and ``service_message`` are the service's own, shown to staff as they came, never logged.
    """

    code = "gateway.refused"

    def __init__(self, service_code: str, service_message: str) -> None:
        super().__init__("refused by the service")
        self.service_code = service_code
        self.service_message = service_message


class ReplyMalformed(EligibilityError):
    """The answer is not the XML message that was agreed (HTML, truncated, DOCTYPE, too deep ...)."""

    code = "gateway.reply_malformed"


class ReplyTooLarge(EligibilityError):
    """The answer passed the size limit and was cut off."""

    code = "gateway.reply_too_large"


class ReplyMismatched(EligibilityError):
    """The answer carries another request's identifier. It is thrown away unread."""

    code = "gateway.reply_mismatched"


class StoreError(KioskError):
    """The store failed."""

    code = "store.failed"
    http_status = 503


class StoreBusy(StoreError):
    """Another writer held the lock for longer than we wait."""

    code = "store.busy"


class StoreUnwritable(StoreError):
    """Disk full or read-only; damage and keys have words of their own."""

    code = "store.unwritable"


class StoreDamaged(StoreUnwritable):
    """What is read from the file is not what was written: damage, or a wrong key that nothing tells from it."""

    code = "store.damaged"


class StoreKeyUnusable(StoreUnwritable):
    """The store's key is missing, unreadable, of another size, or not the one that this store was written with."""

    code = "store.key_unusable"


class StoreInUse(StoreError):
    """A process serves from this store, so its file cannot be replaced."""

    code = "store.in_use"
    http_status = 409


class BackupUnusable(StoreError):
    """No backup there, or it does not read back with this key."""

    code = "store.backup_unusable"


class ClockDoubted(StoreError):
    """The wall clock may not decide what is destroyed; nothing was destroyed."""

    code = "store.clock_doubted"
    http_status = 409


class StoreOutdated(StoreError):
    """Migrations are pending; the process refuses to start."""

    code = "store.outdated"


class RecordMissing(StoreError):
    """No such record, or its time is over. Both look the same from outside."""

    code = "store.record_missing"
    http_status = 404


class EntryFaulty(StoreError):
    """What was to be recorded at the counter breaks a rule of its form. Nothing was written."""

    code = "staff.entry_faulty"
    http_status = 422


class AlreadyHandled(StoreError):
    """Somebody was faster, or the row changed since the page was drawn. Nothing was written."""

    code = "staff.already_handled"
    http_status = 409


class VisualEnded(StoreError):
    """The request for 目視確認 is over: the card left, the patient went back, or it never was. Nothing was written."""

    code = "staff.visual_ended"
    http_status = 409


class LastOwner(StoreError):
    """The change would leave nobody who may manage the others. Nothing was written."""

    code = "people.last_owner"
    http_status = 409


class PersonChanged(StoreError):
    """Somebody else changed this account since the page was drawn. Nothing was written."""

    code = "people.changed"
    http_status = 409


class VoiceError(KioskError):
    """Something was not spoken. ``tried`` says of each way to be heard why it was none; never what was to be said."""

    code = "voice.failed"
    http_status = 503

    def __init__(self, tried: Sequence[str] = ()) -> None:
        super().__init__("; ".join(tried))
        self.tried = tuple(tried)


class NoAudioDevice(VoiceError):
    """There is nothing to be heard through."""

    code = "voice.no_device"


class VoiceBusy(VoiceError):
    """Too many want to be spoken to at once."""

    code = "voice.busy"


class VoiceProcessDown(VoiceError):
    """The voice process does not answer on its socket."""

    code = "voice.process_down"


class UnspeakableKana(VoiceError):
    """What was to be spoken is not prepared kana, is too long, or is silent. Nothing was spoken."""

    code = "voice.unspeakable"
    http_status = 422


class NoReader(VoiceError):
    """This voice process was started without anybody who reads fields."""

    code = "voice.no_reader"


class TenkeyError(KioskError):
    """The tenkey at the box cannot be used. ``tried`` says what was seen; never which keys were pressed."""

    code = "tenkey.failed"
    http_status = 503

    def __init__(self, tried: Sequence[str] = ()) -> None:
        super().__init__("; ".join(tried))
        self.tried = tuple(tried)


class TenkeyMissing(TenkeyError):
    """There is no tenkey on this port."""

    code = "tenkey.missing"


class TenkeyForbidden(TenkeyError):
    """The tenkey is there and this process may not open it."""

    code = "tenkey.forbidden"


class TenkeyNoPort(TenkeyError):
    """The setting names no USB port. Nothing is taken by name: the patients' tenkey may have the same one."""

    code = "tenkey.no_port"


class TenkeyShared(TenkeyError):
    """The screens of this box get the tenkey's keys too, so that a number typed on it may end as a patient's PIN."""

    code = "tenkey.shared"


class TenkeyTaken(TenkeyError):
    """Another program has the tenkey for itself."""

    code = "tenkey.taken"


class DeskCodeRefused(KioskError):
    """No member of staff who may work at the desk has this number."""

    code = "tenkey.code_refused"
    http_status = 422


class NoDeskCode(KioskError):
    """Nobody made a number for the tenkey, so nobody can open it."""

    code = "tenkey.no_code"
    http_status = 409
