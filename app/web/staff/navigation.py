"""The links on top of every staff page, in their order. A part of the product adds its line here."""

from __future__ import annotations

from dataclasses import dataclass

from app.eligibility.people import Role


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One link: shown to ``role`` and those above it; current on pages whose address begins with its own."""

    words: str
    endpoint: str
    role: Role


NAVIGATION: tuple[NavEntry, ...] = (NavEntry("本日の受付", "staff.board", Role.VIEWER),)


def navigation_for(role: Role) -> tuple[NavEntry, ...]:
    return tuple(entry for entry in NAVIGATION if role.covers(entry.role))
