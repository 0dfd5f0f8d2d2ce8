"""The kiosk process without a staff process beside it: what is noted meanwhile is covered by heads all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app.box.ports import free_port
from app.config import Settings, environment_of
from app.eligibility.audit import AuditAction
from app.sandbox.pki import SandboxPki, pki_folder
from app.store.anchors import MOST_UNANCHORED
from app.store.audit import record_audit
from app.store.audit_check import Fault, anchor_file, verify_audit
from tests.box.processes import wait_for
from tests.store.support import KEY, MORNING, ROOT, Desk

NOTED = 120


def test_heads_are_written_while_the_staff_process_is_down(tmp_path: Path) -> None:
    box = Desk(tmp_path)
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "store.key").write_bytes(KEY)
    (tmp_path / "run").mkdir(mode=0o700)
    pki = SandboxPki(pki_folder(tmp_path))
    pki.ensure([])
    settings = Settings(
        state_dir=tmp_path,
        gateway_url=f"https://localhost:{free_port()}",
        gateway_ca_file=pki.service_ca_file,
        gateway_cert_file=pki.terminal_cert_file,
        gateway_key_file=pki.terminal_key_file,
        staff_origin="https://localhost:1",
        kiosk_port=free_port(),
        practice=True,
    )
    record_audit(box.store, MORNING, None, AuditAction.STOPPED)
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "kiosk"],
        cwd=ROOT,
        env={**os.environ, **environment_of(settings)},
        stderr=subprocess.DEVNULL,
    )
    heads = anchor_file(tmp_path)

    def newest() -> int:
        return int(heads.read_text().splitlines()[-1].split()[1]) if heads.exists() else 0

    try:
        wait_for(lambda: newest() == 1, 60)
        for _ in range(NOTED):  # in one thread of another process, as checks are: the keeper's looks must find them
            record_audit(box.store, MORNING, None, AuditAction.VIEWED)
        # A look may fall between two entries; those after it stay uncovered, but never fifty of them.
        wait_for(lambda: newest() > 1 + NOTED - MOST_UNANCHORED, 60)
    finally:
        process.kill()
        process.wait(30)
    with box.store.writing() as db:
        db.execute("DROP TRIGGER audit_refuses_delete")
        db.execute("DELETE FROM audit WHERE seq > 1")
    assert verify_audit(box.store, heads).fault is Fault.CUT
    box.store.close()
