"""``./uketsuke bench``: measure the running product. Machines are noisy: read medians and ratios."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.arrivals import measure_arrivals
from tests.bench.clients import measure_clients
from tests.bench.figures import Bar, heading, line
from tests.bench.footprint import measure_footprint, measure_start
from tests.bench.heard import measure_heard
from tests.bench.heard_tool import ToolMissing
from tests.bench.readings import measure_readings
from tests.bench.search import measure_search
from tests.bench.visits import measure_answers, measure_visits
from tests.bench.voice import measure_voice
from tests.bench.voice_desk import measure_voice_desk
from tests.e2e.browsers import CHROMIUM, trusting_chromium
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import Demo


def main() -> int:
    parser = argparse.ArgumentParser(prog="./uketsuke bench", description=__doc__)
    parser.add_argument("--visits", type=int, default=40, help="accepted visits (default 40)")
    parser.add_argument("--records", type=int, default=60, help="records committed for each number of pages")
    parser.add_argument("--idle", type=float, default=20.0, help="seconds of doing nothing (default 20)")
    parser.add_argument("--million", action="store_true", help="search over 1,000,000 checks too (5 minutes, 2 GB)")
    parser.add_argument("--search-only", action="store_true", help="measure nothing but the search")
    parser.add_argument("--product-only", action="store_true", help="measure the running product, no search and voice")
    parser.add_argument("--voice-only", action="store_true", help="measure nothing but the voice")
    parser.add_argument(
        "--heard-only", action="store_true", help="let a recogniser hear the voice (5 minutes; installs 650 MB once)"
    )
    options = parser.parse_args()
    report: list[str] = []

    def show(lines: list[str]) -> None:
        report.extend(lines)
        print("\n".join(lines), flush=True)

    if options.heard_only:
        try:
            show(measure_heard())
        except ToolMissing as error:
            print(f"not measured: the recogniser is missing: {error}")
            return 1
        return _conclude(report)
    if options.voice_only:
        show(measure_voice(40))
        show(measure_voice_desk())
        return _conclude(report)
    if not options.product_only:
        show(measure_search(30_000, 50.0))
    if options.million:
        show(measure_search(1_000_000, 300.0))
    if options.search_only:
        return _conclude(report)
    if not options.product_only:
        show(measure_readings(1000, secrets.randbelow(10**6)))
        show(measure_voice(40))
        show(measure_voice_desk())
    with tempfile.TemporaryDirectory(prefix="uketsuke-bench-") as folder:
        state = Path(folder) / "state"
        with running_demo(state, spoken=frozenset()):
            pass
        start_s = time.monotonic()
        with running_demo(state, {"KIOSK_APDU_LOG": "1"}, spoken=frozenset()) as running:
            started_ms = (time.monotonic() - start_s) * 1000
            show([heading("Demo"), line("second start -> every address answers", [started_ms], bar=Bar(5000, "max"))])
            demo = Demo(running)
            with trusting_chromium(Path(demo.facts["ca_file"]), Path(folder) / "home", executable=CHROMIUM) as browser:
                show(measure_visits(demo, browser, options.visits))
                show(measure_answers(demo, browser, 10))
                for pages, limit_ms in ((1, 100.0), (25, 250.0)):
                    show(measure_arrivals(demo, browser, pages, options.records, limit_ms))
                show(measure_clients(demo, 25, options.records, 250.0))
                show(measure_footprint(demo, browser, options.idle))
            show(measure_start(demo, 5))
    return _conclude(report)


def _conclude(report: list[str]) -> int:
    missed = sum("MISS" in text for text in report)
    print(f"\n{missed} bar{'' if missed == 1 else 's'} missed." if missed else "\nAll bars held.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
