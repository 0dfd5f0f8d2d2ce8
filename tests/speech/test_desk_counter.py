"""窓口で確認 by the keys alone: ways, fields, the page's rules, and the summary."""

from __future__ import annotations

from datetime import timedelta

from app.eligibility.counter import Field, Finding, Seen, fields_of
from app.eligibility.ports import Method
from app.eligibility.voice_desk import DeskActKind, DeskMember
from app.speech.desk_model import morae_of
from app.speech.earcons import Earcon
from app.speech.phrases import desk_counter_words
from app.speech.phrases.desk_captions import Privacy
from app.speech.phrases.desk_counter_words import FINDINGS, LABELS, SEEN
from tests.speech.counter_keys import (
    BORN,
    CERTIFICATE,
    INSURER,
    NAME,
    STATEMENT,
    TO_NUMBERS,
    alone,
    demand_fit,
    typed,
)
from tests.speech.desk_day import JIRO


def test_certificate_is_entered_read_back_and_recorded_by_two_presses() -> None:
    someone = alone()
    assert someone.hears("/ *") == "窓口で 確認。1 資格確認書、2 お知らせ、3 マイナポータル、4 申立書、6 緊急。"
    assert someone.hears("1") == "氏名カナ。2けたずつ、間は 05。"
    assert someone.hears("2 1") == "カ。"
    assert someone.hears("2 3 1 3 0 5") == "間。"
    someone.keys("6 1 5 1 2 5")
    assert someone.hears("Enter") == "氏名カナ、カクウ　ハナコ。生年月日、西暦 8けた、和暦 7けた。"
    assert someone.hears(f"{BORN} Enter").startswith("生年月日、昭和32年4月12日。保険者番号、")
    said = someone.keys(f"{INSURER} Enter")
    assert said.text.startswith("保険者番号、33120015。記号、")
    assert said.phrases[1].kana == "サン サン イチ ニー、ゼロ ゼロ イチ ゴー。"
    assert someone.hears("1 2 * 3 Enter").startswith("記号、12-3。番号、")
    assert someone.hears("0 0 1 2 Enter").startswith("番号、0012。枝番、")
    assert someone.hears("Enter") == "枝番、なし。有効開始日、なければ 決定。"
    assert someone.hears("Enter").startswith("有効開始日、なし。有効期限、")
    assert someone.hears("5 0 9 0 7 3 1 Enter").startswith("有効期限、令和9年7月31日。負担割合、")
    assert someone.hears("3") == "3わり。"
    assert someone.hears("Enter") == "負担割合、3わり。確かめた人、自分、6で ほかの 人。"
    assert someone.hears("Enter") == "確かめた人、自分。内容、資格確認書、カクウ　ハナコ さま。決定で 記録。"
    assert someone.acts == []
    assert someone.hears("Enter") == "この内容で 記録しますか。新しい 受付、カクウ　ハナコ さま。もう一度 決定。"
    assert someone.acts == []
    said = someone.keys("Enter")
    assert (said.text, said.braille, said.earcon) == ("記録しました、受付番号 12。", "12 キロク", Earcon.VALID)
    (act,) = someone.acts
    assert (act.kind, act.subject) == (DeskActKind.KEEP_COUNTER, "")
    assert act.draft is not None
    assert (act.draft.method, act.draft.entry_id) == (Method.CERTIFICATE, "entry1")
    assert typed(act) == {
        Field.NAME: "",
        Field.KANA: "カクウ　ハナコ",
        Field.BORN: "昭和320412",
        Field.INSURER: "33120015",
        Field.SYMBOL: "12-3",
        Field.NUMBER: "0012",
        Field.BRANCH: "",
        Field.VALID_FROM: "",
        Field.VALID_TO: "令和090731",
        Field.RATIO: "030",
        Field.LOOKED_BY: "",
    }
    assert someone.hears("0").startswith("本日の受付、")
    assert someone.hears("/ *").endswith("6 緊急。")  # nothing is left to go on with


def test_each_way_asks_for_the_fields_of_its_page_alone() -> None:
    for key, method in zip("12346", desk_counter_words.WAYS, strict=True):
        someone = alone()
        someone.keys(f"/ * {key}")
        asked = set()
        for answer in (NAME, BORN, "1", INSURER, "1", "1", "", "", "", "", "1 1", "", "1", "1", "1", "1", "1", "1"):
            where = someone.desk._spot.position(someone.desk)  # type: ignore[attr-defined]
            asked.add(where[0].text)
            if where[0].text == "内容":
                break
            if where[0].text in ("負担割合", "確かめた人", "受け取った日"):
                answer = ""
            someone.keys(f"{answer} Enter")
        wanted = {LABELS[field].text for field in fields_of(method) if field in LABELS}
        wanted |= {SEEN[one].text for one in Seen if Field.SEEN in fields_of(method)} & asked
        assert asked == wanted | {"内容"}, method


