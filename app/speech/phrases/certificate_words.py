"""When a certificate's end is near: 30, 14 and 3 days before, and after it."""

from __future__ import annotations

ALARM_DAYS = (30, 14, 3)
"""Said louder at each of them."""
STAFF_PAGES = "職員画面の証明書"
TERMINAL = "この端末が照会に使う証明書"
_NEXT = "導入業者に更新を頼んでください。"


def alarm_of(days: int) -> int | None:
    """Return the step of ``ALARM_DAYS`` that is reached, 0 once the certificate is over, ``None`` before all."""
    if days < 0:
        return 0
    return min((step for step in ALARM_DAYS if days <= step), default=None)


def certificate_words(name: str, days: int) -> str:
    """Say how long a certificate lasts and, when its end is near, what to do."""
    match alarm_of(days):
        case None:
            return f"{name}: あと{days}日使えます"
        case 0:
            return f"{name}: 期限が過ぎました。つながらなくなります。いますぐ{_NEXT}"
        case 3:
            return f"{name}: あと{days}日で切れます。きょう、{_NEXT}"
        case 14:
            return f"{name}: あと{days}日で切れます。今週のうちに、{_NEXT}"
        case _:
            return f"{name}: あと{days}日で切れます。{_NEXT}"
