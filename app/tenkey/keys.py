"""The port through which keys of a tenkey at the box arrive: from the kernel, or from a test that presses by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from app.errors import TenkeyError
from app.speech.desk_model import Key


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key went down. ``None`` is a key without a meaning here, which silences like every other.

    The key is left out of the text form: digits may be those of a number that opens the desk, and no log may hold them.
    """

    key: Key | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plugged:
    """The tenkey is there and ours alone. ``name`` is what it calls itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Unplugged:
    """The tenkey is gone; it is searched for until it is back."""


@dataclass(frozen=True, slots=True)
class NotFound:
    """There is none to be had, told once for each reason."""

    error: TenkeyError


KeyEvent = KeyPressed | Plugged | Unplugged | NotFound


class KeySource(Protocol):
    """Whatever presses keys. One thread iterates; ``close`` may come from any."""

    def events(self) -> Iterator[KeyEvent]:
        """Yield what happens, in order, waiting for it; ends after ``close``."""
        ...

    def close(self) -> None: ...
