"""Command bytes as the virtual card takes them: ISO/IEC 7816-3, short form, cases 1 to 4."""

from __future__ import annotations

from dataclasses import dataclass


class CommandError(Exception):
    """The card answers this status word and no data."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"status word {sw:04X}")
        self.sw = sw


@dataclass(frozen=True, slots=True)
class Command:
    """One parsed command. ``expected`` is 1 to 256, or ``None`` where no answer data is asked for."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    expected: int | None = None


def parse_command(apdu: bytes) -> Command:
    """Take a short-form command apart.

    Raises:
        CommandError: 6700 for anything whose lengths do not add up, extended form included.
    """
    if len(apdu) < 4:
        raise CommandError(0x6700)
    cla, ins, p1, p2 = apdu[:4]
    body = apdu[4:]
    if not body:
        return Command(cla, ins, p1, p2)
    if len(body) == 1:
        return Command(cla, ins, p1, p2, expected=body[0] or 256)
    length, rest = body[0], body[1:]
    if length == 0 or len(rest) not in (length, length + 1):
        raise CommandError(0x6700)
    expected = (rest[length] or 256) if len(rest) > length else None
    return Command(cla, ins, p1, p2, rest[:length], expected)
