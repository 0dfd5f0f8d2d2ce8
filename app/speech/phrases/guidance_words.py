"""What the kiosk's guidance says beside the words of its screens: what the keys do, and how many tries are left."""

from __future__ import annotations

GUIDANCE = "音声案内"
STARTS = "音声案内を始めます"
ENDS = "音声案内を終わります"
PIN_LABEL = "暗証番号"
KEYS_CHOOSE = "2のキーで次のボタン、8のキーで前のボタン、エンターで決まります"
KEYS_AGAIN = "5か、かける印のキーで、もう一度聞けます"
KEYS_VOLUME = "プラスで大きく、マイナスで小さくなります"
KEYS_PIN = "数字のキーを4つ押してください。数字は読み上げません"
KEYS_ERASE = "点のキーで、一つ消せます"
KEYS_PIN_MORE = "割る印のキーでほかのボタン、かける印のキーでもう一度聞けます"

LEFT = {1: "残り1回", 2: "残り2回"}
LONG_U = ("ュウ", "ュー")
"""As a number is written, and as it is sounded."""
