"""What 音声端末モード keeps of a session: all of it as long as the session lasts, and nothing afterwards."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.speech.desk import Desk
from app.store.people import (
    StaffMember,
    add_staff,
    change_passphrase,
    change_role,
    disable_staff,
    reset_passphrase,
)
from app.store.sessions import SESSION_LENGTH, end_public_session, list_sessions
from app.web.staff.voice_openings import MOST, OF_A_SESSION, Openings
from app.web.staff.voice_sounds import SoundShelf
from tests.speech.counter_keys import NAME as KANA
from tests.speech.counter_keys import alone
from tests.speech.desk_day import HandSource, PlainReader
from tests.store.support import MORNING, HandClock, waiting
from tests.web.staff_site import PASSPHRASE, Site
from tests.web.voice_site import Listening

ENTRY = f"/ * 4 {KANA} Enter"
OTHER_PASSPHRASE = PASSPHRASE + "別"


@pytest.fixture
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))  # short: a socket's path must fit
    made = Site(folder)
    yield made
    made.store.close()
    shutil.rmtree(folder)


def desks(site: Site) -> int:
    """How many desks of this clinic are in memory."""
    gc.collect()
    found = [one for one in gc.get_objects() if isinstance(one, Desk)]
    return sum(getattr(one.source, "_store", None) is site.store for one in found)


def look_who_is_gone(site: Site) -> None:
    for call in site.at_ends:
        call()


@pytest.mark.parametrize("hours", [0.2, 1.1, 11.9])
def test_whoever_unlocks_finds_the_entry_and_hears_what_came_however_long_it_was(site: Site, hours: float) -> None:
    someone = Listening(site)
    someone.press(ENTRY)
    someone.browser.post("/lock", {})
    site.clock.move(hours * 3600)
    look_who_is_gone(site)
    site.keeper.record(waiting("w", Outcome.COUNTER, reason="card.unreadable"))
    assert someone.browser.post("/unlock", {"passphrase": PASSPHRASE}).status_code == 303
    assert "受付番号 1" in (someone.news() or "")
    someone.press("/ *")
    assert "つづき" in someone.said
    assert someone.press("Enter").startswith("生年月日")


def by_logging_out(site: Site, someone: Listening, _member: StaffMember) -> None:
    someone.browser.post("/logout", {})


def by_time(site: Site, _someone: Listening, _member: StaffMember) -> None:
    site.clock.move(SESSION_LENGTH.total_seconds() + 1)


def from_the_list(site: Site, _someone: Listening, member: StaffMember) -> None:
    (session,) = list_sessions(site.store, site.clock.now(), member.staff_id)
    end_public_session(site.store, session.public_id, site.clock.now(), site.member, None)


def by_another_role(site: Site, _someone: Listening, member: StaffMember) -> None:
    change_role(site.store, member.staff_id, 1, Role.VIEWER, site.clock.now(), site.member.name)


def by_shutting_the_account(site: Site, _someone: Listening, member: StaffMember) -> None:
    disable_staff(site.store, member.staff_id, 1, site.clock.now(), site.member.name)


def by_a_new_passphrase_from_others(site: Site, _someone: Listening, member: StaffMember) -> None:
    now = site.clock.now()
    reset_passphrase(site.store, member.staff_id, 1, OTHER_PASSPHRASE, now, site.member.name)


def by_an_own_new_passphrase_elsewhere(site: Site, _someone: Listening, member: StaffMember) -> None:
    change_passphrase(site.store, member, OTHER_PASSPHRASE, site.clock.now(), b"another session")


def by_another_log_in(site: Site, someone: Listening, member: StaffMember) -> None:
    assert someone.browser.log_in(site.member.name, PASSPHRASE).status_code == 303


@pytest.mark.parametrize(
    "end",
    [
        by_logging_out,
        by_time,
        from_the_list,
        by_another_role,
        by_shutting_the_account,
        by_a_new_passphrase_from_others,
        by_an_own_new_passphrase_elsewhere,
        by_another_log_in,
    ],
)
def test_what_was_typed_does_not_outlive_its_session(
    site: Site, end: Callable[[Site, Listening, StaffMember], None]
) -> None:
    member = add_staff(site.store, "架空 次郎", OTHER_PASSPHRASE, MORNING)
    someone = Listening(site, member=member)
    someone.press(ENTRY)
    someone.browser.post("/lock", {})
    look_who_is_gone(site)
    assert desks(site) == 1
    end(site, someone, member)
    colleague = Listening(site)
    look_who_is_gone(site)
    assert desks(site) == 1
    assert colleague.press("0").startswith("本日の受付")


def test_sounds_on_their_way_go_with_their_session_too() -> None:
    clock = HandClock()
    shelf = SoundShelf(clock)
    (phrase,) = alone().keys("0").phrases[:1]
    shelf.put(b"a", [phrase], 7.0)
    assert shelf.owners() == {b"a"}
    clock.time += timedelta(seconds=121)
    assert shelf.owners() == frozenset()


def test_many_visits_drive_out_neither_an_entry_nor_the_desk_of_others() -> None:
    openings = Openings()
    theirs = openings.open(b"theirs", Desk(HandSource(), PlainReader()))
    listener = alone()
    listener.keys(ENTRY)
    assert listener.desk.unfinished
    mine = openings.open(b"mine", listener.desk)
    visits = [openings.open(b"mine", Desk(HandSource(), PlainReader())) for _ in range(MOST * 2)]
    assert openings.find(b"theirs", theirs.name) is theirs
    assert openings.find(b"mine", mine.name) is mine
    assert [one for one in visits if openings.find(b"mine", one.name)] == visits[-OF_A_SESSION + 1 :]


def test_there_is_an_end_to_what_is_kept_of_all_together() -> None:
    openings = Openings()
    listener = alone()
    listener.keys(ENTRY)
    first = openings.open(b"first", listener.desk)
    visits = [openings.open(bytes([one]), Desk(HandSource(), PlainReader())) for one in range(MOST + 1)]
    kept = [openings.find(bytes([place]), one.name) for place, one in enumerate(visits)]
    assert kept == [None, None, *visits[2:]]
    assert openings.find(b"first", first.name) is first
