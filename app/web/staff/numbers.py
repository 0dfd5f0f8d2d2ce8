"""統計."""

from __future__ import annotations

from flask import Blueprint

from app.clock import Clock
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import Role, needs


def add_numbers(staff: Blueprint, desk: StaffDesk, clock: Clock) -> None:
    @staff.get("/numbers")
    @needs(Role.VIEWER)
    def numbers_page() -> str:
        return ""
