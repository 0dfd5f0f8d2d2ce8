"""Captions of 音声端末モード: places, fields, menus, questions; ``desk_words.py`` has the events."""

from __future__ import annotations

from enum import StrEnum

from app.speech.phrases.desk_words import Words


class Item(StrEnum):
    """項目 in the order of keys 8 and 2."""

    NAME = "name"
    VERDICT = "verdict"
    SHARE = "share"
    INSURER = "insurer"
    NUMBER = "number"
    BIRTH = "birth"
    UNTIL = "until"


FIELDS: dict[Item, Words] = {
    Item.NAME: Words("氏名", "シメー", "シメイ"),
    Item.VERDICT: Words("資格", "シカク", "シカク"),
    Item.SHARE: Words("負担", "フタン", "フタン"),
    Item.INSURER: Words("保険者", "ホケンシャ", "ホケンシャ"),
    Item.NUMBER: Words("番号", "バンゴー", "バンゴー"),
    Item.BIRTH: Words("生年月日", "セーネン ガッピ", "セイネン ガッピ"),
    Item.UNTIL: Words("期限", "キゲン", "キゲン"),
}
SUMMARY = Words("まとめ", "マトメ")
NUMBERS = {
    "insurer_number": Words("保険者番号", "ホケンシャ バンゴー", "ホケンシャ"),
    "symbol": Words("記号", "キゴー", "キゴー"),
    "number": Words("番号", "バンゴー", "バンゴー"),
    "branch_number": Words("枝番", "エダバン", "エダバン"),
}
REFERENCE = Words("参考", "サンコー", "サンコー")
NOT_RECEIVED = Words("届いていません", "トドイテイマセン", "トドカズ")
UNKNOWN_SHARE = Words("わかりません", "ワカリマセン", "フメイ")
READING = Words("よみ", "ヨミ", "ヨミ")
KANJI = Words("漢字", "カンジ", "カンジ")
WESTERN = Words("西暦", "セーレキ", "セイレキ")
KEPT_SILENT = Words("声に 出しません", "コエニ ダシマセン", "コエ ナシ")
ONLY_EARPHONE = Words("イヤホンの ときだけ 読みます", "イヤホンノ トキダケ ヨミマス")
CHANGE_IN_SETTINGS = Words("設定の 声で かえます", "セッテーノ コエデ カエマス")
REST_OF_SHEET = Words("ほかの 項目", "ホカノ コーモク")
CHANGE_IN_MENU = Words("メニューの 設定で かえます", "メニューノ セッテーデ カエマス")


class Place(StrEnum):
    """Where somebody is."""

    TODAY = "today"
    FOUND = "found"
    MENU = "menu"
    KANA = "kana"
    DAY = "day"
    VISUAL = "visual"
    PENDING = "pending"
    CALLS = "calls"
    SETTINGS = "settings"
    HELP = "help"
    ACTS = "acts"
    METHOD = "method"
    NUMBER = "number"
    CONFIRMING = "confirming"
    NARROWING = "narrowing"
    COUNTER = "counter"
    MEMO = "memo"


