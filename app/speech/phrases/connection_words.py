"""That the connection is lost or back: the same words on the banner, in the status region and by ear."""

from __future__ import annotations

LOST = "接続が切れています"
LOST_KANA = "セツゾクガ キレテイマス"
LOST_SHORT = "セツゾク キレ"
NOTHING_NEW = "新しい受付は届きません"
NOTHING_NEW_KANA = "アタラシイ ウケツケワ トドキマセン"
BACK = "接続が戻りました"
BACK_KANA = "セツゾクガ モドリマシタ"
BACK_SHORT = "セツゾク モドリ"
