"""Whose work the voice is; the licence asks that it be said."""

from __future__ import annotations

from typing import Final

VOICE_CREDIT: Final = (
    "音声：HTS Voice “Mei”（MMDAgent Project Team 公開）、Copyright © 2009-2013 名古屋工業大学 情報工学科。"
    "クリエイティブ・コモンズ 表示 3.0（CC BY 3.0）で利用しています。音の大きさと前後の無音を変えています。"
)
VOICE_CREDIT_LINKS: Final = (
    ("MMDAgent", "http://www.mmdagent.jp/"),
    ("CC BY 3.0", "https://creativecommons.org/licenses/by/3.0/"),
)
ENGINE_CREDIT: Final = (
    "音声合成：Open JTalk、HTS Engine（修正BSDライセンス、名古屋工業大学）、"
    "pyopenjtalk-plus（MIT）、pyttsx3（MPL 2.0）。"
)
