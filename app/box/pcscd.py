"""pcscd for the demo: our own with a virtual reader, or the one that this machine runs already.

There can be one pcscd in a mount namespace. vpcd opens two readers on a port and the next one, on every address.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from app.box.environment import clean_environment
from app.box.part import Part
from app.box.ports import PortTaken, is_taken, require_free

PCSCD = "/usr/sbin/pcscd"
PCSCD_DIR = Path("/run/pcscd")
PCSCD_SOCKET = PCSCD_DIR / "pcscd.comm"
VPCD_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
DEFAULT_READER_PORT = 35963
"""What Debian's vsmartcard-vpcd configures (0x8C7B)."""
VIRTUAL_READER = "Virtual PCD"

_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - vpcd listens there; we look where it looks
_WAKE_S = 3.0


class PcscdError(Exception):
    """No usable pcscd; the message is one sentence for the person at the terminal."""


def pcscd_answers() -> bool:
    """Whether some pcscd listens. The socket file alone may be a dead one's."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(PCSCD_SOCKET))
        except OSError:
            return False
    return True


def pcscd_part(run_dir: Path, reader_port: int | None) -> Part:
    """Describe a pcscd of our own.

    Args:
        run_dir: the reader configuration is written below it.
        reader_port: of the virtual reader; ``None`` for real (USB) readers only.

    Raises:
        PcscdError: programs or rights are missing.
        PortTaken: ``reader_port`` or the next one.
    """
    if not os.access(PCSCD, os.X_OK):
        raise PcscdError("pcscd is not installed: sudo apt-get install pcscd")
    config = run_dir / "readers"
    shutil.rmtree(config, ignore_errors=True)
    config.mkdir(mode=0o700)
    if reader_port is not None:
        if not VPCD_DRIVER.exists():
            raise PcscdError("The virtual reader is not installed: sudo apt-get install vsmartcard-vpcd")
        for port in (reader_port, reader_port + 1):  # when one is taken pcscd starts all the same, without a reader
            require_free(port, _EVERY_ADDRESS)
        (config / "virtual").write_text(
            f'FRIENDLYNAME "{VIRTUAL_READER}"\nDEVICENAME /dev/null:{reader_port}\n'
            f"LIBPATH {VPCD_DRIVER}\nCHANNELID {reader_port}\n"
        )
    _require_socket_folder()
    # A killed pcscd leaves its pid file; after a reboot of a container another program may bear that pid.
    leftovers = (PCSCD_SOCKET, PCSCD_DIR / "pcscd.pid")
    command = (PCSCD, "--foreground", "--error", "--config", str(config))
    return Part("pcscd", command, pcscd_answers, clean_environment(), leftovers, signal.SIGTERM)


def borrow_running(reader_port: int | None) -> str:
    """Use the pcscd that runs; returns a sentence that says so.

    Raises:
        PcscdError: it shows no virtual reader on ``reader_port``.
    """
    if reader_port is None:
        return "The pcscd of this machine is used, with the reader that is plugged in."
    end = time.monotonic() + _WAKE_S  # our look at its socket may just have woken it
    while not is_taken(reader_port, _EVERY_ADDRESS):
        if time.monotonic() > end:
            raise PcscdError(
                f"A pcscd runs already, but no virtual reader listens on port {reader_port}: "
                "install it and restart pcscd (sudo apt-get install vsmartcard-vpcd && sudo systemctl restart pcscd), "
                "stop that pcscd (sudo systemctl stop pcscd.socket pcscd), or give its port with --reader-port."
            )
        time.sleep(0.05)
    return f"The pcscd of this machine is used; its virtual reader is on port {reader_port}."


def port_sentence(error: PortTaken, option: str) -> str:
    """Say which port is in use and how to choose another."""
    return f"Port {error.port} is in use by another program: stop it, or choose another port with {option} N."


def _require_socket_folder() -> None:
    if os.geteuid() == 0:
        return
    if os.access(PCSCD_DIR, os.W_OK):
        return
    command = ["sudo", "install", "-d", "-o", str(os.geteuid()), "-m", "0755", str(PCSCD_DIR)]
    done = shutil.which("sudo") is not None and subprocess.run(command, check=False).returncode == 0
    if not done:
        raise PcscdError(
            f"pcscd needs the folder {PCSCD_DIR}, which only root can make: run as root  {' '.join(command[1:])}"
        )
