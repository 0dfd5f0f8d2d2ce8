"""How somebody likes the desk to sound: as it is kept with their number, and as the desk takes it."""

from __future__ import annotations

from app.eligibility.desk_door import DeskLiking
from app.speech.desk_model import DeskSettings
from app.speech.mora import RATES
from app.speech.phrases.desk_captions import Privacy


def settings_of(liking: DeskLiking) -> DeskSettings:
    usual = DeskSettings()
    step = liking.rate_step if liking.rate_step is not None and 1 <= liking.rate_step <= len(RATES) else None
    return DeskSettings(step or usual.rate_step, Privacy(liking.privacy) if liking.privacy else usual.privacy)


def liking_of(settings: DeskSettings) -> DeskLiking:
    return DeskLiking(settings.rate_step, settings.privacy.value)
