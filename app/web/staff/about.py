"""このソフトについて: version, what is promised of approval (nothing), and whose work is in it."""

from __future__ import annotations

from flask import Blueprint, render_template

from app import __version__
from app.speech.credits import ENGINE_CREDIT, VOICE_CREDIT, VOICE_CREDIT_LINKS
from app.web.staff.about_credits import CREDITS, NO_APPROVAL
from app.web.staff.roles import Role, needs


def add_about(staff: Blueprint) -> None:
    """Add the route to the blueprint."""

    @staff.get("/about")
    @needs(Role.VIEWER)
    def about_page() -> str:
        return render_template(
            "staff/about.html",
            version=__version__,
            no_approval=NO_APPROVAL,
            voice_credit=VOICE_CREDIT,
            voice_links=VOICE_CREDIT_LINKS,
            engine_credit=ENGINE_CREDIT,
            credits=CREDITS,
        )
