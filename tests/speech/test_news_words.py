"""What a screen reader is told: the sentences, who may hear a name, and lines that fit 32 cells."""

from __future__ import annotations

import libkuraji
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.model import Validity
from app.speech.phrases import REASONS, news_words
from app.speech.phrases.desk_captions import Privacy
from app.speech.phrases.news_words import Arrival, News, arrival_news, arrival_short

ONE = Arrival(
    12, Validity.VALID, None, name="菅原　花子", name_kana="スガワラ　ハナコ", share_words="3割", share_percent=30
)
TEXTS = st.text(max_size=40)
ARRIVALS = st.builds(
    Arrival,
    number=st.none() | st.integers(0, 9999),
    validity=st.none() | st.sampled_from(Validity),
    reason=st.none() | st.sampled_from(sorted(REASONS)),
    is_seen_at_counter=st.booleans(),
    is_waiting=st.booleans(),
    name=TEXTS,
    name_kana=TEXTS,
    share_words=st.sampled_from(("", "3割")),
    share_percent=st.none() | st.integers(0, 100),
)


def changed(**changes: object) -> Arrival:
    return Arrival(**{name: getattr(ONE, name) for name in Arrival.__slots__} | changes)


@pytest.mark.parametrize(
    ("arrival", "privacy", "news"),
    [
        (ONE, Privacy.SPEAKER, News("受付番号12、資格(有効)", "12 ユーコー")),
        (ONE, Privacy.SOUND, News("受付番号12、資格(有効)", "12 ユーコー")),
        (
            ONE,
            Privacy.EARPHONE,
            News("受付番号12、スガワラ　ハナコ さま、資格(有効)、3割", "12 スガワラ ハナコ ユーコー 3ワリ"),
        ),
        (
            changed(validity=Validity.INVALID, reason="check.not_valid", is_waiting=True),
            Privacy.SPEAKER,
            News("注意。受付番号12、資格(無効)、対応待ち", "12 ムコー"),
        ),
        (
            changed(validity=None, reason="check.pin_last", is_waiting=True),
            Privacy.SPEAKER,
            News("受付番号12、確認できません、暗証番号が2回ちがいました、対応待ち", "12 アンショー 2カイ チガウ"),
        ),
        (
            changed(validity=None, reason="counter.seen", is_seen_at_counter=True),
            Privacy.EARPHONE,
            News("受付番号12、スガワラ　ハナコ さま、窓口で確認", "12 マドグチ カクニン"),
        ),
        (
            changed(number=None, validity=None, reason="gateway.timeout"),
            Privacy.SPEAKER,
            News("受付番号－、確認できません、照会先の返事が時間内に届きませんでした", "ツナガラズ"),
        ),
    ],
)
def test_sentence_and_line_of_a_check(arrival: Arrival, privacy: Privacy, news: News) -> None:
    assert arrival_news(arrival, privacy) == news


@given(ARRIVALS, st.sampled_from(Privacy))
def test_any_check_has_a_line_of_at_most_32_cells(arrival: Arrival, privacy: Privacy) -> None:
    assert len(libkuraji.translate(arrival_short(arrival, privacy))) <= 32


@given(ARRIVALS, st.sampled_from([Privacy.SPEAKER, Privacy.SOUND]))
def test_without_an_earphone_nothing_depends_on_the_person(arrival: Arrival, privacy: Privacy) -> None:
    values = {name: getattr(arrival, name) for name in Arrival.__slots__}
    nobody = Arrival(**values | {"name": "", "name_kana": "", "share_words": "", "share_percent": None})
    assert arrival_news(arrival, privacy) == arrival_news(nobody, privacy)


@pytest.mark.parametrize(
    "news",
    [
        news_words.CONNECTION_LOST,
        news_words.CONNECTION_BACK,
        news_words.call_news("受付1"),
        news_words.call_over("受付1"),
        news_words.visual_news("受付1", "card.pin_locked"),
        news_words.visual_news("受付1", "check.visual_method"),
        news_words.visual_over("受付1"),
        news_words.handled_news(9999, "試験 花子"),
        news_words.taken_news(9999, "試験 花子"),
        News("", news_words.LOOK_SHORT),
    ],
)
def test_every_other_news_has_a_line_that_fits(news: News) -> None:
    written = libkuraji.translate(news.short)
    assert 0 < len(written) <= 32
    assert "□" not in written
