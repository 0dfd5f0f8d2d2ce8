"""Whether the screens of this box leave a device alone, as udev's database tells it.

A grab keeps keys from everybody else, but only while it lasts: before the desk process runs, after it crashed, while it
may not open the device, its keys would go to the browser in front of the patient. Eight digits typed there in good
faith would fill a PIN screen and spend a try of a stranger's card. So a rule of udev takes the device away from the
screens for good, and the desk process takes no tenkey without that mark: a desk that does not open is noticed at once,
keys that also go elsewhere are not. Practice mode is no exception, since a real card may lie on the reader there too.
Source: libinput manual, "Ignoring specific devices"; udev(7) and systemd's sd-device on /run/udev/data, 2026-11.
"""

from __future__ import annotations

from pathlib import Path

UDEV_FOLDER = Path("/run/udev/data")
MARK = "LIBINPUT_IGNORE_DEVICE=1"
"""``kiosk/70-uketsuke-tenkey.rules`` sets it."""


def is_marked(number: str, folder: Path = UDEV_FOLDER) -> bool:
    """True when udev tells libinput, through which screens read keys, to ignore the device ``number`` (as ``13:67``).

    False whenever that cannot be read: without udev nobody keeps the keys away.
    """
    try:
        lines = (folder / f"c{number}").read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return f"E:{MARK}" in lines
