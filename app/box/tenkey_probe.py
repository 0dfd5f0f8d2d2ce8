"""``doctor``'s look for the tenkey of the spoken desk: which one was found, or what was seen and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.box.health import Health, Result
from app.config import Settings

if TYPE_CHECKING:
    from app.tenkey.evdev_devices import Inputs

_NEXT = {
    "tenkey.missing": "plug the desk's tenkey into that port, or set KIOSK_TENKEY to the port in brackets where it is",
    "tenkey.forbidden": "sudo usermod -aG input USER for the user of the desk process, and log in anew",
    "tenkey.shared": "its keys reach the patients' screen while the desk is down: install "
    "kiosk/70-uketsuke-tenkey.rules with this port (its own lines say how), and start the screen anew",
    "tenkey.no_port": "set KIOSK_TENKEY to the port in brackets behind the desk's own tenkey, not the patients'",
}


def probe_tenkey(settings: Settings, inputs: Inputs | None = None) -> Result:
    """Search as the desk process does, and count the people who can open it. Takes no device from anybody."""
    from app.errors import TenkeyError
    from app.tenkey.evdev_devices import KernelInputs, find_tenkey, tell_keypads

    inputs = inputs or KernelInputs()
    if not settings.tenkey:
        return Health.NOTE, f"off: KIOSK_TENKEY is empty; seen {'; '.join(tell_keypads(inputs.seen()))}"
    try:
        device = find_tenkey(inputs, settings.tenkey)
    except TenkeyError as error:
        return Health.FAULT, f"{settings.tenkey!r}: {error.code}, seen {'; '.join(error.tried)}; {_NEXT[error.code]}"
    name = f"{device.name} ({settings.tenkey})"
    device.close()
    holders = _holders(settings)
    if holders == 0:
        return Health.NOTE, f"{name}; nobody has a number for it yet: 「テンキーの番号」 on one's own page makes one"
    return Health.OK, f"{name}; {holders} may open the desk"


def _holders(settings: Settings) -> int:
    from app.store.database import Store
    from app.store.desk_codes import count_desk_codes
    from app.store.files import read_key

    if not settings.store_path.exists():
        return 0
    store = Store(settings.store_path, read_key(settings.store_key_file))
    try:
        return count_desk_codes(store)
    finally:
        store.close()
