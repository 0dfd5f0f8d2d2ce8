"""PIN and password references of one card: values, tries left, and which were verified since it has power."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from app.sandbox.apdu import CommandError
from app.sandbox.card_files import Applications, Secret
from app.sandbox.faults import Faults

NOT_AUTHORISED = 0x6982
WRONG_DATA = 0x6A80
WRONG_LENGTH = 0x6700
MAX_SECRET_BYTES = 16

Reference = tuple[bytes, int]
"""AID and EF."""


class CardSecrets:
    """Counters and values live as long as the object; ``forget`` is what losing power does.

    A reference once verified stays verified until then: neither a reset nor another application clears it, as
    observed on the real card.
    """

    def __init__(self, applications: Applications) -> None:
        self._secrets: Mapping[Reference, Secret] = {
            (aid, ef): file
            for aid, files in applications.items()
            for ef, file in files.items()
            if isinstance(file, Secret)
        }
        self._left = {reference: secret.left for reference, secret in self._secrets.items()}
        self._values = {reference: secret.value for reference, secret in self._secrets.items()}
        self._verified: set[Reference] = set()

    def adopt(self, earlier: CardSecrets) -> None:
        """Take over tries and values of the same card as it was before its certificate was renewed."""
        self._left, self._values = dict(earlier._left), dict(earlier._values)

    def forget(self) -> None:
        self._verified.clear()

    def left_of(self, ef: int) -> int | None:
        """Tries left of the first reference with this number; ``None`` where the card has none."""
        return next((left for (_, number), left in self._left.items() if number == ef), None)

    def demand(self, aid: bytes, guards: Iterable[int]) -> None:
        """Raise 6982 unless there is no guard, or one of them was verified."""
        references = {(aid, ef) for ef in guards}
        if references and not references & self._verified:
            raise CommandError(NOT_AUTHORISED)

    def ask(self, reference: Reference, faults: Faults) -> int:
        """The word for an empty VERIFY. Costs nothing."""
        left = self._left[reference]
        if reference in self._verified and faults.verified_query_sw is not None:
            return faults.verified_query_sw
        return faults.blocked_sw if left == 0 and faults.blocked_query else 0x63C0 | left

    def verify(self, reference: Reference, given: bytes, faults: Faults) -> None:
        """Present a value; a wrong one, of whatever length up to 16, costs a try. Raises the card's refusal."""
        if len(given) > MAX_SECRET_BYTES:
            raise CommandError(WRONG_LENGTH)
        left = self._left[reference]
        if left == 0:
            raise CommandError(faults.blocked_sw)
        if given == self._values[reference]:
            self._left[reference] = self._secrets[reference].limit
            self._verified.add(reference)
            return
        self._left[reference] = left - 1
        self._verified.discard(reference)
        if left == 1 and faults.blocks_with_word:
            raise CommandError(faults.blocked_sw)
        raise CommandError(0x63C0 | (left - 1))

    def change(self, reference: Reference, new: bytes) -> None:
        """Replace the value after it was verified; the counter is full again. Raises the card's refusal."""
        self.demand(reference[0], (reference[1],))
        secret = self._secrets[reference]
        if secret.shape is None or not re.fullmatch(secret.shape, new):
            raise CommandError(WRONG_DATA)
        self._values[reference], self._left[reference] = new, secret.limit
