"""Who may do what on the staff pages."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Each may do what the ones below it may."""

    OWNER = "owner"
    STAFF = "staff"
    VIEWER = "viewer"

    def covers(self, needed: Role) -> bool:
        """True when somebody of this role may do what ``needed`` may."""
        order = (Role.VIEWER, Role.STAFF, Role.OWNER)
        return order.index(self) >= order.index(needed)
