"""Whose browser is it? Loopback is open to every user of the machine; the kiosk page is not.

Source: proc(5), /proc/net/tcp (the ``uid`` column is the effective user of the socket's creator).
"""

from __future__ import annotations

import logging
import os
import pwd
from collections.abc import Callable, Mapping
from pathlib import Path

from app.web.security import RequestRefused

logger = logging.getLogger(__name__)

LOOPBACK = "0100007F"
_TCP = Path("/proc/net/tcp")


class OtherUsersBrowser(RequestRefused):
    """The connection comes from a process of another user of this machine."""

    code = "web.other_user"


def own_browser_check(browser_user: str) -> Callable[[Mapping[str, object]], bool]:
    """Return a check of WSGI environments: true for our own user, root, who called sudo, and ``browser_user``.

    Raises:
        KeyError: there is no user of that name.
    """
    allowed = {os.geteuid(), 0}
    sudo = os.environ.get("SUDO_UID", "")
    if sudo.isascii() and sudo.isdigit():
        allowed.add(int(sudo))
    if browser_user:
        allowed.add(pwd.getpwnam(browser_user).pw_uid)

    def is_own(environ: Mapping[str, object]) -> bool:
        uid = user_of_connection(int(str(environ["REMOTE_PORT"])), int(str(environ["SERVER_PORT"])))
        if uid is None or uid not in allowed:
            logger.warning("web.other_user uid=%s", uid)
            return False
        return True

    return is_own


def user_of_connection(client_port: int, server_port: int) -> int | None:
    """Return the uid behind the client's end of a loopback connection, ``None`` when it is gone."""
    client, server = f"{LOOPBACK}:{client_port:04X}", f"{LOOPBACK}:{server_port:04X}"
    for line in _TCP.read_text("ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1] == client and fields[2] == server:
            return int(fields[7])
    return None