def test_every_finding_and_field_has_words_that_fit() -> None:
    assert set(FINDINGS) == set(Finding)
    assert set(SEEN) == set(Seen)
    for words in (*FINDINGS.values(), *LABELS.values(), *SEEN.values()):
        assert words.braille
        assert morae_of([words.phrase]) <= 20


def test_a_day_after_the_end_of_its_era_is_asked_back_as_on_the_page() -> None:
    someone = alone()
    said = someone.keys(f"/ * 1 {NAME} Enter 4 3 1 0 5 0 1 Enter")
    assert said.text == "生年月日、その日付は ありません。令和元年5月1日ですか。"
    demand_fit(said)
    assert "レーワ" in said.phrases[-1].kana or "レイワ" in said.phrases[-1].kana


def test_what_the_rules_refuse_stays_and_is_mended() -> None:
    someone = alone()
    assert someone.hears("/ * 1 Enter") == "氏名カナ、入れてください。"
    someone.keys(f"{NAME} Enter")
    assert someone.hears("3 6 5 0 1 0 1 Enter").startswith("生年月日、その日付は ありません。平成2年1月1日ですか。")
    assert someone.hears(".") == "消しました。365010。"
    assert someone.hears("Enter") == "生年月日、日付として 読めません。"
    assert someone.hears("2 0 9 9 0 1 0 1 Enter") == "生年月日、今日より あとです。"
    someone.keys(f"{BORN} Enter")
    assert someone.hears("3 3 1 Enter") == "保険者番号、6けたか 8けたです。"
    said = someone.keys("3 3 1 2 0 0 1 4 Enter")
    assert (said.text, said.earcon) == ("保険者番号、最後の 1けたが 合いません。よければ 決定。", Earcon.END)
    assert someone.hears("0").startswith("0")  # whoever types on means another number
    assert someone.hears(f". {INSURER} Enter").startswith("保険者番号、33120015。記号、")


def test_what_is_odd_is_told_once_and_goes_on_at_enter_and_is_counted() -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} 3 3 1 2 0 0 1 4 Enter")
    assert someone.hears("Enter").startswith("保険者番号、33120014。記号、")
    said = someone.keys("Enter 1 Enter Enter Enter Enter Enter Enter")
    assert said.text == "確かめた人、自分。内容、資格確認書、注意 3件、カクウ　ハナコ さま。決定で 記録。"
    assert someone.hears("1") == "内容、資格確認書。注意 3件、カクウ　ハナコ さま。決定で 記録。"
    assert someone.hears("2 2 2") == "保険者番号、33120014。最後の 1けたが 合いません。"


def test_the_point_goes_back_field_by_field_and_loses_nothing() -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} {INSURER} Enter 1 2 Enter")
    assert someone.hears(".") == "記号。12。"
    assert someone.hears(".") == "保険者番号。33120015。"
    assert someone.hears(".") == "生年月日。昭和32年4月12日。"
    assert someone.hears(".") == "氏名カナ。カクウ　ハナコ。"
    assert someone.hears(".").startswith("窓口で 確認、決定で つづき。")
    assert someone.hears("Enter") == "氏名カナ。カクウ　ハナコ。"
    assert someone.hears("Enter Enter Enter Enter").startswith("記号、12。番号、")
    assert someone.hears("7 . .") == "記号。12。"  # a half typed field is taken back first


def test_what_stands_in_a_field_is_taken_up_again_mended_and_emptied() -> None:
    someone = alone()
    someone.keys(f"/ * 1 {NAME} Enter .")
    assert someone.hears("*") == "直します。"
    assert someone.hears(".") == "消しました。カクウ　ハナ。"
    assert someone.hears("2 5 *") == "ゴ。"
    assert someone.hears("Enter").startswith("氏名カナ、カクウ　ハナゴ。")
    someone.keys(f"{BORN} Enter {INSURER} Enter 7 Enter . *")
    assert someone.hears(".") == "消しました。"
    assert someone.hears("Enter").startswith("記号、なし。")
    someone.keys(".")
    assert someone.hears("*") == "かなで 入れます。"
    assert someone.hears("1 2 0 6 3 0") == "3。"
    assert someone.hears("Enter").startswith("記号、イ-3。番号、")
    assert someone.hears("5 .") == "消しました。"
    assert someone.hears(". . .") == "生年月日。昭和32年4月12日。"
    assert someone.hears("* .") == "消しました。1957041。"
    assert someone.hears("*") == "1957041。"


