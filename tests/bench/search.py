"""資格確認結果検索 over many kept checks, in an encrypted store of invented people."""

from __future__ import annotations

import contextlib
import os
import random
import tempfile
import time
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path

from app.clock import TOKYO
from app.eligibility.model import Qualification
from app.eligibility.people import Role
from app.eligibility.retention import visible_until
from app.eligibility.search_query import read_query
from app.kernel_clock import KernelClock
from app.store.database import Store
from app.store.files import create_key
from app.store.housekeeping import Housekeeper
from app.store.migrate import migrate
from app.store.people import add_staff
from app.store.search import export_checks, find_checks
from app.store.search_keys import entry_id, key_texts
from app.store.sessions import start_session
from app.store.values import to_text, tokyo_day
from app.web.staff.server import create_staff_app
from app.web.staff.session import COOKIE
from app.wiring_staff import PANELS, StoreDesk
from tests.bench.figures import Bar, heading, line
from tests.store.support import HandClock
from tests.web.staff_site import Browser, settings_in

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=TOKYO)
FIRST = datetime(2026, 10, 1, 8, 0, tzinfo=TOKYO)
BATCH = 20_000

FRONT = (
    "架カ 空ソラ 試シ 験ケン 仮カリ 見ミ 模モ 型カタ 例レイ 練レン 習シュウ 想ソウ 像ゾウ "
    "夢ユメ 幻マボロシ 霞カスミ 虹ニジ 雲クモ 星ホシ 月ツキ 髙タカ 﨑サキ 邊ナベ 澤サワ 齋サイ"
)
BACK = (
    "山ヤマ 川カワ 田タ 野ノ 原ハラ 木キ 村ムラ 島シマ 谷タニ 口グチ 本モト 沢サワ 崎サキ "
    "橋ハシ 辺ベ 井イ 浜ハマ 林バヤシ 森モリ 池イケ 丘オカ 岸ギシ 里サト 坂サカ 塚ヅカ"
)
GIVEN = (
    "花ハナ 実ミ 太タ 一イチ 二ジ 三ゾウ 愛アイ 結ユ 陽ヨウ 美ミ 子コ 郎ロウ 恵エ "
    "菜ナ 香カ 介スケ 斗ト 人ト 代ヨ 乃ノ 平ヘイ 吉キチ 彦ヒコ 江エ 音ネ"
)


def measure_search(count: int, limit_ms: float, tries: int = 60) -> list[str]:
    """Build a store of ``count`` checks, ask it every kind of question; return the report's lines."""
    with tempfile.TemporaryDirectory(prefix="uketsuke-search-") as folder:
        started = time.monotonic()
        store = build_store(Path(folder), count)
        built_s = time.monotonic() - started
        size_mib = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 2**20
        about = f"built in {built_s:.0f} s, {size_mib:.0f} MiB, load {os.getloadavg()[0]:.1f}"
        lines = [heading(f"Search over {count:,} kept checks ({about})")]
        with contextlib.closing(store):
            questions = _questions(count, tries)
            for kind, texts in questions.items():
                spent, found = [], 0
                for text in texts:
                    started = time.perf_counter()
                    page = find_checks(store, read_query(text, NOW.date()), NOW)
                    spent.append((time.perf_counter() - started) * 1000)
                    found += page.count
                mean = found / len(texts)
                lines.append(line(f"  {kind} ({mean:.0f} found on average)", spent, bar=Bar(limit_ms)))
            lines += _pages(store, Path(folder), questions)
            lines.append(_export(store))
    return lines


def build_store(folder: Path, count: int) -> Store:
    """Return an encrypted store with ``count`` accepted checks of two months, all of them still visible."""
    path, key_file = folder / "store" / "uketsuke.db", folder / "store.key"
    key = create_key(key_file)
    migrate(path, key)
    store = Store(path, key)
    step = (NOW - FIRST) / count
    for start in range(0, count, BATCH):
        checks, people, entries, keys = [], [], [], []
        for index in range(start, min(start + BATCH, count)):
            at, person = FIRST + index * step, invented(index)
            check_id, number = f"bench-{index:032x}", entry_id(at) + index % 4096
            shown = to_text(at)
            checks.append(
                (check_id, shown, shown, tokyo_day(at), index + 1, to_text(visible_until(at)), shown, shown[:10])
            )
            people.append(
                (check_id, person.insurer_number, person.symbol, person.number, person.branch_number, person.name,
                 person.name_kana, person.birthdate, person.address)
            )  # fmt: skip
            entries.append((number, check_id))
            keys.append((number, *key_texts(at, (person,))))
        with store.writing() as db:
            db.conn.executemany(
                "INSERT INTO checks (check_id, kiosk, card_epoch, outcome, method, opened_at, decided_at,"
                " reception_day, reception_number, visible_until, result_source, result_processed_at,"
                " result_confirmed_on, result_validity, result_reference_classification, result_institution_code)"
                " VALUES (?, '受付1', 1, 'accepted', 'pin', ?, ?, ?, ?, ?, 'online', ?, ?, '1', '1', '4890000001')",
                checks,
            )
            db.conn.executemany(
                "INSERT INTO qualifications (check_id, position, card_classification, contribution_ratio,"
                " insurer_number, symbol, number, branch_number, name, name_kana, birthdate, address)"
                " VALUES (?, 0, '01', '030', ?, ?, ?, ?, ?, ?, ?, ?)",
                people,
            )
            db.conn.executemany("INSERT INTO search_entries (id, check_id) VALUES (?, ?)", entries)
            db.conn.executemany("INSERT INTO search_keys (id, name, number, born, day) VALUES (?, ?, ?, ?, ?)", keys)
    return store


