"""A real pcscd with a virtual reader for tests, and cards that go in and out of it.

There can be one pcscd in a mount namespace, so one ``PcscStack`` serves a whole test session.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import pytest
from smartcard.scard import (
    SCARD_E_TIMEOUT,
    SCARD_S_SUCCESS,
    SCARD_SCOPE_SYSTEM,
    SCARD_STATE_EMPTY,
    SCARD_STATE_PRESENT,
    SCARD_STATE_UNAWARE,
    SCardEstablishContext,
    SCardGetErrorMessage,
    SCardGetStatusChange,
    SCardListReaders,
    SCardReleaseContext,
)

from app.sandbox.card import VirtualCard
from app.sandbox.link import SWAP_PAUSE_S, CardLink
from tests.box.processes import wait_for

PCSCD_SOCKET = Path("/run/pcscd/pcscd.comm")
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
READER_NAME = "Practice Reader"
START_TIMEOUT_S = 60.0
POLL_S = 0.005


class PcscUnavailable(Exception):
    """The real stack cannot be started here; the message says why and what to do."""


def pcscd_answers() -> bool:
    """Whether some pcscd listens in this mount namespace. The socket file alone may be a dead one's."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(PCSCD_SOCKET))
        except OSError:
            return False
    return True


def free_port_pair() -> int:
    """Return N such that N and N + 1 are free: vpcd opens two slots.

    Below the ports that the kernel gives to whoever connects, so that nobody takes them a moment later.
    """
    for _ in range(200):
        port = random.randrange(18_000, 32_000, 2)
        if _is_free(port):
            return port
    raise PcscUnavailable("No two neighbouring TCP ports are free.")


def _is_free(port: int) -> bool:
    """True if vpcd could listen on ``port`` and the next one."""
    with socket.socket() as first, socket.socket() as second:
        for place, probe in enumerate((first, second)):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port + place))  # noqa: S104 - as vpcd itself does, to see the same conflicts
            except OSError:
                return False
    return True


