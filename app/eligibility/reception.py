"""The reception of one kiosk: joins the check with its card desk, gateway and keeper.

One lock guards the check; nothing slow happens under it. Effects of one check run one after the other on a
worker; what they find comes back as events with that check's id and epoch.
"""

from __future__ import annotations

import logging
import secrets
import string
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from app.clock import Clock
from app.eligibility import steps
from app.eligibility.check import Check
from app.eligibility.drops import Drops
from app.eligibility.effects import EffectRunner
from app.eligibility.jobs import Job, Jobs, spawn_thread
from app.eligibility.outage import LOST, Outage, lost_code
from app.eligibility.ports import CardDesk, CardKind, DeskState, DeskStatus
from app.eligibility.screens import Button, Screen
from app.eligibility.stages import Limits, State
from app.eligibility.view import ScreenView, draw
from app.errors import CardRemoved
from app.logs import log_bug

logger = logging.getLogger(__name__)

LOOK_S = 0.1
"""How often the store is asked for the answer of staff while a request is open; it costs about 50 us."""
CARD_THERE = frozenset({DeskState.READING, DeskState.READY, DeskState.UNREADABLE})
OTHER_KIND = "card.other_kind"


def random_letters(length: int = 24) -> str:
    """Return a random name without digits (24 letters: 136 bits), so that no digit travels with it."""
    return "".join(secrets.choice(string.ascii_letters) for _ in range(length))


