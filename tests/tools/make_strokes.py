"""Cut Unihan down to the radical and stroke counts of ``app/speech/data/kanji-strokes.tsv``.

Needs the files of Debian's package ``unicode-data``::

    python -m tests.tools.make_strokes /usr/share/unicode

Japanese shapes first: ``kRSAdobe_Japan1_6`` counts the strokes of the shape that Japanese fonts draw, and says how
many strokes its radical has there (3 for the さんずい of 浜, 4 for the 水 of 泉). Where it has no line, ``kRSUnicode``
and ``kTotalStrokes`` answer; those count a Chinese shape where the two differ (mostly 艹 and 辶, by one).
"""

from __future__ import annotations

import bz2
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "app" / "speech" / "data" / "kanji-strokes.tsv"
HEADER = """\
# Radical and strokes of kanji; cut from Unihan by tests/tools/make_strokes.py, so modified. Not edited by hand.
# (c) 1991-2022 Unicode, Inc.; terms: LICENSE-unicode.txt beside this file.
# origin: "adobe" = kRSAdobe_Japan1_6 (Japanese shape), "unihan" = kRSUnicode with kTotalStrokes.
# radical number, strokes of the radical in this shape (0: not said), strokes of the whole, origin, characters
"""
WHOLE_BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))
"""Unified, Extension A and both compatibility blocks; beyond them only what a Japanese source knows."""


def unihan(folder: Path, name: str) -> Iterator[tuple[int, str, str]]:
    """Yield (code point, property, value) of one Unihan file, packed or not."""
    packed = folder / f"Unihan_{name}.txt.bz2"
    text = bz2.decompress(packed.read_bytes()) if packed.exists() else (folder / f"Unihan_{name}.txt").read_bytes()
    for line in text.decode("utf-8").splitlines():
        if line.startswith("U+"):
            code, field, value = line.split("\t")
            yield int(code[2:], 16), field, value


def cut(folder: Path) -> dict[tuple[int, int, int, str], list[int]]:
    """Group code points by (radical, strokes of the radical, strokes, origin)."""
    adobe: dict[int, list[tuple[int, int, int]]] = {}
    for code, field, value in unihan(folder, "RadicalStrokeCounts"):
        if field == "kRSAdobe_Japan1_6" and (found := re.findall(r"C\+\d+\+(\d+)\.(\d+)\.(\d+)", value)):
            adobe[code] = [(int(radical), int(own), int(own) + int(rest)) for radical, own, rest in found]
    wanted = {code for first, last in WHOLE_BLOCKS for code in range(first, last + 1)} | set(adobe)
    radicals: dict[int, int] = {}
    totals: dict[int, int] = {}
    for code, field, value in unihan(folder, "IRGSources"):
        if field == "kIRG_JSource":
            wanted.add(code)
        elif field == "kRSUnicode":
            radicals[code] = int(re.match(r"\d+", value)[0])  # type: ignore[index]
        elif field == "kTotalStrokes":
            totals[code] = int(value.split()[0])
    groups: dict[tuple[int, int, int, str], list[int]] = defaultdict(list)
    for code in sorted(wanted & (set(radicals) | set(adobe))):
        if code in adobe:
            shapes = adobe[code]  # one per radical that dictionaries file it under; kRSUnicode's is the usual one
            usual = [shape for shape in shapes if shape[0] == radicals.get(code)]
            groups[(*(usual or shapes)[0], "adobe")].append(code)
        else:
            groups[(radicals[code], 0, totals[code], "unihan")].append(code)
    return groups


def main(folder: Path) -> None:
    groups = cut(folder)
    with TARGET.open("w", encoding="utf-8", newline="\n") as out:
        out.write(HEADER)
        for (radical, own, total, origin), codes in sorted(groups.items()):
            out.write(f"{radical}\t{own}\t{total}\t{origin}\t{''.join(map(chr, codes))}\n")
    print(f"{sum(map(len, groups.values()))} characters in {len(groups)} lines: {TARGET}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
