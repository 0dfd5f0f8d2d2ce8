"""Evidence of 目視確認 on disk: beside its check from the question until there is an answer or nobody waits for one."""

from __future__ import annotations

from sqlite_utils import Database

from app.eligibility.ports import VisualEvidence, VisualProof
from app.store.values import from_text, to_text


def keep_evidence(db: Database, check_id: str, evidence: VisualEvidence | None) -> None:
    """Keep what the question rests on that is about to be asked, inside the caller's write transaction."""
    if evidence is None:
        forget_evidence(db, check_id)
        return
    proof = evidence.proof
    db.execute(
        "INSERT INTO visual_proofs (check_id, certificate, confirmed_by, confirmed_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (check_id) DO UPDATE SET certificate = excluded.certificate,"
        " confirmed_by = excluded.confirmed_by, confirmed_at = excluded.confirmed_at",
        [check_id, evidence.certificate_der, proof.confirmed_by, to_text(proof.confirmed_at)],
    )


def forget_evidence(db: Database, check_id: str) -> None:
    """The visit has its answer, or is settled or withdrawn: nothing will be asked on this any more."""
    db.execute("DELETE FROM visual_proofs WHERE check_id = ?", [check_id])


def load_evidence(db: Database, check_id: str) -> VisualEvidence | None:
    """Read inside the caller's transaction; ``None`` for a visit that can be asked about with its card alone."""
    row = db.execute(
        "SELECT certificate, confirmed_by, confirmed_at FROM visual_proofs WHERE check_id = ?", [check_id]
    ).fetchone()
    return None if row is None else VisualEvidence(bytes(row[0]), VisualProof(row[1], from_text(row[2])))
