"""Fill ``kiosk/nginx.conf`` for one place: addresses, certificate, sockets.

nginx itself is a child of the supervisor.
"""

from __future__ import annotations

import os
import pwd
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.box.files import write_atomically
from app.config import Settings

if TYPE_CHECKING:
    from app.box.certificates import CertificateFiles

TEMPLATE = Path(__file__).parent.parent.parent / "kiosk" / "nginx.conf"
NGINX = "/usr/sbin/nginx"

_SAFE = re.compile(r"[^\x00-\x1f\"$\\]+")
"""Values stand in double quotes; a dollar would start a variable."""


@dataclass(frozen=True, slots=True)
class ProxyAddresses:
    """Where nginx listens. ``aliases`` are further names of ours that are sent on to the one origin."""

    listen: str
    aliases: tuple[str, ...] = ()
    plain_listen: str | None = None
    """A port that answers everything with 308 to the https origin."""


def render_proxy(settings: Settings, certificates: CertificateFiles, addresses: ProxyAddresses) -> str:
    """Return the text of the configuration.

    Raises:
        ValueError: a path or name holds a character that nginx would read as its own syntax.
    """
    origin = urlsplit(settings.staff_origin)
    host = origin.hostname or ""
    values = {
        "RUN": str(settings.run_dir),
        "CERT": str(certificates.cert_file),
        "KEY": str(certificates.key_file),
        "STAFF_SOCKET": str(settings.staff_socket),
        "EVENTS_SOCKET": str(settings.events_socket),
        "AUTHORITY": origin.netloc,
        "HOST": host,
        "LISTEN": addresses.listen,
    }
    for name, value in values.items():
        if not _SAFE.fullmatch(value):
            raise ValueError(f"{name} cannot stand in nginx.conf: {value!r} holds a quote, dollar or backslash.")
    # Practice runs on localhost: a browser would ask for everything there over TLS, for a year.
    values["TRANSPORT"] = "" if settings.practice else "max-age=31536000"
    values["USER"] = _user_line()
    values["ALIASES"] = _redirects(addresses.listen + " ssl http2", addresses.aliases, settings.staff_origin)
    values["PLAIN"] = ""
    if addresses.plain_listen is not None:
        values["PLAIN"] = _redirects(addresses.plain_listen, (host, *addresses.aliases), settings.staff_origin)
    return re.sub(r"@([A-Z_]+)@", lambda match: values[match[1]], TEMPLATE.read_text("utf-8"))


def write_proxy(settings: Settings, certificates: CertificateFiles, addresses: ProxyAddresses) -> tuple[str, ...]:
    """Write the configuration and its folders into ``run_dir`` and return the command that serves it."""
    (settings.run_dir / "nginx").mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.run_dir / "nginx.conf"
    write_atomically(path, render_proxy(settings, certificates, addresses).encode(), 0o600)
    # "-e stderr": otherwise nginx opens Debian's log folder before it reads our configuration.
    return (NGINX, "-e", "stderr", "-p", str(settings.run_dir / "nginx"), "-c", str(path))


def _redirects(listen: str, names: tuple[str, ...], origin: str) -> str:
    if not names:
        return ""
    return (
        f"    server {{\n        listen {listen};\n        server_name {' '.join(names)};\n"
        f"        return 308 {origin}$request_uri;\n    }}"
    )


def _user_line() -> str:
    """As root nginx would serve as ``nobody``, who may not open our 0600 sockets; else it serves as we are."""
    if os.geteuid() != 0:
        return ""
    return f"user {pwd.getpwuid(0).pw_name};"