PLACES: dict[Place, Words] = {
    Place.TODAY: Words("本日の受付", "ホンジツノ ウケツケ", "ホンジツ"),
    Place.FOUND: Words("検索の 結果", "ケンサクノ ケッカ", "ケンサク"),
    Place.MENU: Words("メニュー", "メニュー", "メニュー"),
    Place.KANA: Words("なまえで 検索", "ナマエデ ケンサク", "ナマエ"),
    Place.DAY: Words("日付で 検索", "ヒヅケデ ケンサク", "ヒヅケ"),
    Place.VISUAL: Words("目視確認", "モクシ カクニン", "モクシカクニン"),
    Place.PENDING: Words("あとで確認", "アトデ カクニン", "アトデカクニン"),
    Place.CALLS: Words("呼び出し", "ヨビダシ", "ヨビダシ"),
    Place.SETTINGS: Words("設定", "セッテー", "セッテイ"),
    Place.HELP: Words("使いかた", "ツカイカタ", "ツカイカタ"),
    Place.ACTS: Words("対応", "タイオー", "タイオウ"),
    Place.METHOD: Words("次の 患者の 方法", "ツギノ カンジャノ ホーホー", "ツギ ホウホウ"),
    Place.NUMBER: Words("番号で 検索", "バンゴーデ ケンサク", "バンゴウ"),
    Place.CONFIRMING: Words("あとの 確認", "アトノ カクニン", "アトノ カクニン"),
    Place.NARROWING: Words("本人の なまえ", "ホンニンノ ナマエ", "ホンニン ナマエ"),
    Place.COUNTER: Words("窓口で 確認", "マドグチデ カクニン", "マドグチ"),
    Place.MEMO: Words("メモ", "メモ", "メモ"),
}
KANA_SAYS = Words(
    "2けたずつ。はじめが 行、つぎが 段。アは 11、カは 21、ワは 01",
    "ニケタズツ。ハジメガ ギョー、ツギガ ダン。アワ イチ イチ、カワ ニー イチ、ワワ ゼロ イチ",
    "2ケタズツ ギョー ダン",
)
NUMBER_SAYS = Words("番号を 数字で。決定で 検索", "バンゴーオ スージデ。ケッテーデ ケンサク", "スウジ バンゴウ")
DAY_SAYS = Words(
    "来た日は 月日 4けた、生まれた日は 西暦 8けた。決定で 検索",
    "キタ ヒワ ツキヒ ヨンケタ、ウマレタ ヒワ セーレキ ハチケタ。ケッテーデ ケンサク",
    "ツキヒ 4 セイレキ 8",
)
SETTINGS_SAYS = Words(
    "声の ひろさ。1 イヤホン、2 スピーカー小、3 音だけ",
    "コエノ ヒロサ。イチ イヤホン、ニー スピーカー ショー、サン オトダケ",
    "1イヤホン 2スピーカ 3オト",
)
HELP_SAYS = (
    Words("5 もう一度、4と6 前と次の 患者", "ゴー モー イチド、ヨント ロク マエト ツギノ カンジャ"),
    Words("8と2 前と次の 項目、1 まとめ、3 番号", "ハチト ニー マエト ツギノ コーモク、イチ マトメ、サン バンゴー"),
    Words("7 おそく、9 はやく、0 いまどこ", "ナナ オソク、キュー ハヤク、ゼロ イマ ドコ"),
    Words("プラス 新着、マイナス 静かに、かける くわしく", "プラス シンチャク、マイナス シズカニ、カケル クワシク"),
    Words("わる メニュー、2回で 一つずつ", "ワル メニュー、ニカイデ ヒトツズツ"),
    Words("わる、マイナスで 鍵が かかる", "ワル、マイナスデ カギガ カカル"),
    Words("決定は 2回、点 もどる", "ケッテーワ ニカイ、テン モドル"),
    Words("目視と あとで確認は 8と2で 決めかた", "モクシト アトデ カクニンワ ハチト ニーデ キメカタ"),
    Words("担当と 対応済みは メニューの 8", "タントート タイオーズミワ メニューノ ハチ"),
    Words(
        "なまえは 2けた。行は 1 ア、2 カ、0 ワ。段は 1から 5",
        "ナマエワ ニケタ。ギョーワ イチ ア、ニー カ、ゼロ ワ。ダンワ イチカラ ゴー",
    ),
    Words(
        "02 を、03 ん、04 のばす。かけるで 濁る、小さい",
        "ゼロ ニー オ、ゼロ サン ン、ゼロ ヨン ノバス。カケルデ ニゴル、チイサイ",
    ),
    Words(
        "日付の 検索は 月日 4けた、年と月 6けたで ひと月",
        "ヒヅケノ ケンサクワ ツキヒ ヨンケタ、ネント ツキ ロッケタデ ヒトツキ",
    ),
    Words("入れたものは、プラスで もう一度、点で 消す", "イレタ モノワ、プラスデ モー イチド、テンデ ケス"),
    Words("窓口で 確認は メニューの かける", "マドグチデ カクニンワ メニューノ カケル"),
    Words("そこの つづきは、かけるで すてる", "ソコノ ツズキワ、カケルデ ステル"),
    Words(
        "記号の かなは かける、30は 数字の 3、06は ハイフン",
        "キゴーノ カナワ カケル、サン ゼロワ スージノ サン、ゼロ ロクワ ハイフン",
    ),
    Words(
        "和暦の 誕生日は 7けた。3 昭和、4 平成、5 令和",
        "ワレキノ タンジョービワ ナナケタ。サン ショーワ、ヨン ヘーセー、ゴー レーワ",
    ),
)
POSITION = Words("{all}中 {here}目", "{all}チュー {here}メ")
WAITING = Words("対応待ち {count}", "タイオーマチ {count}")
NOBODY = Words("受付は まだ ありません", "ウケツケワ マダ アリマセン", "ナシ")
NOTHING_HERE = Words("ありません", "アリマセン", "ナシ")
NOTHING_TO_DECIDE = Words("決めることは ありません", "キメル コトワ アリマセン", "ナシ")
NOTHING_TYPED = Words("まだ 入っていません", "マダ ハイッテイマセン", "カラ")
NO_SUCH_DAY = Words("その日付は ありません", "ソノ ヒヅケワ アリマセン", "ヒヅケ ナシ")
NOT_SEARCHABLE = Words("それでは 検索できません", "ソレデワ ケンサク デキマセン", "ケンサク デキズ")
TOO_LONG = Words("もう 入りません", "モー ハイリマセン", "イッパイ")
NO_SUCH_KEY = Words("その 番号は ありません", "ソノ バンゴーワ アリマセン", "ナシ")
FOUND = Words("{count} 見つかりました", "{count} ミツカリマシタ")
FOUND_MORE = Words("{count} より たくさん", "{count} ヨリ タクサン")
FOUND_NOTHING = Words("見つかりません", "ミツカリマセン", "ミツカラズ")
TAKEN_BACK = Words("消しました", "ケシマシタ", "ケシ")
ROW = Words("{kana}行", "{kana}ギョー")
SMALL = Words("小さい {kana}", "チイサイ {kana}")
BACK = Words("もどりました", "モドリマシタ")
SELECTED = Words("選んでいるのは {what}", "エランデ イルノワ {what}")
STOPPED = Words("やめました", "ヤメマシタ", "ヤメ")
SILENT = Words("静かに します", "シズカニ シマス", "シズカ")
MUTED = Words("静かに しています", "シズカニ シテイマス")
VOICE_AT_PLUS = Words("プラスで 声が もどります", "プラスデ コエガ モドリマス")
HALF_TYPED = Words("もう 1けた いります。点で 消す", "モー ヒトケタ イリマス。テンデ ケス", "アト 1ケタ")
RATE = Words("はやさ {step}", "ハヤサ {step}")
OF_DAY = Words("{day}の 受付", "{day}ノ ウケツケ")
ANSWERED = Words("返事が きました", "ヘンジガ キマシタ")
CHANGED = Words("前回から変更", "ゼンカイカラ ヘンコー", "ヘンコウ")
OR_SOMEBODY_ELSE = Words("別人でないか確認", "ベツジンデ ナイカ カクニン", "ベツジン?")
STAR_KEY = Words("かける", "カケル")
PLUS_KEY = Words("プラス", "プラス")
MONTH_DAY = "{month}月{day}日"
WESTERN_DAY = "{year}年{month}月{day}日"
WITH_AGE = "{day}、{years}歳"
TENTHS = "{tenths}わり"
FROM_TIME = Words("{time}から", "{time}カラ")
DAYS_OPEN = Words("{days}前から", "{days}マエカラ")
NEAR_OPEN = {0: Words("今日から", "キョーカラ"), 1: Words("きのうから", "キノーカラ")}
"""Instead of that many days."""
START = Words("音声端末モード", "オンセー タンマツ モード", "オンセイ タンマツ")


