"""Words of 窓口で確認 by ear: ways, fields, what is wrong with them, and what is asked before it is recorded."""

from __future__ import annotations

from app.eligibility.counter import Field, Finding, Seen
from app.eligibility.ports import Method
from app.speech.phrases.desk_words import Words

WAYS: dict[Method, Words] = {
    Method.CERTIFICATE: Words("資格確認書", "シカク カクニンショ", "シカク カクニンショ"),
    Method.CARD_AND_NOTICE: Words("カードと お知らせ", "カードト オシラセ", "カードト オシラセ"),
    Method.CARD_AND_PORTAL: Words("カードと マイナポータル", "カードト マイナ ポータル", "カードト ポータル"),
    Method.STATEMENT: Words("申立書", "モーシタテショ", "モウシタテショ"),
    Method.EMERGENCY: Words("緊急", "キンキュー", "キンキュー"),
}
WAYS_SAY = Words(
    "1 資格確認書。2 お知らせ、3 マイナポータル、4 申立書、6 緊急",
    "イチ シカク カクニンショ。ニー オシラセ、サン マイナ ポータル、ヨン モーシタテショ、ロク キンキュー",
    "1カクニンショ 2オシラセ 3ポータル",
)
"""5 is no item: it repeats. 2 and 3 go with the card, as their fields say."""
RESUME = Words("決定で つづき", "ケッテーデ ツヅキ", "ツヅキ")
OTHERS_AT_8 = Words("ほかは 8", "ホカワ ハチ")
LEFT_HINTS = (Words("ほかは 8、かけるで すてる", "ホカワ ハチ、カケルデ ステル"), OTHERS_AT_8)
"""The first that fits."""
TO_DROP = Words("入力を すてる", "ニューリョクオ ステル", "ステル")
DROPPED = Words("すてました", "ステマシタ", "ステタ")
TOO_MANY_LEFT = Words(
    "途中の 入力が 9件 あります。メニューの かけるで、つづけるか すててください",
    "トチューノ ニューリョクガ キューケン アリマス。メニューノ カケルデ、ツズケルカ ステテクダサイ",
    "ニューリョク イッパイ",
)
NEW_VISIT = Words("新しい 受付", "アタラシイ ウケツケ")
LABELS: dict[Field, Words] = {
    Field.KANA: Words("氏名カナ", "シメー カナ", "シメイ カナ"),
    Field.BORN: Words("生年月日", "セーネン ガッピ", "セイネン ガッピ"),
    Field.LATER: Words("番号は いつ", "バンゴーワ イツ", "バンゴー イツ"),
    Field.INSURER: Words("保険者番号", "ホケンシャ バンゴー", "ホケンシャ"),
    Field.SYMBOL: Words("記号", "キゴー", "キゴー"),
    Field.NUMBER: Words("番号", "バンゴー", "バンゴー"),
    Field.BRANCH: Words("枝番", "エダバン", "エダバン"),
    Field.VALID_FROM: Words("有効開始日", "ユーコー カイシビ", "カイシビ"),
    Field.VALID_TO: Words("有効期限", "ユーコー キゲン", "キゲン"),
    Field.RATIO: Words("負担割合", "フタン ワリアイ", "フタン"),
    Field.REASON: Words("緊急の理由", "キンキューノ リユー", "リユウ"),
    Field.RECEIVED_ON: Words("受け取った日", "ウケトッタ ヒ", "ウケトリ"),
    Field.LOOKED_BY: Words("確かめた人", "タシカメタ ヒト", "タシカメタ ヒト"),
}
SEEN: dict[Seen, Words] = {
    Seen.FACE: Words("顔写真は 本人か", "カオジャシンワ ホンニンカ", "カオ ホンニン"),
    Seen.NAMES: Words("氏名と 生年月日は 同じか", "シメート セーネン ガッピワ オナジカ", "シメイ オナジ"),
    Seen.CARD_IN_DATE: Words("カードは 期限内か", "カードワ キゲンナイカ", "カード キゲンナイ"),
    Seen.SCREEN: Words("画面で 見たか", "ガメンデ ミタカ", "ガメンデ ミタ"),
    Seen.PDF: Words("PDFで 見たか", "ピーディーエフデ ミタカ", "PDFデ ミタ"),
}
"""What was looked at, as questions that 1 and 2 answer."""
HOW: dict[Field, Words] = {
    Field.KANA: Words("2けたずつ、間は 05", "ニケタズツ、アイダワ ゼロ ゴー"),
    Field.BORN: Words("西暦 8けた、和暦 7けた", "セーレキ ハチケタ、ワレキ ナナケタ"),
    Field.INSURER: Words("8けたか 6けた", "ハチケタカ ロッケタ"),
    Field.SYMBOL: Words("かけるで かな、なければ 決定", "カケルデ カナ、ナケレバ ケッテー"),
    Field.NUMBER: Words("かけるは ハイフン", "カケルワ ハイフン"),
    Field.BRANCH: Words("なければ 決定", "ナケレバ ケッテー"),
    Field.VALID_FROM: Words("なければ 決定", "ナケレバ ケッテー"),
    Field.VALID_TO: Words("なければ 決定", "ナケレバ ケッテー"),
    Field.REASON: Words("2けたずつ かなで", "ニケタズツ カナデ"),
    Field.RECEIVED_ON: Words("今日なら 決定", "キョーナラ ケッテー"),
    Field.LOOKED_BY: Words("6で ほかの 人", "ロクデ ホカノ ヒト"),
    Field.LATER: Words("1 いま、2 あとで", "イチ イマ、ニー アトデ"),
    Field.RATIO: Words("1から 3、わからなければ 決定", "イチカラ サン、ワカラナケレバ ケッテー"),
    Field.SEEN: Words("1 はい、2 いいえ", "イチ ハイ、ニー イイエ"),
}
"""How a field is filled, said behind its name."""
HOW_ELSE: dict[Field, Words] = {Field.RATIO: Words("1から 3、わからなければ 0", "イチカラ サン、ワカラナケレバ ゼロ")}
"""The same where something stands already, which Enter keeps."""
STANDS = Words("入っています、決定で そのまま", "ハイッテイマス、ケッテーデ ソノママ")
"""What stands in a field where the level does not say it: nobody takes it for an empty one."""
NOW = Words("いま 入れます", "イマ イレマス", "イマ")
LATER = Words("あとで 入れます", "アトデ イレマス", "アトデ")
YES = Words("はい", "ハイ", "ハイ")
NO = Words("いいえ", "イイエ", "イイエ")
RATIOS_SAID: dict[str, Words] = {
    "": Words("わからない", "ワカラナイ", "フメイ"),
    "010": Words("1わり", "イチワリ", "1ワリ"),
    "020": Words("2わり", "ニワリ", "2ワリ"),
    "030": Words("3わり", "サンワリ", "3ワリ"),
}
MYSELF = Words("自分", "ジブン", "ジブン")
NTH_MEMBER = Words("{what}目", "{what}メ")
EMPTY = Words("なし", "ナシ", "ナシ")
KANA_ON = Words("かなで 入れます", "カナデ イレマス", "カナ")
KANA_OFF = Words("数字で 入れます", "スージデ イレマス", "スウジ")
MENDING = Words("直します", "ナオシマス", "ナオス")
HYPHEN = Words("の", "ノ")
SPACE = Words("間", "アイダ")
NAME_SPACE = "　"
"""Between surname and given name, as they are written in kana."""
LONG_SIGN = Words("ー", "ノバス")
PAUSE = "、"
MEANT = Words("{day}ですか", "{day}デスカ")
"""What somebody meant who forgot the change of era."""
CHECK_IT = Words("もう一度 見てください", "モー イチド ミテクダサイ", "ミナオス")
ON_AT_ENTER = Words("よければ 決定", "ヨケレバ ケッテー")
SUMMARY = Words("内容", "ナイヨー", "ナイヨウ")
DOUBTS = Words("注意 {count}", "チューイ {count}")
WALK_AT_2 = Words("8と2で 読みます", "ハチト ニーデ ヨミマス")
KEEP_AT_ENTER = Words("決定で 記録", "ケッテーデ キロク")
UNLINKED = Words("べつの 受付として 記録できます", "ベツノ ウケツケト シテ キロク デキマス", "ベツノ ウケツケ")
TO_PENDING = Words("あとで確認に いれました", "アトデ カクニンニ イレマシタ")
FINDINGS: dict[Finding, Words] = {
    Finding.MISSING: Words("入れてください", "イレテクダサイ", "カラ"),
    Finding.TOO_LONG: Words("長すぎます", "ナガスギマス", "ナガスギ"),
    Finding.CONTROL: Words("使えない 文字です", "ツカエナイ モジデス", "ツカエナイ モジ"),
    Finding.UNKNOWN_CHOICE: Words("選び直してください", "エラビナオシテクダサイ", "エラビナオス"),
    Finding.INSURER_SHAPE: Words("6けたか 8けたです", "ロッケタカ ハチケタデス", "6ケタカ 8ケタ"),
    Finding.NOT_A_DAY: Words("日付として 読めません", "ヒヅケト シテ ヨメマセン", "ヒヅケ デナイ"),
    Finding.NO_SUCH_DAY: Words("その日付は ありません", "ソノ ヒヅケワ アリマセン", "ヒヅケ ナシ"),
    Finding.IN_FUTURE: Words("今日より あとです", "キョーヨリ アトデス", "キョウヨリ アト"),
    Finding.ENDS_BEFORE_START: Words("開始日より 前です", "カイシビヨリ マエデス", "カイシヨリ マエ"),
    Finding.INSURER_CHECK_DIGIT: Words(
        "最後の 1けたが 合いません", "サイゴノ ヒトケタガ アイマセン", "サイゴノ ケタ アワズ"
    ),
    Finding.INSURER_LAW: Words("はじめの 2けたが 変です", "ハジメノ フタケタガ ヘンデス", "ハジメノ 2ケタ"),
    Finding.INSURER_PREFECTURE: Words("都道府県の 番号が 変です", "トドーフケンノ バンゴーガ ヘンデス", "トドウフケン"),
    Finding.BRANCH_SHAPE: Words("ふつうは 2けたです", "フツーワ フタケタデス", "フツウ 2ケタ"),
    Finding.NUMBER_SIGNS: Words("数字が ありません", "スージガ アリマセン", "スウジ ナシ"),
    Finding.HYPHEN_LAST: Words("ハイフンで 終わっています", "ハイフンデ オワッテイマス", "ハイフンデ オワル"),
    Finding.ELDERLY_SYMBOL: Words(
        "後期高齢に 記号は ありません", "コーキ コーレーニ キゴーワ アリマセン", "キゴー ナイハズ"
    ),
    Finding.ELDERLY_NUMBER: Words("後期高齢は 8けたです", "コーキ コーレーワ ハチケタデス", "8ケタノ ハズ"),
    Finding.KANA_MISSING: Words("カナで 検索できません", "カナデ ケンサク デキマセン", "カナ ナシ"),
    Finding.KANA_SIGNS: Words("カナでない 文字です", "カナデ ナイ モジデス", "カナデ ナイ"),
    Finding.HIDDEN_SIGNS: Words("表示できない 文字です", "ヒョージ デキナイ モジデス", "デナイ モジ"),
    Finding.BORN_MISSING: Words("さがしにくく なります", "サガシニクク ナリマス", "カラ"),
    Finding.VERY_OLD: Words("年号を 確かめてください", "ネンゴーオ タシカメテクダサイ", "ネンゴー"),
    Finding.EXPIRED: Words("期限が 過ぎています", "キゲンガ スギテイマス", "キゲンギレ"),
    Finding.NOT_YET: Words("まだ 始まっていません", "マダ ハジマッテイマセン", "マダ"),
    Finding.END_MISSING: Words("期限が ありません", "キゲンガ アリマセン", "キゲン ナシ"),
    Finding.RATIO_MISSING: Words("わからないままです", "ワカラナイ ママデス", "フメイ"),
    Finding.NAME_MISSING: Words("氏名が ありません", "シメーガ アリマセン", "シメイ ナシ"),
    Finding.NAME_LATER: Words("漢字は あとで 画面から", "カンジワ アトデ ガメンカラ", "カンジ アトデ"),
}
OF_PERSON = (Finding.ELDERLY_SYMBOL, Finding.ELDERLY_NUMBER, Finding.VERY_OLD, Finding.EXPIRED, Finding.NOT_YET)
"""What tells something of the patient: a loudspeaker says ``CHECK_IT`` instead."""