def test_a_field_has_room_for_no_more_than_can_be_read_back() -> None:
    someone = alone()
    someone.keys("/ * 6 " + " ".join(["1 1"] * 40))
    assert someone.hears("1") == "もう 入りません。"
    demand_fit(someone.keys("Enter"))
    someone.keys(f"{BORN} Enter " + " ".join(["1 1"] * 40))
    demand_fit(someone.keys("Enter"))
    someone = alone()
    someone.keys(f"{TO_NUMBERS} {INSURER} Enter * " + " ".join(["1 1"] * 40))
    said = someone.keys("Enter")
    demand_fit(said)
    assert said.text.startswith("記号。")
    someone.keys(" ".join("9" * 20))
    assert someone.hears("9") == "もう 入りません。"
    demand_fit(someone.keys("Enter"))


def test_the_summary_is_walked_and_a_field_mended_from_there() -> None:
    someone = alone()
    someone.keys(CERTIFICATE)
    assert someone.hears("2") == "氏名カナ、カクウ　ハナコ。"
    assert someone.hears("2 2 2 2") == "番号、0012。"
    assert someone.hears("*") == "番号。0012。"
    assert someone.hears("1 3 Enter") == "番号、13。内容、資格確認書、カクウ　ハナコ さま。決定で 記録。"
    assert someone.keys("8").earcon is Earcon.END
    assert someone.hears("2") == "氏名カナ、カクウ　ハナコ。"
    assert someone.hears(".").startswith("内容、資格確認書。カクウ")
    assert someone.hears(".") == "確かめた人。自分、6で ほかの 人。"
    someone.keys("Enter Enter Enter")
    assert typed(someone.acts[0])[Field.NUMBER] == "13"


def test_plus_reads_the_whole_field_back_and_an_empty_one_leads_to_the_newest() -> None:
    someone = alone()
    assert someone.hears("/ * 1 2 1 2 3 +") == "氏名カナ、カク。"
    assert someone.hears("5 +") == "氏名カナ、カク。ナ行。"
    assert someone.hears(". 5 5 Enter") == "氏名カナ、カクノ。生年月日、西暦 8けた、和暦 7けた。"
    assert someone.hears("3 3 +") == "生年月日、33。"
    assert someone.hears(". . 3 +") == "生年月日、3。"
    assert someone.hears(". .").startswith("氏名カナ。カクノ。")
    assert someone.hears("+") == "氏名カナ、カクノ。"
    assert someone.hears("Enter +").startswith("菅原　花子 さま、")
    assert someone.hears("/ * Enter") == "生年月日。西暦 8けた、和暦 7けた。"


def test_a_loudspeaker_does_not_read_the_field_back() -> None:
    someone = alone(Privacy.SPEAKER)
    said = someone.keys("/ * 1 2 1 2 3 +")
    assert said.text == "氏名カナ、声に 出しません。イヤホンの ときだけ 読みます。メニューの 設定で かえます。"
    assert said.braille == "シメイ カナ カク"


def test_plus_right_after_news_leads_to_them() -> None:
    someone = alone()
    someone.keys("/ * 1 2 1 2 3")
    someone.source.arrive(JIRO)
    someone.news()
    assert someone.hears("+").startswith("架空　次郎 さま、")
    assert someone.hears("/ * Enter") == "氏名カナ。カク。"


def test_a_field_that_was_to_be_mended_leads_back_to_the_summary() -> None:
    someone = alone()
    someone.keys(CERTIFICATE)
    summary = someone.hears("1")
    assert someone.hears("2 2 2 2 2 * 7") == "7。"
    assert someone.hears(".") == "消しました。0012。"
    assert someone.hears(".") == summary
    assert someone.hears("2 2 * .") == summary
    someone.keys("Enter Enter")
    assert typed(someone.acts[0])[Field.NUMBER] == "0012"