class Privacy(StrEnum):
    """声のひろさ: who may hear what, chosen by the listener."""

    EARPHONE = "earphone"
    """Everything."""
    SPEAKER = "speaker"
    """Reception number and verdict."""
    SOUND = "sound"
    """Earcons alone, for whatever is about a patient."""


PRIVACY: dict[Privacy, Words] = {
    Privacy.EARPHONE: Words("イヤホン", "イヤホン", "イヤホン"),
    Privacy.SPEAKER: Words("スピーカー小", "スピーカー ショー", "スピーカー"),
    Privacy.SOUND: Words("音だけ", "オトダケ", "オトダケ"),
}
CHOSEN = Words("{what}に しました", "{what}ニ シマシタ")


class Asked(StrEnum):
    """What is asked before it is done."""

    CONFIRM_VISUAL = "confirm_visual"
    REFUSE_VISUAL = "refuse_visual"
    MARK_HANDLED = "mark_handled"
    ANSWER_CALL = "answer_call"
    TRY_SERVICE = "try_service"
    TAKE = "take"
    RELEASE = "release"
    SETTLE_VISIT = "settle_visit"
    CLOSE_VISIT = "close_visit"
    CHOOSE_NEXT = "choose_next"
    TAKE_BACK_NEXT = "take_back_next"
    KEEP_COUNTER = "keep_counter"
    DROP_ENTRY = "drop_entry"
    EARPHONE = "earphone"
    SPEAKER = "speaker"
    SOUND = "sound"


