"""Every caption that the staff pages and the kiosk show as fixed words, gathered from where they are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.eligibility import oqs_words
from app.eligibility.age import AGE_BAND_WORDS
from app.eligibility.changes import ABSENT, CHANGE_WORDS, LOOK_AGAIN
from app.eligibility.contribution import REASON_WORDS, SOURCE_WORDS
from app.speech import phrases
from app.speech.phrases import (
    audit_words,
    counter_words,
    guidance_words,
    keeping_words,
    method_words,
    next_steps,
    search_words,
)
from app.web.staff import lines, sheet


def _words(text: str) -> list[str]:
    return text.split()


SHEET_LABELS = _words("""
照会の結果 資格有効性 お知らせの記号 お知らせ 資格確認日 処理実行日時 照会区分 医療機関コード 処方箋発行形態
結果の出どころ 本人 資格 高齢受給者証 限度額適用認定証 特定疾病療養受療証 医療券・調剤券 そのほかに届いた項目
氏名 氏名カナ 氏名（その他） 氏名カナ（その他） 生年月日 年齢 年齢区分 性別1 性別2 郵便番号 住所 負担割合
被保険者証区分 福祉事務所名 保険者名称 公費負担者番号 保険者番号 被保険者証記号 受給者番号 被保険者証番号
被保険者証枝番 本人・家族の別 被保険者氏名（世帯主氏名） 資格取得年月日 資格喪失年月日 資格喪失事由
被保険者証交付年月日 被保険者証有効開始年月日 被保険者証有効終了年月日 被保険者証一部負担金割合 未就学区分
照会番号 一部負担金割合 交付年月日 有効開始年月日 有効終了年月日 情報提供の同意 同意日時 証の区分 適用区分
長期入院該当年月日 疾病 自己負担限度額
""")
VOICE_WORDS = _words("""
負担 保険者 番号 記号 枝番 期限 期限なし まとめ くわしく いまどこ もう一度 受付番号 本日の受付 資格情報 目視確認
資格確認結果検索 窓口での確認 あとで確認 公式アプリから取り込み 設定 操作記録 ログイン 続柄 施術所 はり師
きゅう師 あん摩マッサージ指圧師 療養費 受領委任 限度額 特定疾病 性別 電話 カナ 読み上げ 検索 決定 件 人
前期高齢者 後期高齢者医療 世帯主 配偶者 妻 夫 子 父 母 祖父 祖母 兄 姉 弟 妹 孫 本人 家族 同居人
""")


def tables() -> Iterator[tuple[str, str]]:
    """Pairs of where a caption stands and its words."""
    for code, words in phrases.REASONS.items():
        yield from ((f"reason {code}", text) for text in (words.patient, words.staff, words.next_step))
    for screen, said in phrases.SCREENS.items():
        yield from ((f"screen {screen}", text) for text in (said.heading, said.says))
    for name, table in {
        "verdict": phrases.VERDICTS,
        "step": phrases.NOT_VALID_STEPS,
        "button": phrases.BUTTONS,
        "role": phrases.ROLES,
        "tries left": guidance_words.LEFT,
        "counter field": counter_words.LABELS,
        "counter help": counter_words.HELPS,
        "seen": counter_words.SEEN,
        "pending": counter_words.KINDS,
        "closed": counter_words.CLOSE_REASONS,
        "audit": audit_words.AUDIT_WORDS,
        "clock": keeping_words.CLOCK_NEXT,
        "next only": method_words.NEXT_ONLY_WORDS,
        "age band": AGE_BAND_WORDS,
        "change": CHANGE_WORDS,
        "share reason": REASON_WORDS,
        "share source": SOURCE_WORDS,
        "method": lines.METHODS,
        "source": sheet.SOURCES,
        "finding": counter_words._FINDINGS,
        "search fault": search_words.FAULT_WORDS,
        "ticket label": oqs_words.TICKET_LABELS,
        "extra label": oqs_words.EXTRA_LABELS,
    }.items():
        yield from ((f"{name} {key}", text) for key, text in table.items() if text)
    for way, words_of_way in counter_words.WAYS.items():
        yield from ((f"way {way}", text) for text in (words_of_way.name, words_of_way.when, words_of_way.keeps))
    for preference, said_of in method_words.PREFERENCES.items():
        yield from ((f"preference {preference}", text) for text in (said_of.name, said_of.says))
    for module in (phrases, guidance_words, counter_words, keeping_words, next_steps, search_words, lines, sheet):
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, str):
                yield f"{module.__name__}.{name}", value
    for name, value in vars(oqs_words).items():
        if name.isupper() and isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
            yield from ((f"{name} {code}", text) for code, text in value.items())
    yield from (("proof step", step) for step in next_steps.PROOF_STEPS)
    yield from (("changes", text) for text in (ABSENT, LOOK_AGAIN))
    yield from (("sheet label", text) for text in SHEET_LABELS)
    yield from (("voice", text) for text in VOICE_WORDS)


def sentences_of(text: str) -> list[str]:
    """Sentences as the voice looks them up: apart at 。, outside brackets too."""
    return [part for part in re.split("。", text) if part.strip()]
