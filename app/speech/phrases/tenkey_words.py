"""Words of the desk at the box that its page does not need: the key, the tenkey itself, kiosk and service."""

from __future__ import annotations

from app.speech.phrases.desk_words import Words

CLOSED = Words("テンキーに 鍵が かかっています", "テンキーニ カギガ カカッテイマス", "カギ シマリ")
ENTER_CODE = Words("番号 8けたと 決定", "バンゴー ハチケタト ケッテー", "バンゴー 8ケタ")
CLEAR_AT_POINT = Words("点で 消します", "テンデ ケシマス", "テン ケス")
NOT_WHOLE = Words("番号は 8けたです、はじめから", "バンゴーワ ハチケタデス、ハジメカラ", "8ケタ ハジメカラ")
"""No number of anybody's: a key that was pressed before it, as at an open desk, costs no try."""
LOCKED = Words("鍵が かかりました", "カギガ カカリマシタ", "カギ シマリ")
OPENED = Words("鍵が あきました", "カギガ アキマシタ", "カギ アキ")
LOCK_AT = Words("鍵は わる、マイナス", "カギワ ワル、マイナス")
WAIT = Words("あと {time} まってください", "アト {time} マッテクダサイ", "マツ")
PLUGGED = Words("テンキーを 使えます", "テンキーオ ツカエマス", "テンキー")
UNPLUGGED = Words("テンキーが 外れました", "テンキーガ ハズレマシタ", "テンキー ナシ")
KIOSK_OUT = Words("受付機が 使えません", "ウケツケキガ ツカエマセン", "ウケツケキ トマリ")
KIOSK_BACK = Words("受付機が もどりました", "ウケツケキガ モドリマシタ", "ウケツケキ モドリ")
SERVICE_OUT = Words("照会先に つながりません", "ショーカイサキニ ツナガリマセン", "ツナガラズ")
SERVICE_BACK = Words("照会先に つながりました", "ショーカイサキニ ツナガリマシタ", "ツナガル")
