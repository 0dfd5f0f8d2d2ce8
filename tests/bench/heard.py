"""How well the voice is understood, by an ear that is always the same one: Whisper base.

``./uketsuke bench --heard-only``, or ``python -m tests.bench.heard`` with options. The voice process reads and speaks
invented names, days and numbers, and drawn addresses, as the voice desk says them, each after its label; the
recogniser writes what it heard; kana is compared with kana (``heard_text.py``).

How to read the figures: the recogniser has errors of its own in every row, so that a row says something only beside
another one. "first" is what the same synthesiser scored on 2026-11-22 with other samples, before the desk had words of
its own; "another" compares what was heard with the value of the next sample, which is what chance would score.
For comparison, at the first measurement: days and numbers left to the synthesiser's own reading scored 27 % and 17 %,
and espeak-ng's Japanese, of which no field was heard whole, 48 to 77 %. The bars leave room for another sample at the
default rate, and none for either. No figure here replaces a person who listens.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

from app.speech import sound
from app.speech.mora import DEFAULT_RATE
from app.speech.openjtalk import Synthesis
from app.speech.places_table import load_places
from app.speech.reading_places import AddressReader
from app.speech.reading_words import SudachiReader
from app.speech.utterance import FieldKind, ReadingSource
from tests.bench.heard_samples import Sample, draw_samples
from tests.bench.heard_text import field_error, kana_of_dates, kana_of_digits, kana_of_places, kana_of_words, plain_kana
from tests.bench.heard_tool import ToolMissing, recognise, set_up
from tests.bench.voice import warm_voice

SEED = 20261128
COUNT = 40
TITLES = {
    FieldKind.NAME: "names, from kana",
    FieldKind.DAY: "days of birth",
    FieldKind.DIGITS: "numbers of 8 digits, one by one",
    FieldKind.ADDRESS: "addresses",
}
FIRST = {FieldKind.NAME: 0.187, FieldKind.DAY: 0.016, FieldKind.DIGITS: 0.053, FieldKind.ADDRESS: 0.169}
BARS = {FieldKind.NAME: 0.30, FieldKind.DAY: 0.08, FieldKind.DIGITS: 0.15, FieldKind.ADDRESS: 0.22}

Heard = list[tuple[Sample, str, str]]
"""Samples, the kana that was said, and what the recogniser wrote."""
Readers = dict[FieldKind, Callable[[str], str]]
"""How each kind of field is brought from the recogniser's writing to kana."""


def measure_heard(count: int = COUNT, seed: int = SEED, rate: float = DEFAULT_RATE, show_wrong: int = 0) -> list[str]:
    """Speak, listen and return the report's lines.

    Raises:
        ToolMissing: there is no recogniser to be had.
    """
    model = set_up()
    print(f"speaking {len(TITLES) * count} values and listening to them", flush=True)
    started_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="uketsuke-heard-") as folder:
        said = _speak(draw_samples(count, seed), rate, Path(folder))
        written = recognise(model, [path for _, _, path in said])
        heard = [(sample, kana, text) for (sample, kana, _), text in zip(said, written, strict=True)]
    lines = report(heard, _readers(), f"seed {seed}, {rate:g} morae a second", show_wrong)
    return [*lines, f"{len(heard)} values spoken and recognised in {time.monotonic() - started_s:.0f} s"]


def report(heard: Heard, readers: Readers, about: str, show_wrong: int = 0) -> list[str]:
    """Compare and return the lines."""
    lines = [f"\nHeard by Whisper base ({about})", f"{'error in the field':<34} {'now':>7} {'first':>7} {'another':>8}"]
    for kind, title in TITLES.items():
        mine = [(plain_kana(kana), text) for sample, kana, text in heard if sample.field.kind is kind]
        said, written = [kana for kana, _ in mine], [readers[kind](text) for _, text in mine]
        errors = list(map(field_error, said, written))
        others = map(field_error, said, written[1:] + written[:1])
        now = fmean(errors)
        verdict = f"{'ok  ' if now <= BARS[kind] else 'MISS'} (<= {BARS[kind]:.0%})"
        whole = f"{errors.count(0.0)} of {len(errors)} whole"
        lines.append(f"{title:<34} {now:7.1%} {FIRST[kind]:7.1%} {fmean(others):8.1%}  {verdict}  {whole}")
        worst = sorted(zip(errors, said, written, (text for _, text in mine), strict=True), reverse=True)
        lines += [f"  {part:4.0%} {kana} | {other} | {text.strip()}" for part, kana, other, text in worst[:show_wrong]]
    return lines


def _speak(samples: Sequence[Sample], rate: float, folder: Path) -> list[tuple[Sample, str, Path]]:
    """Let a voice process read and speak each sample; return the kana of its value and the sound's file."""
    said = []
    with warm_voice() as (client, _, _):
        for number, sample in enumerate(samples):
            (phrase,) = client.read([sample.field])
            wavs = list(client.render([sample.label, phrase.kana], rate))
            path = folder / f"{number:04}.wav"
            path.write_bytes(sound.wav(b"".join(wav[sound.HEADER_BYTES :] for wav in wavs)))
            said.append((sample, phrase.kana, path))
    return said


def _readers() -> Readers:
    front = Synthesis.front_end()
    places = AddressReader(load_places(), SudachiReader())

    def place(text: str) -> str:
        said = places.read(text)
        return front(text) if said.source is ReadingSource.UNREADABLE else said.kana

    return {
        FieldKind.NAME: lambda text: kana_of_words(text, front),
        FieldKind.DAY: lambda text: kana_of_dates(text, front),
        FieldKind.DIGITS: lambda text: kana_of_digits(text, front),
        FieldKind.ADDRESS: lambda text: kana_of_places(text, place),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.heard", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help=f"values of each kind (default {COUNT})")
    parser.add_argument("--seed", type=int, default=SEED, help="another sample")
    parser.add_argument("--rate", type=float, default=DEFAULT_RATE, help="morae a second, 4 to 16")
    parser.add_argument("--wrong", type=int, default=0, help="show so many of the worst of each kind")
    options = parser.parse_args()
    try:
        lines = measure_heard(options.count, options.seed, options.rate, options.wrong)
    except ToolMissing as error:
        print(f"not measured: the recogniser is missing: {error}")
        return 1
    print("\n".join(lines))
    return int(any("MISS" in line for line in lines))


if __name__ == "__main__":
    sys.exit(main())
