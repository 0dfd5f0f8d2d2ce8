"""A card that replays a script and accepts nothing else."""

from __future__ import annotations

from app.card.connection import ApduResponse, PinBuffer
from app.errors import CardError


class ScriptedCard:
    """Replays (command, answer) pairs of hex and accepts nothing else. An error as answer is raised."""

    def __init__(self, *exchanges: tuple[str, str | CardError]) -> None:
        self._left = list(exchanges)
        self.sent: list[str] = []
        self.closed = 0

    def transmit(self, apdu: bytes) -> ApduResponse:
        return self._replay(apdu.hex(" ").upper())

    def transmit_secret(self, header: bytes, secret: PinBuffer) -> ApduResponse:
        command = [*header, *(0 for _ in range(len(secret)))]
        secret.copy_into(command, len(header))
        secret.wipe()
        return self._replay(" ".join(f"{number:02X}" for number in command))

    def close(self) -> None:
        self.closed += 1

    def _replay(self, command: str) -> ApduResponse:
        assert self._left, f"unexpected command {command}"
        expected, answer = self._left.pop(0)
        assert command == bytes.fromhex(expected).hex(" ").upper(), f"got {command}, script says {expected}"
        self.sent.append(command)
        if isinstance(answer, CardError):
            raise answer
        raw = bytes.fromhex(answer)
        return ApduResponse(raw[:-2], int.from_bytes(raw[-2:], "big"))

    def assert_finished(self) -> None:
        assert not self._left, f"{len(self._left)} commands not sent, next {self._left[0][0]}"
