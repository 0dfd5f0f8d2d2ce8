"""The set-up installs what the requirement files say and looks for nothing else: so all has to stand there."""

from __future__ import annotations

from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
PRODUCT = ROOT / "requirements.txt"
TESTS = ROOT / "tests" / "requirements.txt"
OF_THE_VENV = {"pip"}
"""Python brings it along."""


def pins(path: Path) -> dict[str, str]:
    """Package → version, from lines ``name==version``."""
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    found = [line.split("==") for line in lines if line]
    return {canonicalize_name(name): pinned for name, pinned in found}


@pytest.mark.parametrize(
    ("own", "all_of"), [(PRODUCT, (PRODUCT,)), (TESTS, (PRODUCT, TESTS))], ids=["product", "tests"]
)
def test_whatever_a_package_needs_is_pinned_and_fits(own: Path, all_of: tuple[Path, ...]) -> None:
    known = {name: pinned for path in all_of for name, pinned in pins(path).items()}
    assert len(pins(own)) > 10
    for name in pins(own):
        for need in map(Requirement, requires(name) or ()):
            is_needed = need.marker is None or need.marker.evaluate({"extra": ""})
            if is_needed and canonicalize_name(need.name) not in OF_THE_VENV:
                found = known.get(canonicalize_name(need.name))
                assert found is not None, f"{name} needs {need.name}, which is not pinned"
                assert need.specifier.contains(found, prereleases=True), f"{name} needs {need}, pinned is {found}"


def test_no_package_is_pinned_twice_and_what_runs_is_what_is_pinned() -> None:
    assert not pins(PRODUCT).keys() & pins(TESTS).keys()
    for name, pinned in {**pins(PRODUCT), **pins(TESTS)}.items():
        assert version(name) == pinned
