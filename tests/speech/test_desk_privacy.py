"""声のひろさ over all that the desk can say: each place with any key and one more, each question, each kind of news."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Sequence

import pytest

from app.eligibility.changes import ChangeKind
from app.eligibility.counter import Field as FormField
from app.eligibility.model import Validity
from app.eligibility.pending import PendingKind
from app.eligibility.visual import Preference
from app.eligibility.voice_desk import DeskCall, DeskMethod, DeskPatient, DeskPending, DeskRequest
from app.speech.desk_model import DeskSettings, Key, Utterance
from app.speech.earcons import Earcon
from app.speech.phrases import REASONS
from app.speech.phrases.counter_words import KINDS
from app.speech.phrases.desk_captions import ANSWER_WORDS, PLACES, QUESTIONS, Asked, Item, Place, Privacy
from app.speech.phrases.desk_counter_words import TO_PENDING
from app.speech.phrases.desk_words import (
    ANNOUNCED,
    EXPLANATIONS,
    NO_NUMBER,
    RECEPTION,
    VERDICTS,
    DeskEvent,
    error_words,
)
from app.speech.phrases.menu_words import MENU_ITEMS
from tests.speech.desk_day import HANAKO, JIRO, LOCKED, MORNING, REQUEST, SHEET, HandSource, Listener
from tests.speech.test_desk_counter import BORN, NAME

RICH = (
    dataclasses.replace(HANAKO, changes=(ChangeKind.RATIO, ChangeKind.INSURER)),
    dataclasses.replace(JIRO, taken_by="ミホン サブロウ"),
    LOCKED,
    dataclasses.replace(HANAKO, check_id="untold", number=4, reason="check.not_told", is_waiting=True),
    DeskPatient("out", 5, MORNING, reason="gateway.timeout", is_waiting=True),
    DeskPatient("odd", 6, MORNING, "例示　凛", "ﾚｲｼﾞ ﾘﾝ", reason="card.unreadable", is_waiting=True),
)
PENDING = (
    DeskPending("out", 5, MORNING, 0, needs_card=True, days_left=30),
    DeskPending("urgent", 7, MORNING, 3, "例示　凛", "ﾚｲｼﾞ ﾘﾝ", PendingKind.EMERGENCY, days_left=2),
)
METHODS = (
    DeskMethod("受付1", Preference.VISUAL_FIRST),
    DeskMethod("受付2", Preference.VISUAL_FIRST, chosen=Preference.VISUAL_FIRST),
)
NAMES = (
    *("菅原", "花子", "架空", "次郎", "例示", "凛"),
    *("スガワラ", "ハナコ", "カクウ", "ジロウ", "レイジ", "ミホン", "サブロウ"),
)
VALUES = (
    *("全国健康保険協会", "01480011", "４８０１０２０３", "1024", "昭和", "1957", "令和9年", "3わり", "負担割合"),
    *("ゼロ イチ ヨン ハチ", "イチ ゼロ ニー ヨン", "ショウワ", "レイワ", "サンワリ", "フタン ワリアイ"),
)
TYPED = ("サ行", "サギョー", "ハ行", "シ", "ハ")
"""What keys 3 3 and 6 1 type, which is part of a name; as a phrase of its own."""
OWN_CHOICE = {words.text for words in (*ANSWER_WORDS.values(), *PLACES.values(), TO_PENDING)}
"""What the listener answers or has just recorded, and the names of places, say nothing of anybody."""
OF_A_CHECK = {
    *(part for words in (*VERDICTS.values(), *EXPLANATIONS.values()) for part in words.text.split("。")),
    *(error_words(code).text for code in REASONS if code.startswith(("gateway.", "check.", "card."))),
    *KINDS.values(),
    *(NO_NUMBER.text, "前回から変更", "対応待ち", "担当 あり", "新しい資格 あり", "法律から"),
} - OWN_CHOICE
THEN = (Key.ENTER, Key.N1, Key.N2, Key.N5, Key.N6, Key.STAR, Key.PLUS)
PLACES_BY_KEYS = (
    *("", "6", "6 6", "6 6 6", "6 6 6 6", "6 6 6 6 6"),
    *(f"/ {item.key}" for item in MENU_ITEMS),
    *("/", "/ /", "/ / 6", "6 / 8", "6 6 / 8 6", "6 6 / 8 6 6", "/ 9 6", "/ 3 2"),
    *("/ 4 2", "/ 4 2 2", "/ 4 2 2 2", "/ 4 6", "/ 4 6 2 2 Enter", "/ 4 2 Enter", "/ 4 2 Enter 6", "/ 4 6 2 Enter"),
    *(
        "/ 1 3 3",
        "/ 1 3 3 Enter",
        "/ 1 3 3 Enter 6",
        "/ 2 1 0 2 4",
        "/ 2 1 0 2 4 Enter",
        "/ 0 1 0 2 4",
        "/ 0 1 0 2 4 Enter",
    ),
    *(
        f"/ * {entered}"
        for entered in ("4", f"4 {NAME}", f"4 {NAME} Enter {BORN}", f"4 {NAME} Enter {BORN} Enter Enter")
    ),
    *(f"/ * 4 {NAME} Enter {BORN} Enter Enter Enter", "6 / 8 6 6 Enter 4", "/ 4 2 2 2 *", "/ 4 2 2 2 * 2 1"),
    *(f"/ * 4 {NAME} Enter / * {offered}" for offered in ("", "*", "* Enter", "8")),
    *(f"/ 4 6 2 2 2 2 2 2 2 2 Enter {entered}" for entered in ("", "4", "4 Enter", "4 Enter Enter")),
    *("2", "2 2", "2 2 2", "2 2 2 2", "2 2 2 2 2", "2 2 2 2 2 2", "2 2 2 2 2 2 2", "* *"),
)


def rich_day() -> HandSource:
    source = HandSource(*RICH)
    source.change(
        requests=(dataclasses.replace(REQUEST, kiosk="受付2"),),
        calls=(DeskCall("call", "受付1", MORNING),),
        pending=PENDING,
        methods=METHODS,
    )
    source.earlier = source.later = (HANAKO, dataclasses.replace(JIRO, check_id="later", number=31))
    source.known["urgent"] = {FormField.KANA: "ﾚｲｼﾞ ﾘﾝ", FormField.BORN: "昭和32年4月1日"}
    return source


ASKS = {QUESTIONS[one].text.split("。")[0] for one in Asked}


def demand_private(said: Utterance, privacy: Privacy, how: str) -> None:
    """Nothing of a person but what the level allows; whom a change is about is said by number at each."""
    is_question = said.core[:1] != () and said.core[0].text in ASKS
    for phrase in said.phrases:
        for secret in (*NAMES, *VALUES):
            assert secret not in phrase.text, (how, said.text)
            assert secret not in phrase.kana, (how, said.text)
        heard = phrase.text.rstrip("。、")
        assert heard not in TYPED, (how, said.text)
        if privacy is Privacy.SOUND:
            assert is_question or RECEPTION.text not in heard, (how, said.text)
            assert heard not in OF_A_CHECK - ({NO_NUMBER.text} if is_question else set()), (how, said.text)


def walked(privacy: Privacy, then: Sequence[Key] = THEN) -> Iterator[tuple[str, Listener, Utterance]]:
    """Every place, and from there any key and one of ``then``. A copy of who went there costs a third of going."""
    for way in PLACES_BY_KEYS:
        there = Listener(rich_day(), DeskSettings(privacy=privacy))
        there.keys(way)
        for key in Key:
            first = copy.deepcopy(there)
            yield f"{way} + {key}", first, first.keys(key)
            for last in then if first.desk.settings.privacy is privacy else ():
                second = copy.deepcopy(first)
                yield f"{way} + {key} {last}", second, second.keys(last)


@pytest.mark.parametrize("privacy", [Privacy.SPEAKER, Privacy.SOUND])
def test_no_place_and_no_key_says_more_than_the_level_allows(privacy: Privacy) -> None:
    places: set[Place] = set()
    asked: set[str] = set()
    for how, someone, said in walked(privacy):
        places.add(someone.desk.place)
        asked |= {phrase.text for phrase in said.core[:1]}
        demand_private(said, privacy, how)
    assert places == set(Place), "a new place has to be walked here"
    missing = {one for one in Asked if QUESTIONS[one].text.split("。")[0] not in asked}
    assert not missing, "a new question has to be walked here"


def test_earphone_says_what_the_others_keep() -> None:
    """Else the walk above would prove nothing: each secret is there to be heard."""
    heard = "".join(
        said.text + "".join(phrase.kana for phrase in said.phrases)
        for _, _, said in walked(Privacy.EARPHONE, [Key.ENTER])
    )
    assert not [secret for secret in (*NAMES, *VALUES, *TYPED) if secret not in heard]
    assert RECEPTION.text in heard


REASONS_TOLD = sorted(REASONS)
FRESH = [
    *(dataclasses.replace(HANAKO, check_id="new", number=8, validity=validity) for validity in Validity),
    *(DeskPatient("new", 8, MORNING, "例示　凛", "ﾚｲｼﾞ ﾘﾝ", reason=code, is_waiting=True) for code in REASONS_TOLD),
    dataclasses.replace(HANAKO, check_id="new", number=8, changes=tuple(ChangeKind)),
    dataclasses.replace(HANAKO, check_id="new", number=8, is_share_by_law=True),
    DeskPatient("new", 8, MORNING, "例示　凛", "ﾚｲｼﾞ ﾘﾝ", is_seen_at_counter=True),
]


@pytest.mark.parametrize("privacy", [Privacy.SPEAKER, Privacy.SOUND])
def test_no_news_says_more_than_the_level_allows(privacy: Privacy) -> None:
    for one in FRESH:
        source = HandSource()
        someone = Listener(source, DeskSettings(privacy=privacy))
        source.arrive(one)
        said = someone.news()
        demand_private(said, privacy, f"{one}")
        assert said.earcon is not None
        assert said.braille
        if privacy is Privacy.SOUND:
            assert said.phrases == ()
        demand_private(someone.keys("Enter"), privacy, f"Enter after {one}")
        demand_private(someone.keys("1"), privacy, f"1 after {one}")
        if one.validity is not None:
            continue
        source.change(requests=(DeskRequest("new", "new", "受付1", one.reason, MORNING),))
        someone = Listener(HandSource(), DeskSettings(privacy=privacy))
        someone.source.kept = source.kept
        said = someone.news()
        demand_private(said, privacy, f"request of {one}")
        demand_private(someone.keys("Enter"), privacy, f"Enter after request of {one}")


@pytest.mark.parametrize("privacy", [Privacy.SPEAKER, Privacy.SOUND])
def test_late_answers_name_nobody(privacy: Privacy) -> None:
    for validity in Validity:
        source = rich_day()
        someone = Listener(source, DeskSettings(privacy=privacy))
        source.answers["urgent"] = dataclasses.replace(HANAKO, at=MORNING.replace(day=20), number=7, validity=validity)
        source.change(pending=PENDING[:1])
        demand_private(someone.news(), privacy, str(validity))


def test_every_event_is_told_at_every_level_by_sound_and_braille() -> None:
    for event in set(ANNOUNCED) - {DeskEvent.MANY}:
        said = Listener(HandSource(), DeskSettings(privacy=Privacy.SOUND)).desk.tell(event)
        assert isinstance(said.earcon, Earcon)
        assert said.braille


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("6 Enter", "2 タイオーズミ カクウ ジロウ"),
        ("/ 3 Enter", "3 ホンニン カクニン"),
        ("6 / 8 Enter", "2 タントウ ハズス カクウ ジロウ"),
        ("/ 4 6 2 2 2 Enter", "7 トジル レイジ リン"),
        ("/ 4 6 2 Enter Enter", "7 1 カクニン ズミ スガワラ ハナコ"),
    ],
)
def test_sound_alone_asks_with_the_number_and_the_braille_line_says_whom(keys: str, line: str) -> None:
    someone = Listener(rich_day(), DeskSettings(privacy=Privacy.SOUND))
    said = someone.keys(keys)
    assert said.braille == line
    assert said.text.endswith("もう一度 決定。")
    assert f"受付番号 {line.split()[0]}" in said.text
    assert not any(name in said.text for name in NAMES)
    spoken = Listener(rich_day(), DeskSettings(privacy=Privacy.SPEAKER)).keys(keys)
    assert spoken.text == said.text
    assert spoken.braille == line


def test_typing_ticks_where_others_hear_and_says_once_why() -> None:
    someone = Listener(rich_day(), DeskSettings(privacy=Privacy.SPEAKER))
    first = someone.keys("/ 1 3")
    assert (first.earcon, first.text) == (Earcon.KEY, "声に 出しません。イヤホンの ときだけ 読みます。")
    typed = someone.keys("3")
    assert (typed.earcon, typed.text, typed.braille) == (Earcon.KEY, "", "ス")
    assert someone.hears(".") == "消しました。"
    assert someone.keys("8 5").earcon is Earcon.END


def test_every_field_is_kept_but_the_verdict() -> None:
    for privacy, told in ((Privacy.SPEAKER, {Item.VERDICT}), (Privacy.SOUND, set[Item]())):
        someone = Listener(HandSource(HANAKO), DeskSettings(privacy=privacy))
        kept = [item for item in Item if "声に 出しません" in someone.hears("2")]
        assert set(Item) - set(kept) == told
    assert SHEET.number
