"""Who speaks at a browser, in the words of 設定."""

from __future__ import annotations

from enum import StrEnum


class VoiceMode(StrEnum):
    """Chosen, never detected: two voices at once help nobody."""

    NONE = "none"
    DESK = "desk"
    """音声端末モード: we speak."""
    READER = "reader"
    """スクリーンリーダーモード: we are silent."""


MODE_WORDS: dict[VoiceMode, tuple[str, str]] = {
    VoiceMode.DESK: (
        "音声端末モード",
        "画面を見ずに、テンキーと耳だけで受付を進めます。読み上げソフトを使っていないときに選びます。",
    ),
    VoiceMode.READER: (
        "スクリーンリーダーモード",
        "NVDAなどで使う画面です。この端末は声を出さず、どの画面でも新しい受付や呼び出しを1回ずつ読み上げソフトに伝え、"
        "「お知らせ」に点字1行の短い形と残します。画面のキー操作は止まります。",
    ),
    VoiceMode.NONE: ("なし", "自分からは声を出しません。「資格情報」の「読み上げ」を押したときだけ話します。"),
}
