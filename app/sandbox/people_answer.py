"""What the service says about a person of a people file, and what it may say at all: a desk must be able to read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.clock import TOKYO
from app.eligibility.model import EligibilityResult, Qualification, Source, Validity
from app.errors import ReplyMalformed, ReplyTooLarge
from app.exchange.oqs import SEGMENT_NORMAL, STATUS_NORMAL, Reply, build_reply, parse_reply
from app.sandbox.people_fields import FieldError, read_object, read_qualification, read_text

_BY_CARD = "1"
"""照会区分: マイナンバーカード."""
_NEEDS_QUALIFICATION = (
    Validity.VALID,
    Validity.INVALID,
    Validity.INVALID_NEWER_EXISTS,
    Validity.VALID_UNREGISTERED,
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A remark that stands beside any verdict."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service says about a person."""

    validity: Validity
    notice: Notice | None = None
    qualifications: tuple[Qualification, ...] = ()

    def as_result(
        self, now: datetime, confirmed_on: date, institution_code: str, notice: tuple[str, str] | None
    ) -> EligibilityResult:
        """Return the result of a question; ``notice`` (code, text) is the certificate's own and stands beside ours."""
        notices = [pair for pair in (self.notice and (self.notice.code, self.notice.text), notice) if pair]
        return EligibilityResult(
            source=Source.ONLINE,
            processed_at=now,
            confirmed_on=confirmed_on,
            validity=self.validity,
            reference_classification=_BY_CARD,
            institution_code=institution_code,
            notice_code=notices[0][0] if notices else None,
            notice_text="　".join(text for _, text in notices) or None,
            qualifications=self.qualifications,
        )


def read_answer(value: object) -> Answer:
    fields = read_object(value, "answer", required=("validity",), optional=("notice", "qualifications"))
    try:
        validity = Validity(fields["validity"])  # type: ignore[arg-type]
    except ValueError:
        raise FieldError('answer.validity: expected one of "1" to "6", in quotes (OQSCD006)') from None
    entries = fields.get("qualifications", [])
    if not isinstance(entries, list):
        raise FieldError("answer.qualifications: expected a list")
    qualifications = tuple(
        read_qualification(entry, f"answer.qualifications[{index}]") for index, entry in enumerate(entries)
    )
    if validity in _NEEDS_QUALIFICATION and not qualifications:
        raise FieldError(f'answer.qualifications: expected at least one, validity "{validity.value}" speaks of one')
    if validity is Validity.NO_INFORMATION and qualifications:
        raise FieldError('answer.qualifications: expected none, validity "4" means that nothing was found')
    notice = None
    if "notice" in fields:
        remark = read_object(fields["notice"], "answer.notice", required=("code", "text"))
        notice = Notice(
            read_text(remark["code"], "answer.notice.code"), read_text(remark["text"], "answer.notice.text")
        )
    answer = Answer(validity, notice, qualifications)
    _demand_readable(answer)
    return answer


def _demand_readable(answer: Answer) -> None:
    """Refuse an answer that no desk would read: the fault would be the file's, and the service would be blamed."""
    now = datetime(2026, 1, 1, tzinfo=TOKYO)
    result = answer.as_result(now, now.date(), "4890000001", None)
    reply = Reply(identifier="A", segment=SEGMENT_NORMAL, status=STATUS_NORMAL, result=result)
    try:
        parse_reply(build_reply(reply, now))
    except (ReplyMalformed, ReplyTooLarge) as error:
        raise FieldError(f"answer: a desk would refuse to read it ({error}); keep it shorter") from None
