"""An odd value that was told once: a second Enter keeps it, if it was pressed late enough to be an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.eligibility.counter import Field
from app.speech.desk_counter_steps import Step
from app.speech.desk_model import BOUNCE


@dataclass(frozen=True, slots=True)
class Warned:
    field: Field
    value: str
    told_at: datetime

    def is_answered(self, step: Step, pressed_at: datetime) -> bool:
        return (step.field, step.value) == (self.field, self.value) and pressed_at - self.told_at >= BOUNCE
