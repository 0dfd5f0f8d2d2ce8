"""One person's data and typed words through everything that staff can do, then a search of all places for them."""

from __future__ import annotations

import os
import re
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from app.box.ports import free_port
from app.clock import TOKYO
from app.eligibility.model import Validity
from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.store.checks import CheckKeeper
from app.store.events import Waker
from app.store.people import add_staff
from tests.e2e.clinic import log_in_by_page
from tests.e2e.demo_process import run_app, running_demo
from tests.e2e.demo_stack import Demo
from tests.e2e.ears import Ears
from tests.store.support import accepted, answer, person, waiting

NAME, KANA, NUMBER = "金糸雀　囀子", "ｶﾅﾘﾔ ｻｴｽﾞﾘｺ", "90817263"
ADDRESS = "試験県架空市囀り台４－５－６"
OF_A_PERSON = (NAME, "金糸雀", KANA, NUMBER, ADDRESS, "かなりや")
TYPED = ("緊急の囀りで確かめられず", "籠に関するメモ", "金糸雀　手書子", "20817261")
STAFF, PASSPHRASE = "架空 四郎", "とても長い 囀りの 合い言葉 です"
BIRTHDAY = "S31.10.17"
BORN = (BIRTHDAY, "昭和31年10月17日", "1956年10月17日", "19561017", "1956-10-17", "1956/10/17")
"""As typed, as pages show it in both calendars, and as stores, files and answers write it."""


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("canary")
    port = free_port()
    with running_demo(folder / "state", {"KIOSK_METRICS_PORT": str(port)}) as running:
        demo = Demo(running)
        demo.facts["metrics"] = f"http://127.0.0.1:{port}/metrics"
        yield demo


def fill_the_day(demo: Demo) -> None:
    now = datetime.now(TOKYO)
    one = person(name=NAME, name_kana=KANA, number=NUMBER, address=ADDRESS, birthdate=BORN[3])
    with closing(demo.open_store()) as store:
        keeper = CheckKeeper(store, Waker(demo.state / "run" / "wake.sock").wake)
        add_staff(store, STAFF, PASSPHRASE, now, Role.OWNER)
        keeper.record(accepted("fine", at=now, result=answer(one)))
        lost = {"outcome": Outcome.COUNTER, "reason": "check.not_valid"}
        keeper.record(accepted("lost", at=now, result=answer(one, validity=Validity.INVALID), **lost))
        keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout", at=now - timedelta(minutes=5)))


def work_a_day(page: Page, url: str, folder: Path) -> set[str]:
    """Use every page that shows or takes a person's data; returns the secrets that were shown once."""
    secrets: set[str] = set()
    page.locator("#find").fill("かなりや")
    page.locator("#find").press("Enter")
    expect(page.get_by_role("link", name=NAME).first).to_be_visible()
    with page.expect_download() as saving:
        page.get_by_role("button", name="CSVを保存").click()
    saving.value.save_as(folder / "found.csv")
    page.goto(url + "checks/fine")
    page.get_by_role("button", name=re.compile("すべてコピー")).first.click()
    expect(page.locator("#status")).to_contain_text("コピー")
    page.goto(url + "checks/fine/print")
    expect(page.get_by_text(NAME).first).to_be_visible()
    page.goto(url + "fallback/emergency?for=lost")
    page.get_by_label("緊急の理由").fill(TYPED[0])
    page.get_by_role("button", name="内容を確かめる").click()
    page.locator("#keep").click()
    expect(page.get_by_text(TYPED[0]).first).to_be_visible()
    page.goto(url + "fallback/certificate")
    page.get_by_label("保険者番号").fill("33120015")
    page.get_by_label("番号", exact=True).fill(TYPED[3])
    page.get_by_label("氏名", exact=True).fill(TYPED[2])
    page.get_by_label("生年月日").fill(BIRTHDAY)
    page.get_by_role("button", name="内容を確かめる").click()
    page.locator("#keep").click()
    expect(page.get_by_role("heading", name="資格情報")).to_be_visible()
    page.goto(url + "pending/out")
    page.get_by_label("氏名・カナ・番号でしぼる").fill("金糸雀")
    page.get_by_role("button", name="しぼる").click()
    page.locator("input[name=reason]").first.check()
    page.get_by_label("メモ（なくてもよい）").fill(TYPED[1])
    page.get_by_role("button", name="閉じる", exact=True).click()
    expect(page.get_by_role("heading", name="あとで確認")).to_be_visible()
    page.goto(url + "settings/own")
    page.locator("#second-factor").get_by_label("合言葉").fill(PASSPHRASE)
    page.get_by_role("button", name="準備する").click()
    secret = page.locator("#second-factor .secret code").inner_text()
    page.wait_for_load_state()  # its address names a part of the page, which takes the focus when all is there
    page.get_by_label("6けたの数字").fill(pyotp.TOTP(secret.replace(" ", "")).now())
    page.get_by_label("6けたの数字").press("Enter")
    expect(page.locator(".codes code")).to_have_count(10)
    secrets |= {secret, secret.replace(" ", ""), *page.locator(".codes code").all_inner_texts()}
    page.goto(url + "settings/keeping")
    page.get_by_role("button", name=re.compile("控えを")).first.click()
    page.wait_for_load_state()
    return secrets


