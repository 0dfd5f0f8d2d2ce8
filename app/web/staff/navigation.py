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


NAVIGATION: tuple[NavEntry, ...] = (
    NavEntry("本日の受付", "staff.board", Role.VIEWER),
    NavEntry("目視確認", "staff.visual_page", Role.VIEWER),
    NavEntry("検索", "staff.search_page", Role.VIEWER),
    NavEntry("窓口での確認", "staff.fallback_page", Role.STAFF),
    NavEntry("あとで確認", "staff.pending_page", Role.STAFF),
    NavEntry("統計", "staff.numbers_page", Role.VIEWER),
    NavEntry("操作記録", "staff.audit_page", Role.OWNER),
    NavEntry("設定", "staff.settings_page", Role.VIEWER),
)

SETTINGS: tuple[NavEntry, ...] = (
    NavEntry("認証方法", "staff.method_page", Role.VIEWER),
    NavEntry("自分の合言葉と確認コード", "staff.own_page", Role.VIEWER),
    NavEntry("ログイン中の画面", "staff.sessions_page", Role.VIEWER),
    NavEntry("キー操作・音・通知・読み上げ", "staff.device_page", Role.VIEWER),
    NavEntry("職員", "staff.people_page", Role.OWNER),
    NavEntry("記録の保存と控え", "staff.keeping_page", Role.OWNER),
    NavEntry("このソフトについて", "staff.about_page", Role.VIEWER),
)
"""What 「設定」 leads to."""


def navigation_for(role: Role) -> tuple[NavEntry, ...]:
    return tuple(entry for entry in NAVIGATION if role.covers(entry.role))
