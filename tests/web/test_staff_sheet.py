"""資格情報: every field with its label and words."""

from __future__ import annotations

import html
import re
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path

import pytest

from app.clock import TOKYO
from app.eligibility.model import (
    ElderlyRecipient,
    EligibilityResult,
    LimitCertificate,
    MedicalTicket,
    Qualification,
    SpecificDisease,
    Validity,
)
from app.eligibility.oqs_words import EXTRA_LABELS, TICKET_LABELS
from app.eligibility.ports import Outcome
from app.web.staff.sheet import answer_section, qualification_sheets
from tests.store.support import accepted, answer, full_person, person, waiting
from tests.web.staff_site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def detail(site: Site, result: EligibilityResult, **changes: object) -> str:
    site.keeper.record(accepted(result=result, **changes))
    page = site.logged_in().get("/checks/check-a")
    assert page.status_code == 200
    return page.text


def pairs(page: str) -> dict[str, list[str]]:
    """label → texts, as a person reads them."""
    found: dict[str, list[str]] = {}
    for label, text in re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", page, re.S):
        plain = html.unescape(re.sub(r"<[^>]+>", "", text))
        found.setdefault(html.unescape(label), []).append(plain)
    return found


def test_every_field_that_arrived_is_on_the_sheet() -> None:
    sheets = qualification_sheets(answer(full_person()))
    texts = [field.text for section in sheets[0].sections for field in section.fields]
    for field in fields(Qualification):
        value = getattr(full_person(), field.name)
        if isinstance(value, str):
            assert value in texts, field.name
    for label, text in full_person().extras:
        assert text in texts, label


def test_known_codes_days_and_shares_are_words(site: Site) -> None:
    one = person(
        card_classification="01",
        personal_family="2",
        sex1="2",
        sex2="3",
        birthdate="19800229",
        qualified_on="20190430",
        card_valid_from="20190501",
        card_valid_to="99999999",
        contribution_ratio="020",
        preschool="1",
        reason_of_loss="03",
        elderly_recipient=ElderlyRecipient("20260801", "20260801", "20270731", "020"),
        limit_consent="1",
        limit_consent_time="20261124090001",
        limit_certificate=LimitCertificate("02", "B02", "20260801", "20260801", "20270731", None),
        specific_diseases=(SpecificDisease("1", "20260401", "20260401", None, "10000"),),
        extras=(("PharmacistsInfoConsFlg", "0"), ("Novelty", "x")),
    )
    shown = pairs(
        detail(site, answer(one, prescription_issue="2", notice_code="SIM-N1", notice_text="期限が近い証明書です"))
    )
    assert shown["被保険者証区分"] == ["一般"]
    assert shown["本人・家族の別"] == ["家族"]
    assert (shown["性別1"], shown["性別2"]) == (["女"], ["未設定"])
    assert shown["生年月日"] == ["昭和55年2月29日（1980年2月29日）"]
    assert shown["資格取得年月日"] == ["平成31年4月30日（2019年4月30日）"]
    assert shown["被保険者証有効開始年月日"] == ["令和元年5月1日（2019年5月1日）"]
    assert shown["被保険者証有効終了年月日"] == ["99999999"]
    assert shown["被保険者証一部負担金割合"] == ["2割"]
    assert shown["未就学区分"] == ["未就学"]
    assert shown["資格喪失事由"] == ["医療保険等の資格取得"]
    assert shown["一部負担金割合"] == ["2割"]
    assert shown["証の区分"] == ["限度額適用・標準負担額減額認定証"]
    assert shown["適用区分"] == ["現役並みⅡ"]
    assert "令和8年11月24日（2026年11月24日） 9:00:01" in shown["同意日時"]
    assert shown["疾病"] == ["人工透析を要する慢性腎不全"]
    assert shown["自己負担限度額"] == ["10,000円"]
    assert shown["薬剤情報 閲覧同意"] == ["なし"]
    assert shown["Novelty"] == ["x"]
    assert shown["処方箋発行形態"] == ["紙"]
    assert shown["お知らせ"] == ["期限が近い証明書です"]
    assert shown["照会区分"] == ["マイナンバーカード"]
    assert shown["資格確認日"] == ["令和8年11月24日（2026年11月24日）"]
    assert shown["保険者番号"] == ["06480012"]


def test_unknown_codes_are_shown_as_received(site: Site) -> None:
    shown = pairs(detail(site, answer(person(sex1="8", card_classification="ZZ", contribution_ratio="035"))))
    assert (shown["性別1"], shown["被保険者証区分"], shown["被保険者証一部負担金割合"]) == (["8"], ["ZZ"], ["035"])


def test_what_staff_look_for_first_says_that_it_is_absent(site: Site) -> None:
    shown = pairs(detail(site, answer(person(symbol=None, branch_number=None, name_kana=None))))
    assert shown["被保険者証記号"] == shown["被保険者証枝番"] == shown["氏名カナ"] == ["なし"]


