"""The braille line of each error: a word or two that tell it from the others of its group."""

from __future__ import annotations

_WORDS = {
    "card.pin_locked": "ロック",
    "card.pin_incorrect": "アンショー チガウ",
    "card.pin_missing": "アンショー ナシ",
    "card.removed": "カード トラレ",
    "card.reader_lost": "リーダー ナシ",
    "card.unreadable": "カード ヨメズ",
    "card.other_kind": "ホカノ カード",
    "gateway.unreachable": "ツナガラズ",
    "gateway.timeout": "ヘンジ ナシ",
    "gateway.busy": "コミアイ",
    "gateway.refused": "ショーカイ コトワラレ",
    "check.not_valid": "シカク ミカクニン",
    "check.interrupted": "カクニン オワラズ",
    "check.not_told": "ツタエズ",
    "check.card_removed_early": "ツタエズ",
    "staff.already_handled": "ショリズミ",
    "staff.entry_faulty": "ナオス トコロ アリ",
    "staff.visual_ended": "モクシ オワリ",
    "staff.role_missing": "ケンゲン ナシ",
    "staff.too_much": "オオスギ",
    "store.record_missing": "キロク ナシ",
    "store.busy": "キロク コミアイ",
    "tenkey.missing": "テンキー ナシ",
    "tenkey.code_refused": "バンゴー チガウ",
    "tenkey.no_code": "バンゴー ナシ",
    "voice.no_device": "オト デズ",
    "card": "カード エラー",
    "check": "カクニン エラー",
    "counter": "マドグチ エラー",
    "gateway": "ショーカイ エラー",
    "kiosk": "ウケツケキ エラー",
    "people": "メイボ エラー",
    "reader": "ヨミ エラー",
    "staff": "ニューリョク エラー",
    "store": "キロク エラー",
    "tenkey": "テンキー エラー",
    "voice": "オンセイ エラー",
    "web": "ガメン エラー",
}
"""By code, else by the group before its point."""


def braille_of_error(code: str) -> str:
    """Return the words of an error's code, at most 32 cells."""
    return _WORDS.get(code) or _WORDS.get(code.split(".")[0], "エラー")