def told_elsewhere(demo: Demo, page: Page, folder: Path) -> str:
    """What pages without persons, the demo itself, commands, figures and files outside say."""
    told = []
    for path in (
        "audit", "numbers", "visual", "fallback", "device", "settings", "settings/method", "settings/people",
        "settings/sessions", "settings/keeping",
    ):  # fmt: skip
        answer = page.goto(demo.staff_url + path)
        assert answer is not None
        assert answer.status == 200, path
        told.append(page.content())
    page.goto(demo.staff_url + "audit")
    with page.expect_download() as saving:
        page.get_by_role("button", name="書き出す").click()
    saving.value.save_as(folder / "sheet.csv")
    told.append((folder / "sheet.csv").read_text("utf-8-sig"))
    with urllib.request.urlopen(demo.facts["metrics"], timeout=30) as reply:  # noqa: S310 - our own address
        told.append(reply.read().decode())
    today = datetime.now(TOKYO).date().isoformat()
    state = ("--state", str(demo.state))
    for command in (
        ("doctor", *state), ("backup", "--to", str(folder / "copies"), *state), ("backup", "--list", *state),
        ("purge", "--dry-run", *state), ("audit", "verify", *state),
        ("audit", "export", "--from", today, "--to", today, *state),
    ):  # fmt: skip
        done = run_app(*command)
        assert "Traceback" not in done.stderr
        told += [done.stdout, done.stderr]
    told += demo.running.errors
    return "\n".join(told)


def test_nothing_of_a_person_leaves_the_store_and_the_pages_meant_for_it(
    demo: Demo, browser: Browser, tmp_path: Path
) -> None:
    fill_the_day(demo)
    page = browser.new_context(accept_downloads=True, permissions=["clipboard-write"]).new_page()
    ears = Ears(page)
    log_in_by_page(demo, page, STAFF, PASSPHRASE)
    secrets = work_a_day(page, demo.staff_url, tmp_path)
    assert any(NAME in text for text in ears.received), "the search itself must be able to find a name"
    assert NAME in (tmp_path / "found.csv").read_text("utf-8-sig"), "who may export gets the name"
    assert len(secrets) == 12
    told = told_elsewhere(demo, page, tmp_path)
    assert STAFF in told, "these pages do say something"
    hidden = {*OF_A_PERSON, *TYPED, *BORN, PASSPHRASE, *secrets}
    for text in hidden:
        assert text not in told, "pages without persons, commands or figures tell it"
        assert text not in "\n".join(ears.addresses), "an address holds it"
    (tmp_path / "found.csv").unlink()
    places = [demo.state, tmp_path, *new_in_temp(demo)]
    searched = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert {"uketsuke.db", "staff.log", "heads.log"} <= {path.name for path in searched}
    assert any(path.parent.name == "copies" for path in searched), "a backup outside is searched too"
    for path in searched:
        content = b""
        with suppress(FileNotFoundError):  # a journal that was just taken in
            content = path.read_bytes()
        for text in hidden:
            assert text not in str(path)
            for encoding in ("utf-8", "cp932", "utf-16-le"):
                needle = text.encode(encoding, "ignore")
                assert len(needle) < 6 or needle not in content, (path, encoding)


def new_in_temp(demo: Demo) -> list[Path]:
    """Folders that the product's processes may have left in the system's own place for them."""
    began = os.stat(f"/proc/{demo.running.process.pid}").st_ctime
    temp = Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108 - looked at, not written
    return [one for one in temp.glob("uketsuke*") if one.is_dir() and one.stat().st_mtime >= began]
