"""The recogniser: paths of WAV files in, one a line; what was heard out, one JSON object a line.

Runs in the tools' own Python, not in ours: ``heard_tool.py`` starts it with the model's folder as its argument.
"""

from __future__ import annotations

import json
import sys

from faster_whisper import WhisperModel


def main() -> None:
    model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True)
    for line in sys.stdin:
        segments, _ = model.transcribe(
            line.rstrip("\n"), language="ja", beam_size=5, temperature=0.0, condition_on_previous_text=False
        )
        print(json.dumps({"heard": "".join(segment.text for segment in segments)}), flush=True)


if __name__ == "__main__":
    main()