class PcscStack:
    """pcscd in the foreground with a reader folder of its own.

    Use as a context manager. ``reader_name_part`` picks our reader by name; its slots are "… 00 00" and "… 00 01",
    and ``reader_port`` belongs to the first.
    """

    reader_name_part = READER_NAME

    def __init__(self) -> None:
        self.reader_port = 0
        self.emptied_at_s = -SWAP_PAUSE_S
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def reader_name(self) -> str:
        """The slot that ``reader_port`` belongs to."""
        return f"{READER_NAME} 00 00"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise PcscUnavailable("pcscd is not running.")
        return self._process.pid

    def __enter__(self) -> PcscStack:
        if shutil.which("pcscd") is None or not DRIVER.exists():
            raise PcscUnavailable("pcscd or vpcd is missing: apt-get install pcscd vsmartcard-vpcd")
        if pcscd_answers():
            raise PcscUnavailable(
                "A pcscd runs already and there can be only one: stop it (systemctl stop pcscd.socket pcscd.service) "
                "or run the tests in a mount namespace of their own."
            )
        self._folder = Path(tempfile.mkdtemp(prefix="pcsc-"))
        self.reader_port = free_port_pair()
        # pcscd reads every file of its reader folder, so the log lies beside it.
        (self._folder / "readers").mkdir()
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder)
            self._folder = None

    def start(self) -> None:
        """Start pcscd and wait until it answers and the reader's port listens."""
        if self._process is not None or self._folder is None:
            raise PcscUnavailable("pcscd runs already, or its folder is gone.")
        if not _is_free(self.reader_port):  # somebody took it while pcscd was down
            self.reader_port = free_port_pair()
        self._describe_reader(self._folder)
        options = ["--foreground", "--error", "--config", str(self._folder / "readers")]
        with (self._folder / "pcscd.log").open("ab") as log:
            self._process = subprocess.Popen(
                # setpriv: should the test run be killed, its pcscd goes with it and does not block the next run.
                [*("setpriv", "--pdeathsig", "TERM"), "pcscd", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        # vpcd listens before pcscd opens its socket, so the socket alone says that both are there.
        deadline = time.monotonic() + START_TIMEOUT_S
        while not pcscd_answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                log_text = (self._folder / "pcscd.log").read_text(errors="replace")
                raise PcscUnavailable(f"pcscd did not come up: {log_text[-500:]}")
            threading.Event().wait(POLL_S)
        if self.reader_name not in _reader_names():
            self.stop()
            raise PcscUnavailable(f"pcscd runs without our reader: was port {self.reader_port} taken meanwhile?")

    def _describe_reader(self, folder: Path) -> None:
        (folder / "readers" / "virtual").write_text(
            f'FRIENDLYNAME "{READER_NAME}"\nDEVICENAME /dev/null:{self.reader_port}\n'
            f"LIBPATH {DRIVER}\nCHANNELID {self.reader_port}\n"
        )

    def stop(self) -> None:
        """End pcscd as its service manager would; safe when it does not run."""
        self._end(lambda process: process.terminate())

    def kill(self) -> None:
        """End pcscd without warning, as a crash would: its socket file stays behind."""
        self._end(lambda process: process.kill())

    def restart(self) -> None:
        self.stop()
        self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """pcscd lives and answers nothing for the length of a ``with`` block."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Make room for another pcscd (the demo's own) for the length of a ``with`` block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            how(process)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def _reader_names() -> list[str]:
    result, context = SCardEstablishContext(SCARD_SCOPE_SYSTEM)
    assert result == SCARD_S_SUCCESS, SCardGetErrorMessage(result)
    try:
        return list(SCardListReaders(context, [])[1])
    finally:
        SCardReleaseContext(context)


def wait_for_presence(reader_name: str, *, present: bool, timeout_s: float = 30.0) -> bool:
    """Wait until PC/SC itself says that a card lies in the reader, or none; ``False`` when time is up."""
    wanted = SCARD_STATE_PRESENT if present else SCARD_STATE_EMPTY
    deadline = time.monotonic() + timeout_s
    result, context = SCardEstablishContext(SCARD_SCOPE_SYSTEM)
    assert result == SCARD_S_SUCCESS, SCardGetErrorMessage(result)
    try:
        state = SCARD_STATE_UNAWARE
        while (left_s := deadline - time.monotonic()) > 0:
            result, states = SCardGetStatusChange(context, int(left_s * 1000) + 1, [(reader_name, state)])
            if result == SCARD_E_TIMEOUT:
                return False
            assert result == SCARD_S_SUCCESS, SCardGetErrorMessage(result)
            state = states[0][1]
            if state & wanted:
                return True
        return False
    finally:
        SCardReleaseContext(context)


class VirtualReader:
    """Puts cards into the stack's reader from within the test's own process."""

    def __init__(self, stack: PcscStack) -> None:
        self._stack = stack
        self._link: CardLink | None = None

    @property
    def link(self) -> CardLink:
        assert self._link is not None, "no card was put in"
        return self._link

    def insert(self, card: VirtualCard, *faults: str) -> CardLink:
        """Put ``card`` in, taking out any other, and wait until the reader has noticed it.

        Waits first until the last removal is old enough for pcscd to have seen it (``SWAP_PAUSE_S``).
        """
        self.remove()
        threading.Event().wait(max(0.0, self._stack.emptied_at_s + SWAP_PAUSE_S - time.monotonic()))
        # On a busy machine pcscd looks later than that, and what it has not seen go it will not see come.
        assert wait_for_presence(self._stack.reader_name, present=False)
        card.insert(faults)
        self._link = CardLink(card, self._stack.reader_port)
        self._link.connect()
        link = self._link
        wait_for(lambda: link.is_noticed)  # pcscd looks every 0.4 s
        return link

    def remove(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()
            self._stack.emptied_at_s = time.monotonic()

    @contextmanager
    def holding(self, card: VirtualCard, *faults: str) -> Iterator[CardLink]:
        """Keep ``card`` in the reader for the length of a ``with`` block."""
        try:
            yield self.insert(card, *faults)
        finally:
            self.remove()


class _Shared:
    """One stack for all who ask at the same time: fixtures imported into several conftests would start several."""

    def __init__(self) -> None:
        self._stack: PcscStack | None = None
        self._holders = 0

    @contextmanager
    def hold(self) -> Iterator[PcscStack]:
        if self._stack is None:
            self._stack = PcscStack().__enter__()
        self._holders += 1
        try:
            yield self._stack
        finally:
            self._holders -= 1
            if self._holders == 0:
                stack, self._stack = self._stack, None
                stack.__exit__(None, None, None)


_shared = _Shared()


@pytest.fixture(scope="session")
def pcsc_stack() -> Iterator[PcscStack]:
    """The session's one pcscd. Import this fixture into a conftest or a test module, wherever it is needed."""
    with _shared.hold() as stack:
        yield stack


@pytest.fixture
def virtual_reader(pcsc_stack: PcscStack) -> Iterator[VirtualReader]:
    """The stack's reader, emptied after each test."""
    reader = VirtualReader(pcsc_stack)
    yield reader
    reader.remove()