QUESTIONS: dict[Asked, Words] = {
    Asked.CONFIRM_VISUAL: Words(
        "顔と カードを 見くらべて、本人と 確認しましたか",
        "カオト カードオ ミクラベテ、ホンニント カクニン シマシタカ",
        "ホンニン カクニン",
    ),
    Asked.REFUSE_VISUAL: Words("確認できないと こたえますか", "カクニン デキナイト コタエマスカ", "カクニン デキズ"),
    Asked.MARK_HANDLED: Words("対応済みに しますか", "タイオーズミニ シマスカ", "タイオーズミ"),
    Asked.ANSWER_CALL: Words("呼び出しに 行きますか", "ヨビダシニ イキマスカ", "ヨビダシ"),
    Asked.TRY_SERVICE: Words("照会先に もう一度 つなぎますか", "ショーカイサキニ モー イチド ツナギマスカ", "ツナグ"),
    Asked.TAKE: Words("担当に なりますか", "タントーニ ナリマスカ", "タントウ"),
    Asked.RELEASE: Words("担当を 外しますか", "タントーオ ハズシマスカ", "タントウ ハズス"),
    Asked.SETTLE_VISIT: Words("この確認で 済ませますか", "コノ カクニンデ スマセマスカ", "カクニン ズミ"),
    Asked.CLOSE_VISIT: Words("確認せずに 閉じますか", "カクニン セズニ トジマスカ", "トジル"),
    Asked.CHOOSE_NEXT: Words("次の 患者だけ かえますか", "ツギノ カンジャダケ カエマスカ", "ツギノ カンジャ"),
    Asked.TAKE_BACK_NEXT: Words("いつもの 方法に もどしますか", "イツモノ ホーホーニ モドシマスカ", "イツモノ"),
    Asked.KEEP_COUNTER: Words("この内容で 記録しますか", "コノ ナイヨーデ キロク シマスカ", "キロク"),
    Asked.DROP_ENTRY: Words("入力を すてますか", "ニューリョクオ ステマスカ", "ステル"),
    Asked.EARPHONE: Words(
        "名前も 読みます。イヤホンに かえますか", "ナマエモ ヨミマス。イヤホンニ カエマスカ", "イヤホン"
    ),
    Asked.SPEAKER: Words("スピーカー小に かえますか", "スピーカー ショーニ カエマスカ", "スピーカー"),
    Asked.SOUND: Words("音だけに かえますか", "オトダケニ カエマスカ", "オトダケ"),
}
DONE: dict[Asked, Words] = {
    Asked.CONFIRM_VISUAL: Words("本人と 確認しました", "ホンニント カクニン シマシタ", "ホンニン カクニン"),
    Asked.REFUSE_VISUAL: Words("確認できないと こたえました", "カクニン デキナイト コタエマシタ", "カクニン デキズ"),
    Asked.MARK_HANDLED: Words("対応済みに しました", "タイオーズミニ シマシタ", "タイオーズミ"),
    Asked.ANSWER_CALL: Words("対応しました", "タイオー シマシタ", "タイオー"),
    Asked.TRY_SERVICE: Words(
        "つないでいます。しばらく まってください", "ツナイデイマス。シバラク マッテクダサイ", "ツナギ チュー"
    ),
    Asked.TAKE: Words("担当に なりました", "タントーニ ナリマシタ", "タントウ"),
    Asked.RELEASE: Words("担当を 外しました", "タントーオ ハズシマシタ", "タントウ ナシ"),
    Asked.SETTLE_VISIT: Words("確認済みに しました", "カクニンズミニ シマシタ", "カクニン ズミ"),
    Asked.CLOSE_VISIT: Words("閉じました", "トジマシタ", "トジタ"),
    Asked.CHOOSE_NEXT: Words("次の 患者だけ かえました", "ツギノ カンジャダケ カエマシタ", "ツギノ カンジャ"),
    Asked.TAKE_BACK_NEXT: Words("いつもの 方法に もどしました", "イツモノ ホーホーニ モドシマシタ", "イツモノ"),
    Asked.KEEP_COUNTER: Words("記録しました", "キロク シマシタ", "キロク"),
}
ANSWERS = (Asked.CONFIRM_VISUAL, Asked.REFUSE_VISUAL)
"""What keys 8 and 2 choose between in 目視確認."""
# What is only chosen never sounds like what was done (DONE), nor like a verdict.
ANSWER_WORDS: dict[Asked, Words] = {
    Asked.CONFIRM_VISUAL: Words("答えは 本人", "コタエワ ホンニン", "ホンニン"),
    Asked.REFUSE_VISUAL: Words("答えは 確認できない", "コタエワ カクニン デキナイ", "カクニン デキズ"),
    Asked.TAKE: Words("担当する", "タントー スル", "タントウ"),
    Asked.RELEASE: Words("担当を 外す", "タントーオ ハズス", "タントウ ハズス"),
    Asked.MARK_HANDLED: Words("対応済みに する", "タイオーズミニ スル", "タイオーズミ"),
    Asked.TRY_SERVICE: Words("もう一度 つなぐ", "モー イチド ツナグ", "ツナグ"),
    Asked.CLOSE_VISIT: Words("閉じる", "トジル", "トジル"),
}
NEXT_ONLY = Words("次は {what}", "ツギワ {what}")
AS_USUAL = Words("いつもの 方法", "イツモノ ホーホー", "イツモノ")
NTH_KIOSK = Words("受付機 {what}", "ウケツケキ {what}")
MEMO_AT_STAR = Words("かけるで メモ", "カケルデ メモ")
AT_COUNTER = Words("窓口で 確認", "マドグチデ カクニン", "マドグチ")
CHOOSE_CHECK = Words("あとの 確認を 選ぶ", "アトノ カクニンオ エラブ", "エラブ")
SEARCH_CHECK = Words("あとの 確認を さがす", "アトノ カクニンオ サガス", "サガス")
NO_CHECK_YET = Words("あとの 確認は まだ ありません", "アトノ カクニンワ マダ アリマセン", "ナシ")
TAKEN = Words("担当 あり", "タントー アリ", "タントウ アリ")
TAKEN_BY = Words("担当 {what}", "タントー {what}")
NEEDS_CARD = Words("カードが いります", "カードガ イリマス")
NEEDS_NO_CARD = Words("カードなしで つなげます", "カード ナシデ ツナゲマス")
LEFT_TODAY = Words("記録は 今日まで", "キロクワ キョーマデ")
LEFT_DAYS = Words("記録は あと {days}", "キロクワ アト {days}")
