"""The README tells the truth about commands, settings, options and dependencies."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.box.demo import TUNABLE
from app.config import PREFIX, Settings
from app.sandbox import faults as card_faults
from app.sandbox import service_faults
from app.sandbox.card_spec import CardSpec
from app.sandbox.people import load_people

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
FOR_CLINICS = (ROOT / "README.ja.md").read_text("utf-8")


def help_of(*command: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "app", *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_every_command_has_a_line() -> None:
    commands = re.findall(r"^    (\w[\w-]*)(?:  |$)", help_of(), re.MULTILINE)
    assert len(commands) >= 18
    for command in commands:
        assert f"`./uketsuke {command}" in README or f"`{command}`" in README, command


def test_every_option_of_the_demo_is_named() -> None:
    for option in set(re.findall(r"--[a-z][a-z-]+", help_of("demo"))) - {"--help"}:
        assert f"`{option}" in README, option


def test_every_setting_has_its_default_in_the_table() -> None:
    for field in dataclasses.fields(Settings):
        name = PREFIX + field.name.upper()
        row = next((line for line in README.splitlines() if f"`{name}`" in line and line.startswith("|")), None)
        assert row, name
        assert (f"`{name}` *" in row) == (field.name.upper() in TUNABLE), name
        if isinstance(field.default, str) and field.default:
            assert field.default in row, name


@pytest.mark.parametrize("file", ["requirements.txt", "tests/requirements.txt", "tests/requirements-heard.txt"])
def test_every_dependency_is_pinned_and_has_its_reason(file: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    pins = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][\w.]*", line) for line in pins)
    names = [re.sub("[-_.]+", "-", line.split("==")[0]).lower() for line in pins]
    assert len(set(names)) == len(names)
    section = README[README.index("## Dependencies") :].lower()
    for line in text.split("\n\n")[0].splitlines()[1:]:
        assert line.split("==")[0].lower() in section, line


def test_the_people_example_is_a_valid_file(tmp_path: Path) -> None:
    example = json.loads(README[README.index("```json") + 7 : README.index("```", README.index("```json") + 7)])
    person = example["people"][0]
    person["certificate_sha256"] = ["ab" * 32]
    person["public_key_sha256"] = ["cd" * 32]
    del person["public_key_pem"]
    file = tmp_path / "people.json"
    file.write_text(json.dumps(example), "utf-8")
    (loaded,) = load_people(file)
    assert loaded.name == "my-card"
    assert loaded.answer is not None
    assert loaded.answer.qualifications[0].name == "試験　花子"


def test_every_fault_is_named() -> None:
    for name in (*service_faults.KNOWN, *card_faults.KNOWN):
        assert f"`{name}`" in README, name


def test_sentences_of_failures_are_those_that_the_program_says() -> None:
    said = "".join(path.read_text("utf-8") for path in (ROOT / "uketsuke", *(ROOT / "app" / "box").glob("*.py")))
    rows = [
        line.split("|")[1].strip() for line in README[README.index("## When it fails") :].splitlines() if "|" in line
    ]
    sentences = [row for row in rows if re.match(r"[A-Z…].* ", row)]
    assert len(sentences) >= 5
    for sentence in sentences:  # what varies (a port's number, packages, paths) is not compared
        parts = re.split(r" ?(?:\bN\b|…|apt-get install) ?", sentence)
        assert re.search(".*".join(map(re.escape, parts)), said), sentence


def test_captions_for_clinics_are_those_of_the_pages() -> None:
    sources = "".join(path.read_text("utf-8") for path in sorted((ROOT / "app").rglob("*.py")))
    said = re.sub(r'"\s*\n\s*f?"', "", sources)  # a sentence over several lines of code is one
    for path in sorted((ROOT / "app" / "web" / "templates").rglob("*.html")):
        text = path.read_text("utf-8")
        said += text + re.sub(r"<[^>]+>|\{%.*?%\}", "", text)
    captions = set(re.findall(r"「([^」]+)」", FOR_CLINICS))
    assert len(captions) > 90
    assert [caption for caption in sorted(captions) if caption not in said] == []


def test_commands_for_clinics_are_there() -> None:
    known = set(re.findall(r"^    (\w[\w-]*)(?:  |$)", help_of(), re.MULTILINE))
    commands = set(re.findall(r"\./uketsuke ([a-z-]+)", FOR_CLINICS))
    assert commands
    assert commands <= known


@pytest.mark.parametrize("name", ["my-card", "2", "x" * 40])
def test_people_may_have_the_names_that_the_readme_allows(name: str) -> None:
    assert CardSpec(name=name, purpose="", pin="1111").name == name


@pytest.mark.parametrize("name", ["My-card", "-card", "x" * 41, "カード", "a_b", ""])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="lower-case letters, digits and hyphens"):
        CardSpec(name=name, purpose="", pin="1111")


def test_vendored_files_stand_beside_their_licences() -> None:
    for script in (ROOT / "static/js/htmx-2.0.11.min.js", ROOT / "tests/vendor/axe-4.14.1.min.js"):
        assert script.exists()
        assert list(script.parent.glob(script.name.split("-")[0] + "-LICENSE*"))
