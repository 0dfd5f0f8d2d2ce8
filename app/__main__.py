"""The command line, reached by people as ``./uketsuke …``.

Every command imports what it needs when it runs: start-up time is part of the product, and the card process must
not load the web.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from app.config import PANELS, SettingsError, load_settings

_Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a locale without Japanese is no reason to fail
    options = build_parser().parse_args(arguments)
    run: _Command = options.run
    try:
        return run(options)
    except SettingsError as error:
        sys.stderr.write(f"uketsuke: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # … | head
        sys.stderr.close()
        return 1


def build_parser() -> argparse.ArgumentParser:
    """Describe all commands. Opens and imports nothing else."""
    parser = argparse.ArgumentParser(
        prog="./uketsuke", description="Front desk for online health-insurance eligibility checks at small clinics."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, run: _Command, text: str, prefix_chars: str = "-") -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, help=text, description=text, prefix_chars=prefix_chars, add_help=prefix_chars == "-"
        )
        added.set_defaults(run=run)
        return added

    _describe_demo(add("demo", _demo, "Run everything here with sample cards and a sandbox service, until Ctrl-C."))

    tap = add("tap", _tap, "Put a sample card onto the demo's virtual reader, or list the sample cards.")
    tap.add_argument("name", nargs="?", metavar="NAME", help="which card; --list shows all")
    tap.add_argument("--fault", action="append", default=[], metavar="F", help="a fault; fault --list names all")
    tap.add_argument("--list", action="store_true", help="list the sample cards; a running demo lists its own")
    tap.add_argument("--json", action="store_true", help="with --list: one JSON list")
    tap.add_argument("--people", type=Path, metavar="FILE", help="with --list: another people file")
    _add_state(tap)
    lift = add("lift", _lift, "Take the card off the demo's virtual reader.")
    _add_state(lift)

    fault = add("fault", _fault, "Make the demo's sandbox service misbehave, or list all faults.")
    fault.add_argument("name", nargs="?", metavar="NAME", help="which; none ends it; left out: says which is on")
    fault.add_argument("--times", type=int, metavar="N", help="for N requests only")
    fault.add_argument("--list", action="store_true", help="list the faults of the service and of cards")
    _add_state(fault)

    test = add("test", _test, "Check style, types and all tests; further arguments go to pytest.", "\0")
    bench = add("bench", _bench, "Measure and print medians, p95 and shares; further arguments go to it.", "\0")
    for passing_on in (test, bench):
        passing_on.add_argument("rest", nargs=argparse.REMAINDER, metavar="...")
        passing_on.usage = f"{passing_on.prog} [--help] [ARGUMENTS]"
        passing_on.set_defaults(describe=passing_on.format_help)

    doctor = add("doctor", _doctor, "Look at versions, reader, migrations, gateway, disk and keys; 0 when all is well.")
    doctor.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    _add_state(doctor)
    migrate = add("migrate", _migrate, "Bring the database to the newest schema, after a copy.")
    _add_state(migrate)
    purge = add("purge", _purge, "Destroy every record whose time is over, here and in every backup.")
    purge.add_argument("--dry-run", action="store_true", help="count only, destroy nothing")
    _add_state(purge)
    backup = add("backup", _backup, "Write an encrypted, checked copy of the database, or list the copies.")
    backup.add_argument("--to", type=Path, metavar="FOLDER", help="another folder than backup in the state directory")
    backup.add_argument("--list", action="store_true", help="list backups with age and size, make none")
    _add_state(backup)
    restore = add("restore", _restore, "Bring a backup back. Stop the kiosk and the staff pages first.")
    restore.add_argument("file", nargs="?", type=Path, metavar="FILE", help="which backup")
    restore.add_argument("--latest", action="store_true", help="the newest one that reads back")
    _add_state(restore)
    _describe_key(add("key", _key_show, "Show the store's key for paper, or enter it again."))
    code = add("owner-code", _owner_code, "Print the one-time code that makes the first account on the staff pages.")
    _add_state(code)
    _describe_audit(add("audit", _audit_verify, "Check 操作記録, or write the sheet for an inspection."))
    add("card", _card, "The card process alone; settings come from KIOSK_ variables.")
    add("kiosk", _kiosk, "The kiosk process alone; settings come from KIOSK_ variables.")
    add("staff", _staff, "The staff process alone; settings come from KIOSK_ variables.")
    add("voice", _voice, "The voice process alone; settings come from KIOSK_ variables.")
    add("desk", _desk, "The desk process alone: the tenkey that KIOSK_TENKEY names, and the voice.")
    return parser


def _describe_demo(demo: argparse.ArgumentParser) -> None:
    _add_state(demo)
    demo.add_argument("--kiosk-port", type=_port, default=8101, metavar="N", help="kiosk pages, http on 127.0.0.1")
    demo.add_argument("--staff-port", type=_port, default=8443, metavar="N", help="staff pages, https on 127.0.0.1")
    demo.add_argument(
        "--reader-port", type=_port, default=35963, metavar="N", help="virtual reader; it takes N and N+1, everywhere"
    )
    demo.add_argument("--people", type=Path, metavar="FILE", help="people and cards instead of the sample ones")
    demo.add_argument("--trust", type=Path, metavar="FILE", help="PEM file of further card CAs to trust")
    demo.add_argument(
        "--reader", nargs="?", const="", metavar="PART", help="use the real reader (whose name contains PART)"
    )
    demo.add_argument("--panel", choices=PANELS, default="15.6", help="size of the kiosk's screen, inches")
    demo.add_argument("--no-browser", action="store_true", help="open no browser")
    demo.add_argument("--json", action="store_true", help="one line of JSON on stdout once everything answers")


def _describe_key(key: argparse.ArgumentParser) -> None:
    actions = key.add_subparsers(metavar="ACTION", required=True)
    text = "Print the key in groups of four, for paper. Whoever has it and a backup can read all records."
    show = actions.add_parser("show", help=text, description=text)
    show.set_defaults(run=_key_show)
    _add_state(show)
    text = "Read the groups from standard input and make the key file, where there is none."
    enter = actions.add_parser("enter", help=text, description=text)
    enter.set_defaults(run=_key_enter)
    _add_state(enter)


def _describe_audit(audit: argparse.ArgumentParser) -> None:
    actions = audit.add_subparsers(metavar="ACTION", required=True)
    text = "Walk the chain of seals; 0 when the record is whole, 1 when not, 2 when it cannot be read."
    verify = actions.add_parser("verify", help=text, description=text)
    verify.set_defaults(run=_audit_verify)
    _add_state(verify)
    text = "What was confirmed, when, by which method, for how many: CSV without names."
    export = actions.add_parser("export", help=text, description=text)
    export.set_defaults(run=_audit_export)
    export.add_argument("--from", dest="first", type=_day, required=True, metavar="YYYY-MM-DD", help="first day")
    export.add_argument("--to", dest="last", type=_day, required=True, metavar="YYYY-MM-DD", help="last day, included")
    export.add_argument("--out", type=Path, metavar="FILE", help="write there instead of to stdout")
    _add_state(export)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day: give it as 2026-11-24") from None


def _add_state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", type=Path, metavar="DIR", help="state directory (default: .state in the project)")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_534:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 1 to 65534")
    return int(text)


def _state_of(options: argparse.Namespace) -> Path:
    from app.box.place import DEFAULT_STATE

    chosen: Path | None = options.state
    return DEFAULT_STATE if chosen is None else chosen.absolute()


def _demo(options: argparse.Namespace) -> int:
    from app.box.demo import DemoOptions, run_demo

    return run_demo(
        DemoOptions(
            state=_state_of(options),
            kiosk_port=options.kiosk_port,
            staff_port=options.staff_port,
            reader_port=options.reader_port,
            people=options.people,
            trust=options.trust,
            real_reader=options.reader,
            panel=options.panel,
            browser=not options.no_browser,
            as_json=options.json,
        )
    )


def _tap(options: argparse.Namespace) -> int:
    from app.box.tap import list_sample_cards, tap

    if options.list:
        return list_sample_cards(options.people, _state_of(options), as_json=options.json)
    if options.name is None:
        sys.stderr.write("uketsuke tap: which card? ./uketsuke tap --list shows all.\n")
        return 2
    return tap(_state_of(options), options.name, tuple(options.fault))


def _lift(options: argparse.Namespace) -> int:
    from app.box.tap import lift

    return lift(_state_of(options))


def _fault(options: argparse.Namespace) -> int:
    from app.box.fault import list_faults, run_fault

    return list_faults() if options.list else run_fault(_state_of(options), options.name, options.times)


def _test(options: argparse.Namespace) -> int:
    from app.box.checks import run_checks

    if options.rest[:1] in (["-h"], ["--help"]):
        print(options.describe())
        return 0
    return run_checks(options.rest)


def _bench(options: argparse.Namespace) -> int:
    from app.box.checks import run_bench

    if options.rest[:1] in (["-h"], ["--help"]):
        print(options.describe())
        return 0
    return run_bench(options.rest)


def _doctor(options: argparse.Namespace) -> int:
    from app.box.doctor import run_doctor

    return run_doctor(_state_of(options), as_json=options.json)


def _migrate(options: argparse.Namespace) -> int:
    from app.box.migrating import run_migrate

    return run_migrate(_state_of(options))


def _owner_code(options: argparse.Namespace) -> int:
    from app.box.record import run_owner_code

    return run_owner_code(_state_of(options))


def _audit_verify(options: argparse.Namespace) -> int:
    from app.box.record import run_audit_verify

    return run_audit_verify(_state_of(options))


def _audit_export(options: argparse.Namespace) -> int:
    from app.box.record import run_audit_export

    return run_audit_export(_state_of(options), options.first, options.last, options.out)


def _purge(options: argparse.Namespace) -> int:
    from app.box.keeping import run_purge

    return run_purge(_state_of(options), dry_run=options.dry_run)


def _backup(options: argparse.Namespace) -> int:
    from app.box.keeping import run_backup, run_backup_list

    state = _state_of(options)
    return run_backup_list(state) if options.list else run_backup(state, options.to)


def _restore(options: argparse.Namespace) -> int:
    from app.box.keeping import run_restore

    if (options.file is None) != options.latest:
        sys.stderr.write("uketsuke restore: give a FILE, or --latest.\n")
        return 2
    return run_restore(_state_of(options), options.file)


def _key_show(options: argparse.Namespace) -> int:
    from app.box.keeping import run_key_show

    return run_key_show(_state_of(options))


def _key_enter(options: argparse.Namespace) -> int:
    from app.box.keeping import run_key_enter

    return run_key_enter(_state_of(options))


def _card(options: argparse.Namespace) -> int:
    from app.card.agent import main as run

    return run(load_settings())


def _kiosk(options: argparse.Namespace) -> int:
    from app.web.kiosk.server import main as run

    return run(load_settings())


def _staff(options: argparse.Namespace) -> int:
    from app.web.staff.server import main as run

    return run(load_settings())


def _voice(options: argparse.Namespace) -> int:
    from app.wiring_voice import run_voice

    return run_voice(load_settings())


def _desk(options: argparse.Namespace) -> int:
    from app.wiring_desk import run_desk

    return run_desk(load_settings())


if __name__ == "__main__":
    sys.exit(main())
