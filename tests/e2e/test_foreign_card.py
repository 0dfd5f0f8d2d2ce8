"""Cards and people that are none of ours: a file of people, a trusted authority, and another program's card."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.eligibility.ports import Outcome
from app.sandbox.plug_client import card_status, plug_socket
from tests.box.processes import wait_until_none_names
from tests.e2e.clinic import log_in
from tests.e2e.demo_process import ROOT, demo_arguments, run_app, running_demo
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import KioskPage
from tests.e2e.own_card import OwnAuthority, OwnCard
from tests.e2e.visits import newest

PIN = "5937"
LISTED = {"name": "loan-card", "purpose": "a card of ours among strangers", "pin": "8426"}


@dataclass(frozen=True)
class World:
    """Files that the demo is given, and the cards that belong to them."""

    people: Path
    trust: Path
    by_certificate: OwnCard
    by_key: OwnCard
    unknown: OwnCard
    untrusted: OwnCard


def person(name: str, family: str, number: str, **found_by: object) -> dict[str, object]:
    """One entry of the people file, valid with one qualification."""
    qualification = {
        "InsuredCardClassification": "01",
        "InsurerNumber": "06489999",
        "InsuredCardSymbol": "他７",
        "InsuredIdentificationNumber": number,
        "InsuredBranchNumber": "00",
        "Name": f"{family}　次郎",
        "NameKana": "ﾀｼｬ ｼﾞﾛｳ",
        "Sex1": "1",
        "Birthdate": "19781123",
        "InsurerName": "架空市他社健康保険組合",
    }
    answer = {"validity": "1", "qualifications": [qualification]}
    return {"name": name, "purpose": "a card of another maker", "answer": answer, **found_by}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("another-maker")
    trusted, stranger = OwnAuthority(), OwnAuthority()
    by_certificate, by_key, unknown = (trusted.issue(0x20000000 + place, PIN) for place in range(3))
    untrusted = stranger.issue(0x20000009, PIN)
    people = [
        person("found-by-certificate", "他社証", "0071001", certificate_sha256=[by_certificate.certificate_sha256]),
        person("found-by-key", "他社鍵", "0071002", public_key_sha256=[by_key.public_key_sha256]),
        person("named-but-untrusted", "他社外", "0071003", public_key_sha256=[untrusted.public_key_sha256]),
        person(
            LISTED["name"],
            "他社貸",
            "0071004",
            card={"kind": "my_number", "pin": LISTED["pin"], "attempts": 3, "certificate": "valid", "faults": []},
        )
        | {"purpose": LISTED["purpose"]},
    ]
    (folder / "people.json").write_text(json.dumps({"format": 1, "people": people}), "utf-8")
    (folder / "trust.pem").write_bytes(trusted.pem)
    return World(folder / "people.json", folder / "trust.pem", by_certificate, by_key, unknown, untrusted)


def refused_start(state: Path, **files: str) -> str:
    """Start a demo that must not come up; returns what it said."""
    arguments = demo_arguments(state, **files)
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    wait_until_none_names(str(state))
    return done.stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "is not JSON: line 1, column 2"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b'{"format": 2, "people": []}', "format: expected the number 1"),
        (b'{"format": 1, "people": []}', "people: expected a list of at least one person"),
        (b'{"format": 1, "people": [{"name": "a", "purpose": "b"}]}', "person 'a', card: expected a card, or a way"),
        (
            b'{"format": 1, "people": [{"name": "a", "purpose": "b", "certificate_sha256": ["12"]}]}',
            "person 'a', certificate_sha256: expected a SHA-256 as 64 hexadecimal digits",
        ),
    ],
)
def test_malformed_people_file_ends_the_demo_with_one_sentence(
    no_pcscd: None, tmp_path: Path, content: bytes, sentence: str
) -> None:
    people = tmp_path / "people.json"
    people.write_bytes(content)
    said = refused_start(tmp_path / "state", people=str(people)).splitlines()
    assert len(said) == 1
    assert said[0].startswith(f"uketsuke demo: {people}: ")
    assert sentence in said[0]


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"no certificate",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    ],
)
def test_malformed_trust_file_ends_the_demo_with_one_sentence(
    no_pcscd: None, tmp_path: Path, content: bytes | None
) -> None:
    trust = tmp_path / "trust.pem"
    if content is not None:
        trust.write_bytes(content)
    said = refused_start(tmp_path / "state", trust=str(trust)).splitlines()
    assert len(said) == 1
    assert said[0].startswith("uketsuke demo: ")
    assert str(trust) in said[0]
    assert ("there is no such file" if content is None else "PEM certificates") in said[0]


def test_trust_that_is_no_authority_ends_the_demo_with_one_sentence(
    no_pcscd: None, tmp_path: Path, world: World
) -> None:
    trust = tmp_path / "trust.pem"
    trust.write_bytes(world.by_key.certificate_pem)
    (said,) = refused_start(tmp_path / "state", trust=str(trust)).splitlines()
    assert said.startswith(f"uketsuke demo: --trust {trust}: certificate 1 is not that of a CA")
    (said,) = refused_start(tmp_path / "state", trust=str(tmp_path)).splitlines()
    assert said.startswith(f"uketsuke demo: --trust {tmp_path} is a folder")


@pytest.fixture(scope="module")
def demo(no_pcscd: None, world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    state = tmp_path_factory.mktemp("demo") / "state"
    with running_demo(state, people=str(world.people), trust=str(world.trust)) as running:
        yield Demo(running)


@pytest.fixture(scope="module")
def staff(demo: Demo, browser: Browser) -> Page:
    """A staff page over https, after a real log-in."""
    page = browser.new_context().new_page()
    log_in(demo, page)
    return page


def visit(demo: Demo, kiosk: KioskPage, card: OwnCard, screen: str) -> None:
    with card.lying_on(demo.facts["reader_port"]):
        kiosk.expect("pin")
        kiosk.type(PIN)
        kiosk.expect(screen)
        assert (card.verifies, card.signatures) == (1, 1)
    kiosk.home()


@pytest.mark.parametrize(
    ("card", "name", "number"),
    [("by_certificate", "他社証　次郎", "0071001"), ("by_key", "他社鍵　次郎", "0071002")],
)
def test_card_of_another_maker_is_accepted_and_its_person_stands_on_the_board(
    demo: Demo, kiosk: KioskPage, staff: Page, world: World, card: str, name: str, number: str
) -> None:
    lines = staff.locator("#board-panel li.line")
    before = lines.count()
    visit(demo, kiosk, getattr(world, card), "accepted")
    expect(lines).to_have_count(before + 1)
    expect(lines.first).to_contain_text(name)
    detail = staff.context.new_page()
    detail.goto(demo.staff_url.rstrip("/") + str(lines.first.locator("a").first.get_attribute("href")))
    expect(detail.locator("main")).to_contain_text(number)
    detail.close()
    assert newest(demo).outcome is Outcome.ACCEPTED


def test_trusted_card_of_nobody_in_the_file_goes_to_the_counter(demo: Demo, kiosk: KioskPage, world: World) -> None:
    visit(demo, kiosk, world.unknown, "counter")
    row = newest(demo)
    assert (row.outcome, row.reason, row.name) == (Outcome.COUNTER, "check.not_valid", None)


def test_card_of_an_untrusted_authority_goes_to_the_counter_though_its_person_is_known(
    demo: Demo, kiosk: KioskPage, staff: Page, world: World
) -> None:
    visit(demo, kiosk, world.untrusted, "counter")
    row = newest(demo)
    assert (row.outcome, row.reason, row.name, row.is_waiting) == (Outcome.COUNTER, "gateway.refused", None, True)
    expect(staff.locator("#board-panel")).not_to_contain_text("他社外")


def test_tap_lists_the_people_of_the_running_demo(demo: Demo, kiosk: KioskPage, world: World) -> None:
    place = ("--state", str(demo.state))
    for chosen in (place, ("--people", str(world.people))):
        done = run_app("tap", "--list", "--json", *chosen)
        assert (done.returncode, json.loads(done.stdout)) == (0, [LISTED]), done.stderr
    assert run_app("tap", "employee", *place).returncode == 1
    assert run_app("tap", LISTED["name"], *place).returncode == 0
    kiosk.expect("pin")
    kiosk.type(LISTED["pin"])
    kiosk.expect("accepted")
    assert newest(demo).name == "他社貸　次郎"


def test_a_sample_card_is_not_said_to_lie_where_another_programs_card_does(
    demo: Demo, kiosk: KioskPage, world: World
) -> None:
    place = ("--state", str(demo.state))
    with world.by_key.lying_on(demo.facts["reader_port"]):
        kiosk.expect("pin")
        done = run_app("tap", "loan-card", *place)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "uketsuke tap: the reader holds another program's card; take that one off first.\n"
        assert card_status(plug_socket(demo.state)).card is None
        kiosk.expect("pin")
    kiosk.home()
    done = run_app("tap", "loan-card", *place)
    assert (done.returncode, done.stdout) == (0, "loan-card lies on the reader.\n")
    kiosk.expect("pin")
    demo.lift()
    kiosk.home()