@pytest.mark.parametrize("validity", [Validity.INVALID, Validity.INVALID_NEWER_EXISTS, Validity.MULTIPLE])
def test_numbers_of_a_right_that_is_not_valid_are_marked_for_reference(site: Site, validity: Validity) -> None:
    page = detail(site, answer(person(), validity=validity), outcome=Outcome.COUNTER, reason="check.not_valid")
    shown = pairs(page)
    for label in ("保険者番号", "被保険者証記号", "被保険者証番号", "被保険者証枝番"):
        assert all(text.endswith(" 参考") for text in shown[label])
    assert "番号は参考で、請求には使えません" in page


def test_a_valid_sheet_never_says_for_reference(site: Site) -> None:
    assert "参考" not in detail(site, answer(person()))


def test_several_qualifications_are_numbered(site: Site) -> None:
    result = answer(person(1), person(2), validity=Validity.MULTIPLE)
    page = detail(site, result, outcome=Outcome.COUNTER, reason="check.not_valid")
    assert "資格 1／2" in page
    assert "資格 2／2" in page
    assert pairs(page)["被保険者証番号"] == ["00000001 参考", "00000002 参考"]


def test_medical_assistance_has_its_own_labels_and_tickets(site: Site) -> None:
    ticket = MedicalTicket(
        (
            ("TicketType", "01"),
            ("MedicalTreatmentMonth", "202611"),
            ("SelfPayAmount", "1000"),
            ("InjuryName1", "腰痛症"),
        )
    )
    shown = pairs(
        detail(site, answer(person(card_classification="A1", insurer_name="架空福祉事務所", medical_tickets=(ticket,))))
    )
    assert shown["公費負担者番号"] == ["06480012"]
    assert "受給者番号" in shown
    assert shown["福祉事務所名"] == ["架空福祉事務所"]
    assert shown["医療券・調剤券の別"] == ["医療券"]
    assert shown["診療年月"] == ["令和8年11月（2026年11月）"]
    assert shown["本人支払額"] == ["1,000円"]
    assert "保険者番号" not in shown


def test_every_element_of_tickets_and_consents_has_a_japanese_label() -> None:
    from app.exchange.oqs_tables import TICKET_ELEMENTS, UNMODELLED

    assert set(TICKET_ELEMENTS) == set(TICKET_LABELS)
    assert set(UNMODELLED) == set(EXTRA_LABELS)


def test_a_refusal_shows_the_services_code_and_words(site: Site) -> None:
    site.keeper.record(
        waiting(
            outcome=Outcome.COUNTER, reason="gateway.refused", service_code="SIM-E001", service_message="受け付けません"
        )
    )
    page = site.logged_in().get("/checks/check-a").text
    assert pairs(page)["照会先の記号"] == ["SIM-E001"]
    assert pairs(page)["照会先からの言葉"] == ["受け付けません"]
    assert "照会先がこの照会を受け付けませんでした" in page


def test_a_hidden_sign_is_noted_beside_the_name(site: Site) -> None:
    page = detail(site, answer(person(name="試験　●子")))
    assert "試験　●子表示できない漢字があります。券面を確かめてください。" in pairs(page)["氏名"]


def test_done_on_the_sheet_answers_with_the_sheet(site: Site) -> None:
    site.keeper.record(waiting())
    browser = site.logged_in()
    assert 'hx-post="/checks/check-a/handled?page=check"' in browser.get("/checks/check-a").text
    answered = browser.post("/checks/check-a/handled?page=check", {"version": "1"}, htmx=True)
    assert 'id="check-panel"' in answered.text
    assert "対応済み（" in answered.text


def test_unknown_withdrawn_and_expired_checks_get_the_same_page(site: Site) -> None:
    site.keeper.record(accepted())
    site.keeper.record(waiting("gone"))
    site.keeper.withdraw("gone")
    assert "2026年12月31日まで（あと37日）見られます" in site.logged_in().get("/checks/check-a").text
    site.clock.time = datetime(2026, 12, 31, 23, 59, 59, tzinfo=TOKYO)
    browser = site.logged_in()
    assert browser.get("/checks/check-a").status_code == 200
    site.clock.time = datetime(2027, 1, 1, tzinfo=TOKYO)
    assert "保存期間が過ぎたため" in browser.get("/checks/check-a").text, "who read it is told"
    browser = site.logged_in()
    expired, *others = (browser.get(f"/checks/{name}") for name in ("check-a", "gone", "nobody", "x" * 500, "%00"))
    assert expired.status_code == 404
    for other in others:
        assert (other.status_code, other.text) == (404, expired.text)
    assert browser.post("/checks/check-a/handled", {"version": "1"}, htmx=True).status_code == 404


def test_the_answers_head_shows_its_time_in_tokyo() -> None:
    result = replace(answer(person()), processed_at=datetime(2026, 11, 24, 0, 5, 9, tzinfo=TOKYO))
    shown = {field.label: field.text for field in answer_section(result).fields}
    assert shown["処理実行日時"] == "令和8年11月24日（2026年11月24日） 0:05:09"
