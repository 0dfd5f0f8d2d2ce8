"""The words of the voice socket, as both ends use them; ``server.py`` documents them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from app.errors import VoiceError, VoiceProcessDown
from app.speech.utterance import Field, FieldKind, Phrase, ReadingSource

MAX_LINE_BYTES: Final = 131_072
"""64 phrases of 200 kana in JSON's six bytes a sign are 77 kB."""
MAX_WAV_BYTES: Final = 16_000_000
"""200 kana at 4 morae a second last 50 s: 5 MB. 。after each of them triples that."""
MAX_FIELDS: Final = 64
MAX_FIELD_SIGNS: Final = 400


@dataclass(frozen=True, slots=True)
class VoiceStatus:
    """Can the voice speak, and through what? Without a ``device``, ``tried`` says why."""

    is_ready: bool
    sink: str
    device: str | None
    tried: tuple[str, ...] = ()


def encode_status(status: VoiceStatus) -> dict[str, Any]:
    return {"ready": status.is_ready, "sink": status.sink, "device": status.device, "tried": list(status.tried)}


def decode_status(message: dict[str, Any]) -> VoiceStatus:
    """Raises ``KeyError`` or ``ValueError`` for what ``encode_status`` did not make."""
    device = message["device"]
    if device is not None and not isinstance(device, str):
        raise ValueError("device")
    return VoiceStatus(bool(message["ready"]), str(message["sink"]), device, texts(message["tried"]))


def encode_error(error: VoiceError) -> dict[str, Any]:
    return {"error": error.code, "tried": list(error.tried)}


def decode_error(message: dict[str, Any]) -> VoiceError:
    """Return the error of the same code; ``VoiceProcessDown`` for codes that are none of the voice."""
    kinds = {kind.code: kind for kind in _kinds(VoiceError)}
    kind = kinds.get(str(message["error"]), VoiceProcessDown)
    return kind(texts(message.get("tried", [])))


def encode_field(field: Field) -> dict[str, str]:
    return {"kind": field.kind.value, "text": field.text, "kana": field.kana}


def decode_fields(message: Any) -> list[Field]:
    """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is no list of fields."""
    if not isinstance(message, list) or not 0 < len(message) <= MAX_FIELDS:
        raise ValueError("fields")
    fields = [Field(FieldKind(one["kind"]), *texts([one["text"], one["kana"]])) for one in message]
    if any(len(field.text) > MAX_FIELD_SIGNS or len(field.kana) > MAX_FIELD_SIGNS for field in fields):
        raise ValueError("too long")
    return fields


def encode_phrase(phrase: Phrase) -> dict[str, str]:
    return {"text": phrase.text, "kana": phrase.kana, "source": phrase.source.value}


def decode_phrase(message: Any) -> Phrase:
    """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is no phrase."""
    text, kana = texts([message["text"], message["kana"]])
    return Phrase(text, kana, ReadingSource(message["source"]))


def texts(message: Any) -> tuple[str, ...]:
    """Raises ``ValueError`` for what is no list of texts."""
    if not isinstance(message, list) or not all(isinstance(text, str) for text in message):
        raise ValueError("texts")
    return tuple(message)


def _kinds(kind: type[VoiceError]) -> Iterator[type[VoiceError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _kinds(child)