def invented(index: int) -> Qualification:
    """Somebody whose name looks made up; some names are far more common than others, as names are."""
    chance = random.Random(index)
    family, family_kana = _joined(chance, FRONT.split(), BACK.split())
    given, given_kana = _joined(chance, GIVEN.split(), GIVEN.split())
    return Qualification(
        insurer_number=f"0648{chance.randrange(200):04d}",
        symbol=str(chance.randrange(1, 5000)),
        number=f"{index:08d}",
        branch_number=f"{chance.randrange(4):02d}",
        name=f"{family}　{given}",
        name_kana=f"{family_kana}　{given_kana}",
        birthdate=f"{1930 + chance.randrange(90)}{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}",
        address="試験県架空市１－２－３",
    )


def _joined(chance: random.Random, front: list[str], back: list[str]) -> tuple[str, str]:
    first, last = (parts[min(int(chance.expovariate(0.15)), len(parts) - 1)] for parts in (front, back))
    return first[0] + last[0], first[1:] + last[1:]


def _questions(count: int, tries: int) -> dict[str, list[str]]:
    chance = random.Random(7)
    people = [(index, invented(index)) for index in (chance.randrange(count) for _ in range(tries))]
    kanas = [(person.name_kana or "").split("　") for _, person in people]
    kanji = [(person.name or "").split("　") for _, person in people]
    births = [person.birthdate or "" for _, person in people]
    days = [FIRST + timedelta(days=chance.randrange(50)) for _ in people]
    return {
        "kana, one sign": [kana[0][0] for kana in kanas],
        "kana, beginning": [kana[0][:3] for kana in kanas],
        "kana, two signs inside": [kana[1][-2:] for kana in kanas],
        "kana in half width, whole name": [f"{_half(kana[0])} {_half(kana[1])}" for kana in kanas],
        "kanji, two signs": [name[0] for name in kanji],
        "kanji, whole name": [" ".join(name) for name in kanji],
        "two common parts, nobody has both": [f"{a[0]} {b[0]}" for a, b in zip(kanas, reversed(kanas), strict=True)],
        "nobody": [f"{kana[0][:2]}ヌヌ{number}" for number, kana in enumerate(kanas)],
        "number": [f"{index:08d}" for index, _ in people],
        "number with separators": [f"{index // 10000:04d}-{index % 10000:04d}" for index, _ in people],
        "insurer's number": [str(person.insurer_number) for _, person in people],
        "birthday, western": [f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in births],
        "birthday, eight digits": births,
        "birthday, 和暦": [
            f"S{int(day[:4]) - 1925}.{int(day[4:6])}.{int(day[6:])}" for day in births if "1930" < day < "1989"
        ],
        "one day": [f"{day:%Y-%m-%d}" for day in days],
        "range of days": [f"{day:%-m/%-d}-{day + timedelta(days=6):%-m/%-d}" for day in days],
        "a month": ["先月", "今月"] * (tries // 2),
        "kana and a range of days": [
            f"{kana[0][:2]} {day:%-m/%-d}-{day + timedelta(days=6):%-m/%-d}"
            for kana, day in zip(kanas, days, strict=True)
        ],
        "kana and a birthday": [f"{kana[0]} {day}" for kana, day in zip(kanas, births, strict=True)],
    }


def _half(kana: str) -> str:
    full = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンュョ"
    half = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝｭｮ"
    narrow = {**dict(zip(full, half, strict=True)), "\u3099": "ﾞ", "\u309a": "ﾟ"}
    return "".join(narrow.get(sign, sign) for sign in unicodedata.normalize("NFD", kana))


def _pages(store: Store, folder: Path, questions: dict[str, list[str]]) -> list[str]:
    """What staff wait for: the search is noted durably, then the page of its results is drawn; no network, no TLS."""
    clock = HandClock(NOW)
    member = add_staff(store, "試験 花子", "試験用の とても長い 合言葉 です", NOW, Role.VIEWER)
    keeper = Housekeeper(store, clock, KernelClock(), lambda: None, takes_clock_on_faith=True)
    desk = StoreDesk(store, lambda: None)
    app = create_staff_app(settings_in(folder), desk, clock, lambda _: None, PANELS, keeper, lambda _: None)
    browser = Browser(app.test_client(), "192.0.2.10")
    browser.client.set_cookie(COOKIE, start_session(store, member.staff_id, NOW), domain="uketsuke.local")
    browser.get("/search")
    asked, drawn = [], []
    for text in (text for texts in questions.values() for text in texts[:: max(1, len(texts) // 10)]):
        clock.time += timedelta(seconds=3)  # nobody types faster, and a person's searches are bounded
        started = time.perf_counter()
        answer = browser.post("/search", {"q": text})
        answered = time.perf_counter()
        page = browser.get(answer.headers["Location"])
        finished = time.perf_counter()
        assert (answer.status_code, page.status_code) == (303, 200), text
        asked.append((finished - started) * 1000)
        drawn.append((finished - answered) * 1000)
    return [
        line("  the page: from the search sent to its results drawn", asked),
        line("  the page again: back from a record", drawn),
    ]


def _export(store: Store) -> str:
    spent = []
    for _ in range(3):
        started = time.perf_counter()
        export_checks(store, read_query("先月", NOW.date()), NOW, 10_000)
        spent.append((time.perf_counter() - started) * 1000)
    return line("  export of at most 10,000 checks", spent)