def test_a_colleague_who_left_meanwhile_is_named_and_another_one_chosen() -> None:
    someone = alone()
    someone.keys(f"/ * 4 {NAME} Enter {BORN} Enter Enter 6 6 Enter")
    someone.source.staff = someone.source.staff[:1]
    said = someone.keys("Enter")
    assert said.text == "確かめた人、選び直してください。"
    assert someone.hears("Enter") == "確かめた人、選び直してください。"
    assert someone.acts == []
    assert someone.hears("4 4") == "自分。"
    assert someone.hears("6") == "1人目。"
    someone.keys("Enter Enter Enter")
    assert typed(someone.acts[0])[Field.LOOKED_BY] == "1"


def test_a_new_colleague_leaves_whoever_was_chosen() -> None:
    someone = alone()
    someone.keys(f"/ * 4 {NAME} Enter {BORN} Enter Enter 6 6 Enter")
    someone.source.staff = (DeskMember(3, "レイジ リン"), *someone.source.staff)
    someone.keys("Enter Enter")
    assert typed(someone.acts[0])[Field.LOOKED_BY] == "2"


def test_hyphen_that_nothing_follows_is_told_once() -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} {INSURER} Enter")
    assert someone.hears("1 2 * 3 * Enter") == "記号、ハイフンで 終わっています。よければ 決定。"
    assert someone.hears(". Enter").startswith("記号、12-3。番号、")


def test_an_odd_value_is_kept_by_no_enter_that_came_before_it_was_heard() -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} {INSURER} Enter 1 2 *")
    someone.source.step = timedelta(milliseconds=100)
    for _ in range(3):
        assert someone.hears("Enter") == "記号、ハイフンで 終わっています。よければ 決定。"
    someone.source.step = timedelta(seconds=1)
    assert someone.hears("Enter").startswith("記号、12-。番号、")


def test_what_must_be_looked_at_is_asked_one_by_one() -> None:
    someone = alone()
    someone.keys(f"/ * 2 {NAME} Enter {BORN} Enter")
    assert someone.hears("2 Enter") == "番号は いつ、あとで 入れます。顔写真は 本人か、1 はい、2 いいえ。"
    assert someone.hears("Enter") == "顔写真は 本人か。1 はい、2 いいえ。"
    assert someone.hears("2 Enter") == "顔写真は 本人か、もう一度 見てください。1 はい、2 いいえ。"
    assert someone.hears("1 Enter").startswith("顔写真は 本人か、はい。氏名と 生年月日は 同じか、")
    assert someone.hears("1 Enter").startswith("氏名と 生年月日は 同じか、はい。カードは 期限内か、")
    assert someone.hears("Enter Enter") == "カードは 期限内か。1 はい、2 いいえ。", (
        "what may be left undone is answered too"
    )
    assert someone.hears("2 Enter").startswith("カードは 期限内か、いいえ。確かめた人、")
    assert someone.hears("6 6") == "カクウ タロウ。"
    assert someone.keys("6").earcon is Earcon.END
    someone.keys("Enter Enter")
    assert someone.hears("Enter") == "記録しました、受付番号 12。あとで確認に いれました。"
    draft = someone.acts[0].draft
    assert draft is not None
    assert draft.ticked == {"later", "name_later", "face", "names"}
    assert typed(someone.acts[0]) == {
        Field.NAME: "",
        Field.KANA: "カクウ　ハナコ",
        Field.BORN: "昭和320412",
        Field.LOOKED_BY: "2",
    }


def test_numbers_that_come_after_all_are_asked_for() -> None:
    someone = alone()
    someone.keys(f"/ * 3 {NAME} Enter {BORN} Enter 2 Enter 1 Enter 1 Enter 2 Enter 2 Enter 2 Enter Enter")
    someone.keys("2 2 2 *")
    assert someone.hears("1 Enter") == "保険者番号、入れてください。"


def test_statement_and_emergency_go_to_what_is_confirmed_later() -> None:
    someone = alone()
    assert someone.hears(STATEMENT).startswith("確かめた人、自分。内容、申立書、")
    assert someone.hears("Enter Enter") == "記録しました、受付番号 12。あとで確認に いれました。"
    assert typed(someone.acts[0])[Field.RECEIVED_ON] == "令和8年11月24日"
    assert someone.hears("/ * 6 Enter").startswith("氏名カナ、なし。生年月日、")
    assert someone.hears("Enter") == "生年月日、なし。緊急の理由、2けたずつ かなで。"
    assert someone.hears("Enter") == "緊急の理由、入れてください。"
    someone.keys("2 2 3 4 Enter Enter Enter")
    assert someone.hears("Enter") == "記録しました、受付番号 12。あとで確認に いれました。"