class Reception:
    """The current visit of one kiosk, and those whose answer is still under way."""

    def __init__(
        self,
        desk: CardDesk,
        effects: EffectRunner,
        clock: Clock,
        limits: Limits | None = None,
        spawn: Callable[[Job], object] | None = None,
        crash: Callable[[], object] | None = None,
    ) -> None:
        """Args: ``spawn`` runs a job elsewhere (default: a thread each); ``crash`` ends the process after a bug that
        would leave the kiosk frozen."""
        self._desk = desk
        self._effects = effects
        self._clock = clock
        self._limits = limits or Limits()
        self._crash = crash
        self._changed = threading.Condition(threading.RLock())
        self._status = DeskStatus(DeskState.DOWN)
        self._check = self._new_check(0, card_present=False)
        self._jobs = Jobs(self._changed, spawn or spawn_thread, self._guard)
        self._checks: dict[str, Check] = {}
        self._life = random_letters(8)
        self._views = 0
        self._view = ScreenView(Screen.OUT_OF_ORDER, self._check.check_id, version=self._next_version())
        self._closed = False
        self._drops = Drops()
        self._outage = Outage(effects.note_work)

    @property
    def dropped(self) -> int:
        """Events of visits that are over: counted, never applied."""
        return self._drops.count

    def start(self) -> None:
        """Settle what a dead process left open, then follow the card desk and the clock."""
        self._effects.close_interrupted()
        for name, loop in (
            ("desk", self._follow_desk),
            ("limits", self._follow_clock),
            ("decisions", self._follow_decisions),
        ):
            threading.Thread(target=self._guard, args=(loop,), name=name, daemon=True).start()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._effects.close()

    # For the pages

    def view(self) -> ScreenView:
        with self._changed:
            return self._view

    def wait_view(self, seen: str, timeout_s: float) -> ScreenView:
        """Return as soon as the view's version is not ``seen``, at the latest after ``timeout_s``."""
        with self._changed:
            self._wait_other(seen, timeout_s)
            return self._view

    def press(self, check_id: str, button: Button, screen: Screen) -> ScreenView:
        with self._changed:
            if button is Button.CALL and screen is self._view.screen is Screen.OUT_OF_ORDER:
                self._run(self._check, [steps.CallStaff(Screen.OUT_OF_ORDER)])
            elif self._check.check_id == check_id:
                self._feed(self._check, steps.Pressed(check_id, self._check.epoch, button, screen))
            else:
                self._drops.add(steps.Pressed)
            return self._view

    def submit(self, check_id: str, keypad_id: str, tokens: tuple[str, ...]) -> ScreenView:
        """Take four tokens. A second or replayed submit finds the keypad gone and changes nothing."""
        with self._changed:
            if self._check.check_id == check_id:
                self._feed(self._check, steps.Submitted(check_id, self._check.epoch, keypad_id, tokens))
            else:
                self._drops.add(steps.Submitted)
            return self._view

    # From the card desk and the clock

    def desk_changed(self, status: DeskStatus) -> None:
        """Take a new status of the card desk."""
        with self._changed:
            was_lost, self._status = self._status.state in LOST, status
            self._outage.look(status)
            check = self._check
            if was_lost and status.state not in LOST and check.state is State.WAITING:
                check = self._replace(
                    self._new_check(0, card_present=False)
                )  # a call out of order is not this screen's
            if check.card_present and (status.state not in CARD_THERE or status.epoch != check.epoch):
                self._lose_card(check, status)
                check = self._check
            if status.state in CARD_THERE:
                if status.epoch != check.epoch:
                    check = self._replace(self._new_check(status.epoch, card_present=True))
                self._tell_card(check, status)
            self._refresh()

    def tick(self) -> float:
        """Let limits pass; return the seconds until the next one."""
        with self._changed:
            self._feed(self._check, steps.Tick(self._check.check_id, self._check.epoch, self._clock.monotonic_s()))
            deadline_s = self._check.next_deadline_s()
            return 3600.0 if deadline_s is None else max(0.0, deadline_s - self._clock.monotonic_s())

    def look_for_decision(self) -> None:
        """See whether staff answered the request that is open now, and tell its check."""
        with self._changed:
            check, request_id = self._check, self._check.request_id
        if request_id is None:
            return
        decision = self._effects.decision_on(request_id)
        if decision is not None:
            self._heard(check, steps.StaffDecided(check.check_id, check.epoch, request_id, decision))

    def _lose_card(self, check: Check, status: DeskStatus) -> None:
        """The card is gone: taken or changed by the patient, or with its reader, which was told then."""
        code = lost_code(status)
        if code is not None:
            self._effects.is_told(check, code)
        elif check.report is not None and check.state in (State.READING, State.PIN) and not check.waits_as_row:
            # Before the report the card process tells, afterwards whoever waits for the card: this is the gap.
            logger.warning("check.card_left code=%s screen=%s", CardRemoved.code, check.screen)
        self._feed(check, steps.CardLeft(check.check_id, check.epoch, code))

    def _tell_card(self, check: Check, status: DeskStatus) -> None:
        if check.state is not State.READING:
            return
        if status.state is DeskState.READY and status.report is not None:
            if status.report.kind in (CardKind.JUKI, CardKind.OTHER):
                logger.warning("check.other_card code=%s kind=%s", OTHER_KIND, status.report.kind)
            self._feed(check, steps.CardRead(check.check_id, check.epoch, status.report))
        elif status.state is DeskState.UNREADABLE:
            code = status.error_code or "card.unreadable"
            if code != CardRemoved.code:
                self._effects.is_told(
                    check, code
                )  # by the card process; of a card that tore off it told the first time
            self._feed(check, steps.CardFailed(check.check_id, check.epoch, code))

    def _guard(self, job: Job) -> None:
        """Run a follower or a check's job. A bug in it would leave a screen standing for ever: the process ends."""
        try:
            job()
        except Exception as error:
            log_bug(logger, "reception.crashed", error)
            if self._crash is None:
                raise
            self._crash()

    def _follow_desk(self) -> None:
        seen = self._desk.status()
        self.desk_changed(seen)
        while not self._closed:
            status = self._desk.wait(seen, 5.0)
            if status != seen:
                seen = status
                self.desk_changed(seen)
            else:
                with self._changed:
                    self._outage.look(status, has_waited=True)

    def _follow_clock(self) -> None:
        while not self._closed:
            wait_s = self.tick()
            with self._changed:
                self._wait_other(self._view.version, wait_s)

    def _follow_decisions(self) -> None:
        while not self._closed:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._check.request_id is not None)
                self._changed.wait_for(lambda: self._closed, LOOK_S)
            self.look_for_decision()

    # Inside

    def _wait_other(self, seen: str, timeout_s: float) -> None:
        self._changed.wait_for(lambda: self._closed or self._view.version != seen, timeout_s)

    def _new_check(self, epoch: int, *, card_present: bool) -> Check:
        now_s = self._clock.monotonic_s()
        return Check(random_letters(), epoch, now_s, self._limits, card_present=card_present)

    def _replace(self, check: Check) -> Check:
        old, self._check = self._check, check
        if old.is_busy:
            self._checks[old.check_id] = old
        self._drops.begin_visit()
        return check

    def _feed(self, check: Check, event: steps.Event) -> None:
        """Give one event to a check, run what it asks for, show what it shows. Holds the lock."""
        if not isinstance(event, steps.Tick):
            check.handle(steps.Tick(check.check_id, check.epoch, self._clock.monotonic_s()))
        before = check.dropped
        effects = check.handle(event)
        if check.dropped > before:
            self._drops.add(type(event))
        self._run(check, effects)
        if check.is_over:
            self._checks.pop(check.check_id, None)
        if check is self._check and (check.is_over or check.left_early):
            self._replace(self._new_check(0, card_present=False))
        self._refresh()

    def _heard(self, check: Check, event: steps.Event) -> None:
        """An effect's finding, from a worker."""
        with self._changed:
            if check is self._check or check.check_id in self._checks:
                self._feed(check, event)
            else:
                self._drops.add(type(event))

    def _run(self, check: Check, effects: list[steps.Effect]) -> None:
        for effect in effects:
            job = partial(self._effects.run, check, effect, self._heard)
            if isinstance(effect, steps.CallStaff | steps.Warm | steps.FetchNonce):
                # None of them waits for what the check is doing, nor the check for it.
                self._jobs.beside(job)
            else:
                self._jobs.after_others(check.check_id, job)

    def _refresh(self) -> None:
        view = draw(self._check, is_working=self._status.state not in LOST)
        if replace(view, version=self._view.version) != self._view:
            self._view = replace(view, version=self._next_version())
            self._changed.notify_all()

    def _next_version(self) -> str:
        self._views += 1
        letters, rest = "", self._views
        for _ in range(8):
            rest, place = divmod(rest, 26)
            letters = string.ascii_lowercase[place] + letters
        return self._life + letters
