"""Faults that a sample card or its plug can be told to have, by name.

A fault that changes an answer belongs to the card; one that changes time or the link belongs to the plug,
because the card itself knows neither clock nor wire.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

DEFAULT_SLOW_S = 3.0
MAX_SLOW_S = 120.0
MAX_COMMAND = 999

KNOWN = {
    "pulled-at-N": "the link drops instead of the answer to the N-th command since insertion (N from 1)",
    "silent": "no command is ever answered",
    "silent-at-N": "the N-th command since insertion and all later ones are not answered",
    "slow": f"every signature takes {DEFAULT_SLOW_S:g} s longer",
    "slow-S": "every signature takes S seconds longer (0.1 to 120)",
    "slow-all-S": "every command takes S seconds longer (0.1 to 120)",
    "damaged-certificate": "a byte of the authentication certificate is wrong",
    "swapped-certificate": "from the second reading on the authentication certificate is another card's",
    "first-6F00": "the first command after each power-up is answered 6F00",
    "blocked-6983": "a blocked PIN answers ISO's 6983 instead of JICSAP's 6984",
    "blocked-query": "asking a blocked PIN for its tries answers the blocked word instead of 63C0",
    "blocking-word": "the wrong try that blocks answers the blocked word instead of 63C0",
    "query-9000": "asking for the tries of a PIN that was verified answers 9000 instead of 63CX",
    "query-refused": "asking for the tries of a PIN that was verified answers 6700 instead of 63CX",
    "filler": "600 bytes of FF follow each certificate in its file",
}
"""Every fault and what it does; ``N`` and ``S`` stand for numbers."""

_COUNTED = re.compile(r"(pulled|silent)-at-([1-9][0-9]{0,2})")
_SLOW = re.compile(r"slow(-all)?-([0-9]{1,3}(?:\.[0-9]{1,3})?)")


@dataclass(frozen=True, slots=True)
class Faults:
    """What the named faults come to. Commands are counted from 1 at each insertion; times are seconds."""

    pulled_at: int | None = None
    silent_from: int | None = None
    signature_delay_s: float = 0.0
    command_delay_s: float = 0.0
    damaged_certificate: bool = False
    swapped_certificate: bool = False
    first_6f00: bool = False
    blocked_sw: int = 0x6984
    blocked_query: bool = False
    blocks_with_word: bool = False
    """The wrong try that uses up the counter answers ``blocked_sw`` instead of 63C0."""
    verified_query_sw: int | None = None
    """Answer to an empty VERIFY of a reference that was verified; ``None`` means 63CX as before."""
    filler: bool = False


def parse_faults(names: Iterable[str]) -> Faults:
    """Turn fault names into settings. The last of two that set the same thing wins.

    Raises:
        ValueError: a sentence that names the unknown fault and lists the known ones.
    """
    settings: dict[str, object] = {}
    for name in names:
        settings |= _setting(name)
    return Faults(**settings)  # type: ignore[arg-type]


def _setting(name: str) -> dict[str, object]:
    plain: dict[str, dict[str, object]] = {
        "silent": {"silent_from": 1},
        "slow": {"signature_delay_s": DEFAULT_SLOW_S},
        "damaged-certificate": {"damaged_certificate": True},
        "swapped-certificate": {"swapped_certificate": True},
        "first-6F00": {"first_6f00": True},
        "blocked-6983": {"blocked_sw": 0x6983},
        "blocked-query": {"blocked_query": True},
        "blocking-word": {"blocks_with_word": True},
        "query-9000": {"verified_query_sw": 0x9000},
        "query-refused": {"verified_query_sw": 0x6700},
        "filler": {"filler": True},
    }
    if name in plain:
        return plain[name]
    if counted := _COUNTED.fullmatch(name):
        key = "pulled_at" if counted[1] == "pulled" else "silent_from"
        return {key: int(counted[2])}
    if (slow := _SLOW.fullmatch(name)) and 0.1 <= float(slow[2]) <= MAX_SLOW_S:
        return {"command_delay_s" if slow[1] else "signature_delay_s": float(slow[2])}
    raise ValueError(f"{name!r} is not a known fault. Known: {', '.join(KNOWN)}.")
