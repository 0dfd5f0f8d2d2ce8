"""Which passphrases may be used."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.passphrase import MAX_PASSPHRASE, MIN_PASSPHRASE, Weakness, weakness_of
from app.store.passphrases import common_passphrases, new_passphrase
from tests.store.support import patient

COMMON = common_passphrases()
NAME = "試験 花子"


def judged(passphrase: str) -> Weakness | None:
    return weakness_of(passphrase, COMMON, [NAME])


@pytest.mark.parametrize(
    "passphrase",
    [
        "correct horse battery staple",
        "私は毎朝六時に犬と川沿いを歩く",
        "試験用の とても長い 合言葉 です",
        "😀😁😂🤣😃😄😅😆😉😊😋😎😍😘🥰",
        'm#x9 W!q$ &2L% *zT^ "',
        " 前と後ろの空白もそのまま使えます ",
        "k7pmd-x2qat-9wz4h-tr6uc",
        "長い" * 3 + "合言葉でも、ほかのことばが混ざればよい",
    ],
)
def test_any_signs_may_make_a_good_passphrase(passphrase: str) -> None:
    assert judged(passphrase) is None


@pytest.mark.parametrize(
    "passphrase",
    [
        "passwordpassword",
        "P@ssw0rd12345678",
        "password1!password2!",
        "qwertyuiopasdfgh",
        "1qaz2wsx3edc4rfv",
        "aaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "123456789012345",
        "2026112220261122",
        "uketsuke-clinic-2026",
        "UKETSUKE_uketsuke_001",
        "試験花子試験花子試験花子試験花子",
        "試験 花子 2026 受付受付",
        "あいうえおかきくけこさしすせそ",
        "アイウエオカキクケコサシスセソ",
        "ありがとうございますありがとう",
        "マイナンバーカードマイナンバーカード",
        "パスワードパスワードパスワード",
        "接骨院・接骨院・接骨院・接骨院",
    ],
)
def test_what_a_program_tries_first_is_refused(passphrase: str) -> None:
    assert judged(passphrase) is Weakness.GUESSABLE


@pytest.mark.parametrize(
    "text",
    ["長いことばを四つ以上ならべるとよいのですが", "😀😁😂🤣😃😄😅😆😉😊😋😎😍😘🥰😇🙂", "ｱｲﾁｶﾞﾂﾉｱｻ ﾕｷｶﾞﾌﾘ ｲﾇﾊﾈﾃｲﾀ"],
)
def test_length_counts_characters_and_not_bytes(text: str) -> None:
    assert judged(text[: MIN_PASSPHRASE - 1]) is Weakness.TOO_SHORT
    assert judged((text * 20)[: MAX_PASSPHRASE * 2]) in (Weakness.TOO_LONG, Weakness.GUESSABLE)


def test_the_bounds_are_exact() -> None:
    letters = "".join(chr(0x4E00 + 7 * place) for place in range(MAX_PASSPHRASE + 1))
    assert judged(letters[: MIN_PASSPHRASE - 1]) is Weakness.TOO_SHORT
    assert judged(letters[:MIN_PASSPHRASE]) is None
    assert judged(letters[:MAX_PASSPHRASE]) is None
    assert judged(letters) is Weakness.TOO_LONG
    assert judged("ｶﾞ" * 8) is Weakness.TOO_SHORT, "half-width voiced kana are one character each"


@patient
@given(st.text(max_size=300))
def test_every_text_is_judged_in_time(passphrase: str) -> None:
    start = time.thread_time()
    judged(passphrase)
    assert time.thread_time() - start < 10.0


@patient
@given(st.sampled_from(sorted(COMMON)[::50]), st.integers(2, 30))
def test_a_common_password_repeated_stays_common(word: str, times: int) -> None:
    assert judged(word * times) is not None


def test_a_generated_passphrase_is_always_good() -> None:
    made = {new_passphrase() for _ in range(50)}
    assert len(made) == 50
    assert {judged(passphrase) for passphrase in made} == {None}


def test_the_list_stands_beside_its_licence() -> None:
    from app.store import passphrases

    assert len(COMMON) > 10_000
    assert passphrases._LIST.with_name("common-passphrases-LICENSE.txt").read_text().count("MIT License")
