"""What the demo tells the person at the terminal."""

from __future__ import annotations

import shlex
from pathlib import Path

from app.box.place import DEFAULT_STATE


def news(facts: dict[str, str | int | None], state: Path) -> list[str]:
    """What a person at the terminal needs, one line each."""
    chosen = "" if state.absolute() == DEFAULT_STATE else f" --state {shlex.quote(str(state))}"
    lines = [
        "",
        "Uketsuke demo (練習): sample cards and a sandbox service. Nobody here is real, nothing leaves this machine.",
        f"  kiosk         {facts['kiosk_url']}",
        f"  staff         {facts['staff_url']}   (trust {facts['ca_file']} in the browser first)",
        f"  log-in        {facts['staff_name']} / {facts['staff_passphrase']}",
    ]
    if facts["reader_port"] is not None:
        lines += [
            f"  card on       ./uketsuke tap NAME{chosen}      (names and PINs: ./uketsuke tap --list)",
            f"  card off      ./uketsuke lift{chosen}",
            f"  The virtual reader (vpcd) listens on every address of this machine, on port {facts['reader_port']} and",
            "  the next one: whoever reaches it can put on a card. It is for practice only.",
        ]
    else:
        lines.append("  Put a card onto the reader. The sandbox answers for cards of --people and --trust only.")
    return [*lines, "  Ctrl-C stops everything.", ""]
