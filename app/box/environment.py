"""What a child inherits from the terminal: everything but what could slip code or another pcscd into it."""

from __future__ import annotations

import os

from app.box.place import PROJECT
from app.config import PREFIX

_HOOKS = ("LD_", "PYTHON", "PCSCLITE_", "LIBPCSCLITE_")
"""Names that load libraries or modules of somebody's choice (LD_PRELOAD, PYTHONSTARTUP ...) or lead the card process
to another pcscd (PCSCLITE_CSOCK_NAME, LIBPCSCLITE_DELEGATE): it would be told every PIN.
"""


def clean_environment() -> dict[str, str]:
    """Return our environment without hooks and settings; of PYTHONPATH only what ``./uketsuke`` itself sets."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith((*_HOOKS, PREFIX))}
    if os.environ.get("PYTHONPATH") == str(PROJECT):
        kept["PYTHONPATH"] = str(PROJECT)
    return kept
