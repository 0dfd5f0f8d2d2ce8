"""Every view of the staff pages declares who may call it; a view that does not is closed to everybody.

The decorator stands *below* the route, so that the route registers the declared view::

    @staff.post("/checks/<check_id>/handled")
    @needs(Role.STAFF)
    def handled(check_id: str) -> Response: ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

from app.eligibility.people import Role
from app.errors import KioskError

__all__ = ["Declared", "Role", "RoleMissing", "declared_role", "needs", "open_to_all"]

_View = TypeVar("_View", bound=Callable[..., Any])
Declared = Role | None
"""``None``: open to people who are not logged in."""


class RoleMissing(KioskError):
    """Somebody who is logged in asked for what their role may not."""

    code = "staff.role_missing"
    http_status = 403


def needs(role: Role) -> Callable[[_View], _View]:
    """Declare that a view is for ``role`` and those above it."""

    def declare(view: _View) -> _View:
        view.needed_role = role  # type: ignore[attr-defined]
        return view

    return declare


def open_to_all(view: _View) -> _View:
    """Declare that a view answers without a log-in. Opens a route to the whole clinic net."""
    view.needed_role = None  # type: ignore[attr-defined]
    return view


def declared_role(app: Flask, endpoint: str) -> Declared:
    """Return what the view of ``endpoint`` declares.

    Raises:
        LookupError: it declares nothing.
    """
    view: object = app.view_functions[endpoint]
    if not hasattr(view, "needed_role"):
        raise LookupError(f"the view {endpoint} declares no role")
    role: Declared = view.needed_role
    return role
