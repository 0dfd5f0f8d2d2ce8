"""The people file: who the sandbox service knows, how each is found and what it answers.

Format 1 is JSON: ``{"format": 1, "people": [person, ...]}``. A person has

- ``name`` (what ``tap NAME`` takes) and ``purpose`` (a sentence for people);
- ``card``: a sample card that we make (``app.sandbox.card_spec``), and/or ways to find a card that we did not
  make: ``certificate_sha256``, ``public_key_sha256`` (hex, of the DER certificate and of the DER
  SubjectPublicKeyInfo), ``public_key_pem``; each a list;
- ``answer`` (may be missing for cards that never get that far): ``validity`` (OQSCD006, "1" to "6"), an optional
  ``notice`` (``code`` and ``text``) and ``qualifications``: objects whose names are the elements of
  ``ResultOfQualificationConfirmation``. Lists are lists, groups are objects, all values are text.

Every mistake is a ``PeopleFileError`` that names file, person and field and says what is expected.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from app.sandbox.card_spec import CardSpec
from app.sandbox.people_answer import Answer, read_answer
from app.sandbox.people_fields import FieldError, read_object, read_text

FORMAT = 1
MAX_FILE_BYTES = 4 * 1024 * 1024
PACKAGED_FILE = Path(__file__).with_name("people.json")


class PeopleFileError(Exception):
    """A mistake in a people file: "FILE: person 'NAME', FIELD: what is wrong and what is expected"."""


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person. Digests are 32 raw bytes; a PEM key has become the digest of its DER form."""

    name: str
    purpose: str
    card: CardSpec | None = None
    certificate_sha256: tuple[bytes, ...] = ()
    public_key_sha256: tuple[bytes, ...] = ()
    answer: Answer | None = None


def load_people(path: Path | None = None) -> tuple[Person, ...]:
    """Read a people file; ``None`` is the packaged one.

    Raises:
        PeopleFileError: the file cannot be read or holds a mistake.
    """
    file = PACKAGED_FILE if path is None else path
    try:
        return _people(_json(file))
    except FieldError as error:
        raise PeopleFileError(f"{file}: {error}") from None


def _json(file: Path) -> object:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise FieldError("larger than 4 MiB")
        return json.loads(file.read_bytes().decode("utf-8-sig"), object_pairs_hook=_no_duplicates)
    except OSError as error:
        raise FieldError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FieldError("is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise FieldError(f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError:
        raise FieldError("holds a number that is too long") from None
    except RecursionError:
        raise FieldError("is not a people file: nested too deeply") from None


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise FieldError(f"the field {key!r} stands twice in one object; keep one")
        found[key] = value
    return found


def _people(content: object) -> tuple[Person, ...]:
    top = read_object(content, "the file", required=("format", "people"))
    if type(top["format"]) is not int or top["format"] != FORMAT:
        raise FieldError(f"format: expected the number {FORMAT}")
    entries = top["people"]
    if not isinstance(entries, list) or not entries:
        raise FieldError("people: expected a list of at least one person")
    people: list[Person] = []
    for index, entry in enumerate(entries):
        given = entry.get("name") if isinstance(entry, dict) else None
        label = f"person {given!r}" if isinstance(given, str) else f"person number {index + 1}"
        try:
            people.append(_person(entry))
        except FieldError as error:
            raise FieldError(f"{label}, {error}") from None
    _refuse_duplicates(people)
    return tuple(people)


def _person(entry: object) -> Person:
    fields = read_object(
        entry,
        "entry",
        required=("name", "purpose"),
        optional=("card", "certificate_sha256", "public_key_sha256", "public_key_pem", "answer"),
    )
    name = read_text(fields["name"], "name")
    purpose = read_text(fields["purpose"], "purpose")
    card = None
    try:
        # A card of its own also checks the name's shape; the others are held to the same shape.
        if "card" in fields:
            card = CardSpec.from_json(name, purpose, read_object(fields["card"], "card", optional=None))
        else:
            CardSpec(name=name, purpose=purpose, pin="1111")
    except ValueError as error:
        raise FieldError(f"{'card' if 'card' in fields else 'name'}: {error}") from None
    keys = [*_digests(fields, "public_key_sha256"), *_pem_digests(fields)]
    certificates = _digests(fields, "certificate_sha256")
    if card is None and not keys and not certificates:
        raise FieldError(
            "card: expected a card, or a way to find the person:"
            " certificate_sha256, public_key_sha256 or public_key_pem"
        )
    return Person(
        name=name,
        purpose=purpose,
        card=card,
        certificate_sha256=tuple(certificates),
        public_key_sha256=tuple(keys),
        answer=read_answer(fields["answer"]) if "answer" in fields else None,
    )


def _list_of_text(fields: Mapping[str, object], name: str) -> list[str]:
    value = fields.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise FieldError(f"{name}: expected a list of texts")
    return value


def _digests(fields: Mapping[str, object], name: str) -> list[bytes]:
    digests = []
    for text in _list_of_text(fields, name):
        try:
            digest = bytes.fromhex(text.replace(":", ""))
        except ValueError:
            digest = b""
        if len(digest) != hashlib.sha256().digest_size:
            raise FieldError(f"{name}: expected a SHA-256 as 64 hexadecimal digits")
        digests.append(digest)
    return digests


def _pem_digests(fields: Mapping[str, object]) -> list[bytes]:
    digests = []
    for text in _list_of_text(fields, "public_key_pem"):
        try:
            key = load_pem_public_key(text.encode("utf-8"))
        except Exception:  # noqa: BLE001 - the loader raises several kinds, all mean the same here
            raise FieldError(
                "public_key_pem: expected a public key that begins with -----BEGIN PUBLIC KEY-----"
            ) from None
        digests.append(hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest())
    return digests


def _refuse_duplicates(people: list[Person]) -> None:
    seen: dict[tuple[str, str | bytes], str] = {}
    for person in people:
        found: list[tuple[str, str | bytes]] = [("name", person.name)]
        found += [("certificate_sha256", digest) for digest in person.certificate_sha256]
        found += [("public_key_sha256", digest) for digest in person.public_key_sha256]
        for key in found:
            if key in seen:
                field = "public_key_sha256 or public_key_pem" if key[0] == "public_key_sha256" else key[0]
                raise FieldError(f"person {person.name!r}, {field}: already used by person {seen[key]!r}")
            seen[key] = person.name
